/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Memory and string primitives for what stands below libc.
 *
 * The four mem* functions, and bcmp, have C's names and meaning (C11, 7.24) because the compiler
 * calls them by these names; arch implements them. They use no more vector registers than the
 * interrupt entry saves. The uk_str_* are inline and small. Any context.
 */

#include <stdbool.h>
#include <uk/defs.h>

void *memcpy(void *__restrict dst, const void *__restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
int bcmp(const void *a, const void *b, size_t n);

uk_inline size_t uk_str_len(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

/* Length, but at most max: reads no further than s[max - 1]. */
uk_inline size_t uk_str_nlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

uk_inline int uk_str_cmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

uk_inline bool uk_str_eq(const char *a, const char *b)
{
	return uk_str_cmp(a, b) == 0;
}

/* True if the first n characters of s are those of the string word, and word is n long. */
uk_inline bool uk_str_neq(const char *s, size_t n, const char *word)
{
	size_t i = 0;

	while (i < n && word[i] && s[i] == word[i])
		i++;
	return i == n && !word[i];
}

/* Copy with truncation; always terminates when size > 0. Returns the length of src. */
uk_inline size_t uk_str_copy(char *dst, const char *src, size_t size)
{
	size_t n = uk_str_len(src);

	if (size > 0) {
		size_t k = n < size ? n : size - 1;

		memcpy(dst, src, k);
		dst[k] = '\0';
	}
	return n;
}
