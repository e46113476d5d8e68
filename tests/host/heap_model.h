/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once
/* A heap against a model: blocks that come, grow, shrink and go at random keep what is theirs. */

#include <string.h>
#include <uk/frames.h>
#include <uk/heap.h>
#include <uk/test.h>

#define HELD 2000

static struct {
	unsigned char *ptr; /* NULL: free, size 0 */
	size_t size;
} held[HELD];

static void check(unsigned int at)
{
	size_t size = held[at].size;

	for (size_t i = 0; i < size; i += size / 8 + 1)
		UK_EXPECT_EQ(held[at].ptr[i], (unsigned char)(at * 7));
	if (size)
		UK_EXPECT_EQ(held[at].ptr[size - 1], (unsigned char)(at * 7));
}

static void set(unsigned int at, void *ptr, size_t size)
{
	held[at].ptr = ptr;
	held[at].size = ptr ? size : 0;
	if (ptr)
		memset(ptr, (int)(at * 7), size);
}

static void release(unsigned int at)
{
	check(at);
	uk_heap_free(held[at].ptr);
	set(at, NULL, 0);
}

static void resize(unsigned int at, size_t size)
{
	unsigned char *moved = uk_heap_realloc(held[at].ptr, size);

	if (!moved)
		return;
	held[at].ptr = moved;
	held[at].size = UK_MIN(size, held[at].size);
	check(at);
	set(at, moved, size);
}

static void step(unsigned int at, size_t size)
{
	size_t align = 1ul << uk_test_random_below(13);

	if (!held[at].ptr) {
		bool aligned = uk_test_random_below(8) == 0;
		void *ptr = aligned ? uk_heap_aligned_alloc(align, size) : uk_heap_alloc(size);

		UK_EXPECT((uintptr_t)ptr % (aligned ? UK_MAX(align, 16ul) : 16) == 0);
		set(at, ptr, size);
	} else if (uk_test_random_below(3)) {
		release(at);
	} else {
		check(at);
		resize(at, size);
	}
}

/* 60,000 steps with sizes of `any`; the sum of what is held then. */
static size_t model_fill(size_t (*any)(void))
{
	size_t sum = 0;

	for (unsigned int i = 0; i < 60000; i++) {
		size_t size = any();

		step((unsigned int)uk_test_random_below(HELD), size);
	}
	for (unsigned int at = 0; at < HELD; at++)
		sum += held[at].size;
	return sum;
}

static void model_empty(void)
{
	for (unsigned int at = 0; at < HELD; at++) {
		if (held[at].ptr)
			release(at);
	}
}

static uint64_t frames_used(void)
{
	struct uk_frames_stats stats;

	uk_frames_stats(&stats);
	return stats.opened - stats.free;
}
