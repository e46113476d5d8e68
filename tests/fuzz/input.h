/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A fuzz target's input as a stream: targets that play a device or a peer take their decisions
 * from it. Behind its end all is zero.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct input {
	const uint8_t *at;
	size_t left;
};

/* What libFuzzer calls; 0 always. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void in_copy(struct input *in, void *dst, size_t n)
{
	size_t k = n < in->left ? n : in->left;

	if (k)
		memcpy(dst, in->at, k);
	memset((uint8_t *)dst + k, 0, n - k);
	in->at += k;
	in->left -= k;
}

static inline uint8_t in8(struct input *in)
{
	uint8_t v;

	in_copy(in, &v, sizeof(v));
	return v;
}

static inline uint16_t in16(struct input *in)
{
	uint16_t v;

	in_copy(in, &v, sizeof(v));
	return v;
}

static inline uint32_t in32(struct input *in)
{
	uint32_t v;

	in_copy(in, &v, sizeof(v));
	return v;
}

static inline uint64_t in64(struct input *in)
{
	uint64_t v;

	in_copy(in, &v, sizeof(v));
	return v;
}

/* The next n bytes, or as many as there are, in memory of exactly that size: to be freed. */
static inline uint8_t *in_take(struct input *in, size_t *n)
{
	uint8_t *copy;

	*n = *n < in->left ? *n : in->left;
	copy = malloc(*n ? *n : 1);
	if (!copy)
		abort();
	in_copy(in, copy, *n);
	return copy;
}

/* What a target promises beyond "no report of a sanitizer". */
#define MUST(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

/* Make the compiler read all of p[n]. */
static inline void touch(const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)((const volatile uint8_t *)p)[i];
}
