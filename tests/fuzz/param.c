/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line: words, values of all kinds, the vector for main, places of virtio-mmio. */

#include "drivers/virtio-mmio/place.h"
#include "input.h"
#include <uk/param.h>

static int number;
static int8_t small;
static unsigned int size32;
static uint64_t size64;
static bool flag;
static const char *word;
static const char *given;

static int set_given(const char *value)
{
	given = value;
	return strlen(value) < 16 ? 0 : -EINVAL;
}

UK_PARAM_AS(INT, "a.int", number, number, "");
UK_PARAM_AS(INT, "a.small", small, small, "");
UK_PARAM_AS(UINT, "a.uint", size32, size32, "");
UK_PARAM_AS(UINT, "a.size", size64, size64, "");
UK_PARAM_AS(BOOL, "a.flag", flag, flag, "");
UK_PARAM_AS(STRING, "a.word", word, word, "");
UK_PARAM_AS(FN, "a.given", given, set_given, "");

/* Strings and their ends in order: argv, NULL, envp, NULL, nothing more. */
static void check_vector(void)
{
	char **vec = uk_param_vec();
	int argc = uk_param_argc(), n = 1;

	MUST(argc >= 1 && argc <= 1 + UK_PARAM_WORDS_MAX);
	for (int i = 0; i < argc; i++)
		touch(vec[i], strlen(vec[i]));
	MUST(!vec[argc]);
	for (; vec[argc + n]; n++)
		MUST(strchr(vec[argc + n], '='));
	MUST(argc + n - 2 <= UK_PARAM_WORDS_MAX);
}

static void check_error(void)
{
	const char *error = uk_param_error();

	MUST(strncmp(error, "command line: ", 14) == 0);
	for (; *error; error++)
		MUST(*error >= ' ' && *error <= '~');
}

static void check_places(void)
{
	struct place place;

	for (unsigned int i = 0; uk_param_virtio_mmio(i); i++) {
		if (uk__virtio_mmio_parse(uk_param_virtio_mmio(i), &place) != 0)
			continue;
		MUST(place.base && place.base % 4 == 0 && place.size >= 0x100);
		MUST(place.base + place.size > place.base && place.gsi < 0x10000);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* As plat leaves it: a line that is too long has no end. */
	char *line = malloc(UK_BOOT_CMDLINE_MAX);
	size_t n = UK_MIN(size, (size_t)UK_BOOT_CMDLINE_MAX);
	int err;

	if (!line)
		abort();
	if (n)
		memcpy(line, data, n);
	if (n < UK_BOOT_CMDLINE_MAX)
		line[n] = '\0';
	flag = false;
	word = given = NULL;
	err = uk_param_parse(line);
	if (word)
		touch(word, strlen(word));
	if (given)
		touch(given, strlen(given));
	MUST(err == 0 || err == -EINVAL || err == -ERANGE || err == -E2BIG);
	if (err)
		check_error();
	else
		check_vector();
	check_places();
	free(line);
	return 0;
}
