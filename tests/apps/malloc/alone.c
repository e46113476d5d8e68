/* SPDX-License-Identifier: BSD-3-Clause */
/* C11 7.22.3, POSIX.1-2017 XSH malloc(), posix_memalign(). */

#include "check.h"
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <string.h>

#define HELD 64

/* So that the compiler, which knows malloc(), leaves the calls. */
static unsigned char *volatile held[HELD];

static int is_filled(const unsigned char *ptr, size_t size, unsigned char with)
{
	for (size_t i = 0; i < size; i++) {
		if (ptr[i] != with)
			return 0;
	}
	return 1;
}

/* What may be an object of that size may lie there (C11 7.22.3, 1). */
static int is_aligned(const void *ptr, size_t size)
{
	size_t align = 16;

	while (align > size && align > 1)
		align /= 2;
	return (uintptr_t)ptr % align == 0;
}

static void sizes(size_t step)
{
	for (size_t i = 0; i < HELD; i++) {
		size_t size = i * step;

		held[i] = malloc(size);
		EXPECT(held[i] && is_aligned(held[i], size));
		EXPECT(malloc_usable_size(held[i]) >= size);
		memset(held[i], (int)i + 1, size);
	}
	for (size_t i = 0; i < HELD; i++) {
		EXPECT(is_filled(held[i], i * step, (unsigned char)(i + 1)));
		for (size_t j = 0; j < i; j++)
			EXPECT(held[i] != held[j]);
	}
	for (size_t i = 0; i < HELD; i++)
		free(held[(i * 7) % HELD]);
	free(NULL);
}

static void cleared(void)
{
	for (size_t size = 1; size < 300000; size = size * 5 + 3) {
		for (int round = 0; round < 3; round++) {
			held[0] = calloc(3, size);
			EXPECT(held[0] && is_filled(held[0], 3 * size, 0));
			memset(held[0], 0xff, 3 * size);
			free(held[0]);
		}
	}
}

static void aligned(void)
{
	for (size_t align = 1; align <= 1u << 20; align *= 2) {
		void *ptr = NULL;

		held[0] = aligned_alloc(align, 100);
		held[1] = memalign(align, 5000);
		EXPECT(held[0] && (uintptr_t)held[0] % align == 0);
		EXPECT(held[1] && (uintptr_t)held[1] % align == 0);
		memset(held[0], 1, 100);
		memset(held[1], 2, 5000);
		if (align >= sizeof(void *)) {
			EXPECT(posix_memalign(&ptr, align, 1) == 0);
			EXPECT((uintptr_t)ptr % align == 0);
		}
		EXPECT(is_filled(held[0], 100, 1) && is_filled(held[1], 5000, 2));
		free(held[0]);
		free(held[1]);
		free(ptr);
	}
}

static void resized(void)
{
	size_t size = 0;

	held[0] = NULL;
	for (size_t next = 1; next < 700000; next = next * 3 / 2 + 1) {
		held[0] = realloc(held[0], next);
		EXPECT(held[0] && is_filled(held[0], size, 7));
		memset(held[0], 7, next);
		size = next;
	}
	for (; size > 0; size /= 3) {
		held[0] = realloc(held[0], size);
		EXPECT(held[0] && is_filled(held[0], size, 7));
	}
	free(held[0]);
	held[0] = aligned_alloc(4096, 100);
	memset(held[0], 9, 100);
	held[0] = realloc(held[0], 10000);
	EXPECT(held[0] && is_filled(held[0], 100, 9));
	free(held[0]);
}

static void refused(void)
{
	volatile size_t most = SIZE_MAX, half = (size_t)1 << 33;
	void *ptr = &ptr;

	errno = 0;
	EXPECT(!check_malloc(most) && errno == ENOMEM);
	errno = 0;
	EXPECT(!check_malloc((size_t)1 << 48) && errno == ENOMEM);
	errno = 0;
	EXPECT(!check_calloc(half, half) && errno == ENOMEM);
	errno = 0;
	EXPECT(!check_aligned_alloc(4096, most - 4096) && errno == ENOMEM);
	errno = 0;
	EXPECT(posix_memalign(&ptr, 3, 1) == EINVAL && posix_memalign(&ptr, 2, 1) == EINVAL);
	EXPECT(posix_memalign(&ptr, 16, most / 2) == ENOMEM && errno == 0 && ptr == &ptr);
	held[0] = malloc(10);
	memcpy(held[0], "unchanged", 10);
	EXPECT(!check_realloc(held[0], most) && errno == ENOMEM);
	EXPECT(strcmp((char *)held[0], "unchanged") == 0);
	errno = EDOM;
	free(held[0]);
	EXPECT(errno == EDOM);
}

void check_alone(void)
{
	sizes(1);
	sizes(33);
	sizes(5000);
	cleared();
	aligned();
	resized();
	refused();
}
