/* SPDX-License-Identifier: BSD-3-Clause */
/* In place of lib/heap's: blocks share no border, each one finds its own overflow. */

#include <uk/heap.h>
#include <uk/string.h>
#include <uk/test.h>

static void free_it(void *ptr)
{
	uk_heap_free(ptr);
}

static const size_t sizes[] = { 16, 24, 100, 496, 497, 1000, 4656, 4657, 8168, 100000 };

/* Each byte of the guard, in blocks of all kinds. */
UK_TEST(slab_broken, every_byte_behind_the_end)
{
	for (unsigned int i = 0; i < UK_ARRAY_SIZE(sizes); i++) {
		for (size_t align = 16; align <= 4096; align *= 16) {
			unsigned char *ptr = uk_heap_aligned_alloc(align, sizes[i]);

			UK_REQUIRE(ptr != NULL);
			memset(ptr, 0x41, sizes[i]);
			for (size_t at = sizes[i]; at < sizes[i] + 8; at++) {
				ptr[at] ^= 0x10;
				UK_EXPECT(uk_test_panics(free_it, ptr));
				ptr[at] ^= 0x10;
			}
			uk_heap_free(ptr);
		}
	}
}

/* Pointers that were never given out, beside one with an alignment that was. */
UK_TEST(slab_broken, pointers_around_an_aligned_block)
{
	char *ptr = uk_heap_aligned_alloc(256, 100);

	UK_REQUIRE(ptr != NULL);
	memset(ptr, 0, 100);
	for (int at = -240; at < 120; at += 8) {
		if (at)
			UK_EXPECT(uk_test_panics(free_it, ptr + at));
	}
	uk_heap_free(ptr);
	UK_EXPECT(uk_test_panics(free_it, ptr));
}

static void write_and_alloc(void *arg)
{
	unsigned char *ptr = arg;

	memset(ptr, 0x41, 8);
	for (unsigned int i = 0; i < 100; i++)
		uk_heap_alloc(200);
}

/* The head and the first word of a free block: what was there before it is used again. */
UK_TEST(slab_broken, write_after_free)
{
	unsigned char *ptr = uk_heap_alloc(200);

	UK_REQUIRE(ptr != NULL);
	uk_heap_free(ptr);
	UK_EXPECT(uk_test_panics(write_and_alloc, ptr));
	UK_EXPECT(uk_test_panics(write_and_alloc, ptr - 8));
}
