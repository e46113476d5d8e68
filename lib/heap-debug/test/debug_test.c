/* SPDX-License-Identifier: BSD-3-Clause */
/* The heap of debug builds over whatever member: zones, patterns, who is lost. */

#include "../internal.h"
#include <uk/string.h>
#include <uk/test.h>

UK_TEST(heap_debug, fills_what_is_fresh)
{
	unsigned char *ptr = uk_heap_alloc(100);

	UK_REQUIRE(ptr != NULL);
	for (int i = 0; i < 100; i++)
		UK_EXPECT_EQ(ptr[i], UK_HEAP_DEBUG_NEW);
	uk_heap_free(ptr);
}

/* Resizing moves, so that old pointers are found. */
UK_TEST(heap_debug, realloc_moves)
{
	char *ptr = uk_heap_alloc(100), *moved;

	UK_REQUIRE(ptr != NULL);
	memcpy(ptr, "kept", 5);
	moved = uk_heap_realloc(ptr, 101);
	UK_REQUIRE(moved != NULL);
	UK_EXPECT(moved != ptr);
	UK_EXPECT_STR_EQ(moved, "kept");
	uk_heap_free(moved);
}

UK_TEST(heap_debug, looks_at_all)
{
	size_t before = uk_heap_debug_check();
	void *ptr = uk_heap_alloc(8);

	UK_REQUIRE(ptr != NULL);
	UK_EXPECT(uk_heap_debug_check() > 0 || before == 0);
	uk_heap_free(ptr);
}

static void **volatile kept;

static uk_noinline void lose(void)
{
	void **outer = uk_heap_alloc(64);

	if (!outer)
		return;
	memset(outer, 0, 64);
	outer[1] = uk_heap_zalloc(1, 32); /* known by the other one alone */
}

/* What older calls have left of pointers is overwritten. */
static uk_noinline void clear_stack(void)
{
	volatile char room[2048];

	for (size_t i = 0; i < sizeof(room); i++)
		room[i] = 0;
}

UK_TEST(heap_debug, finds_what_is_lost)
{
	struct uk_heap_debug_leaks first, before, after;

	UK_REQUIRE(uk_heap_debug_leaks(&first) == 0);
	kept = uk_heap_zalloc(1, 100);
	UK_REQUIRE(kept != NULL);
	kept[5] = uk_heap_zalloc(1, 10); /* known by a block that is known */
	UK_REQUIRE(uk_heap_debug_leaks(&before) == 0);
	UK_EXPECT_EQ(before.held, first.held + 2);
	UK_EXPECT_EQ(before.lost, first.lost);
	lose();
	clear_stack();
	UK_REQUIRE(uk_heap_debug_leaks(&after) == 0);
	UK_EXPECT_EQ(after.held, before.held + 2);
	UK_EXPECT_EQ(after.lost, before.lost + 2);
	UK_EXPECT_EQ(after.lost_bytes, before.lost_bytes + 96);
	uk_heap_free(kept[5]);
	uk_heap_free(kept);
	kept = NULL;
}
