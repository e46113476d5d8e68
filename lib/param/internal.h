/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include <uk/param.h>

/*
 * Decode the next word of *in to *out, with its terminator, and advance both. 1: a word;
 * 0: no more; -EINVAL: a quote or backslash without its end. What is written is never longer
 * than what was read.
 */
int uk__param_word(const char **in, char **out);

/* Give the parameter the value. 0, -EINVAL, -ERANGE. */
int uk__param_set(const struct uk_param *param, const char *value);

/* Back to argv[0] alone. */
void uk__param_vector_reset(void);
/* Words of the vector as they are found: environment first, then arguments. 0 or -E2BIG. */
int uk__param_vector_env(char *word);
int uk__param_vector_arg(char *word);
/* Put them in the order of the ABI. */
void uk__param_vector_finish(void);
