/* SPDX-License-Identifier: BSD-3-Clause */
#include "internal.h"
#include <uk/panic.h>
#include <uk/string.h>

#define SHOWN_MAX 48 /* characters of a wrong word that the error repeats */

UK_STATIC_ASSERT(UK_BOOT_CMDLINE_MAX == 2048); /* the text of the error says so */

static char text[UK_BOOT_CMDLINE_MAX];
static char error[160];
static const char *virtio_mmio[UK_PARAM_VIRTIO_MAX];
static unsigned int nvirtio_mmio;

/* What the host wrote may hold anything: control characters stay out of the console. */
static void error_append(const char *s, size_t max)
{
	size_t n = uk_str_len(error);

	for (; *s && max > 0 && n + 1 < sizeof(error); max--, s++)
		error[n++] = *s >= ' ' && *s <= '~' ? *s : '?';
	error[n] = '\0';
}

static int fail(int err, const char *before, const char *word, const char *after)
{
	error[0] = '\0';
	error_append("command line: ", sizeof(error));
	error_append(before, sizeof(error));
	if (word) {
		error_append(" \"", 2);
		error_append(word, SHOWN_MAX);
		if (uk_str_len(word) > SHOWN_MAX)
			error_append("...", 3);
		error_append("\"", 1);
	}
	error_append(after, sizeof(error));
	return err;
}

/* What follows `prefix` in word, or NULL. */
static char *behind(char *word, const char *prefix)
{
	while (*prefix) {
		if (*word++ != *prefix++)
			return NULL;
	}
	return word;
}

/* 1: it was one, taken. */
static int take_virtio_mmio(char *word)
{
	char *value = behind(word, "virtio_mmio.device=");

	if (!value)
		return 0;
	if (nvirtio_mmio == UK_PARAM_VIRTIO_MAX)
		return fail(-E2BIG, "too many devices, from", word, "");
	virtio_mmio[nvirtio_mmio++] = value;
	return 1;
}

static int take_env(char *word, char *pair)
{
	size_t n = 0;

	while (pair[n] && pair[n] != '=')
		n++;
	if (n == 0 || !pair[n])
		return fail(-EINVAL, "wrong word", word, ": env.NAME=value is meant");
	if (uk__param_vector_env(pair) < 0)
		return fail(-E2BIG, "too many words, from", word, "");
	return 0;
}

static int take_param(char *word)
{
	size_t n = 0;

	while (word[n] && word[n] != '=')
		n++;
	UK_TABLE_FOREACH(struct uk_param, param, it) {
		if (!word[n] || !uk_str_neq(word, n, it->name))
			continue;

		int err = uk__param_set(it, word + n + 1);

		if (err == -ERANGE)
			return fail(err, "the value does not fit in", word, "");
		return err ? fail(err, "wrong value in", word, "") : 0;
	}
	return fail(-EINVAL, "unknown parameter", word, "; arguments of main go behind --");
}

/* A word before the `--`. */
static int take_option(char *word)
{
	char *pair = behind(word, "env.");

	return pair ? take_env(word, pair) : take_param(word);
}

static int take_argument(char *word)
{
	if (uk__param_vector_arg(word) < 0)
		return fail(-E2BIG, "too many words, from", word, "");
	return 0;
}

static int take(char *word, bool *arguments)
{
	int taken = take_virtio_mmio(word);

	if (taken)
		return taken;
	if (*arguments)
		return take_argument(word);
	*arguments = uk_str_eq(word, "--");
	return *arguments ? 0 : take_option(word);
}

int uk_param_parse(const char *cmdline)
{
	bool arguments = false;
	char *out = text;

	uk__param_vector_reset();
	nvirtio_mmio = 0;
	if (uk_str_nlen(cmdline, UK_BOOT_CMDLINE_MAX) == UK_BOOT_CMDLINE_MAX)
		return fail(-E2BIG, "longer than 2047 bytes", NULL, "");
	for (;;) {
		char *word = out;
		const char *start = cmdline;
		int err = uk__param_word(&cmdline, &out);

		if (err < 0)
			return fail(err, "a quote or backslash without its end in", start, "");
		if (err == 0)
			break;
		err = take(word, &arguments);
		if (err < 0)
			return err;
	}
	uk__param_vector_finish();
	return 0;
}

const char *uk_param_error(void)
{
	return error;
}

const char *uk_param_virtio_mmio(unsigned int i)
{
	return i < nvirtio_mmio ? virtio_mmio[i] : NULL;
}
