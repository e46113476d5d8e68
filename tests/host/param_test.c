/* SPDX-License-Identifier: BSD-3-Clause */
/* Words of random lines against what the host's shell makes of the same lines. */

#include "internal.h"
#include <stdio.h>
#include <string.h>
#include <uk/test.h>

#define LINES 400

static char text[LINES][48];
static char words[LINES][64];

/* The words of the line as <word><word>; false: none, or a quote without its end. */
static bool split(const char *line, char *out)
{
	char decoded[64], *at = decoded, *word = decoded;
	int got;

	*out = '\0';
	while ((got = uk__param_word(&line, &at)) > 0) {
		sprintf(out + strlen(out), "<%s>", word);
		word = at;
	}
	return got == 0 && *out;
}

static void random_line(char *line)
{
	static const char alphabet[] = "ab  '\"\\\\=";
	size_t n = 1 + uk_test_random_below(16);

	for (size_t i = 0; i < n; i++)
		line[i] = alphabet[uk_test_random_below(sizeof(alphabet) - 1)];
	line[n] = '\0';
}

static bool write_script(const char *path)
{
	FILE *script = fopen(path, "w");

	for (unsigned int i = 0; script && i < LINES; i++) {
		do
			random_line(text[i]);
		while (!split(text[i], words[i]));
		fprintf(script, "printf '<%%s>' %s; echo\n", text[i]);
	}
	return script && fclose(script) == 0;
}

UK_TEST(word, same_as_the_shell)
{
	char path[64], command[80], line[80];

	sprintf(path, "/tmp/uk_param_test.%p", (void *)path);
	UK_REQUIRE(write_script(path));
	sprintf(command, "sh %s", path);
	FILE *shell = popen(command, "r");

	UK_REQUIRE(shell != NULL);
	for (unsigned int i = 0; i < LINES; i++) {
		UK_REQUIRE(fgets(line, sizeof(line), shell) != NULL);
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, words[i])) {
			uk_test_note("line [%s]: ours %s, shell %s", text[i], words[i], line);
			UK_EXPECT(false);
		}
	}
	pclose(shell);
	remove(path);
}
