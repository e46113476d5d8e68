/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The vector that libc gets. On the command line the environment comes first, in the vector it
 * comes second: words are kept as they come and put in place at the end.
 */

#include "internal.h"
#include <uk/string.h>

#define AUX_WORDS (2 * (UK_PARAM_AUX_MAX + 1))

static char name[] = CONFIG_APP_NAME;
static char *vec[1 + UK_PARAM_WORDS_MAX + 2 + AUX_WORDS]; /* bss: not in the image */
static unsigned int nenv;
static unsigned int nargs;
static unsigned int naux;

void uk__param_vector_reset(void)
{
	unsigned int used = 2 + nargs + nenv + 2 * naux;

	memset(vec + 1, 0, used * sizeof(vec[0]));
	nenv = 0;
	nargs = 0;
	naux = 0;
}

static int add(char *word, unsigned int *count)
{
	if (nenv + nargs >= UK_PARAM_WORDS_MAX)
		return -E2BIG;
	vec[1 + nenv + nargs] = word;
	++*count;
	return 0;
}

int uk__param_vector_env(char *word)
{
	return add(word, &nenv);
}

int uk__param_vector_arg(char *word)
{
	return add(word, &nargs);
}

static void reverse(char **first, unsigned int n)
{
	for (unsigned int i = 0; i < n / 2; i++) {
		char *word = first[i];

		first[i] = first[n - 1 - i];
		first[n - 1 - i] = word;
	}
}

void uk__param_vector_finish(void)
{
	/* Swap the two blocks by three reversals, then make room for the NULL between. */
	reverse(vec + 1, nenv);
	reverse(vec + 1 + nenv, nargs);
	reverse(vec + 1, nenv + nargs);
	memmove(vec + 2 + nargs, vec + 1 + nargs, nenv * sizeof(vec[0]));
	vec[1 + nargs] = NULL;
	vec[2 + nargs + nenv] = NULL;
}

int uk_param_argc(void)
{
	return 1 + (int)nargs;
}

char **uk_param_vec(void)
{
	vec[0] = name;
	return vec;
}

int uk_param_aux(unsigned long type, unsigned long value)
{
	char **pair = vec + 3 + nargs + nenv + 2 * naux;

	if (naux >= UK_PARAM_AUX_MAX)
		return -E2BIG;
	naux++;
	pair[0] = (char *)type;
	pair[1] = (char *)value;
	return 0;
}
