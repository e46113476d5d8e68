/* SPDX-License-Identifier: BSD-3-Clause */
/* The heap contract, with each member on the host; in the guest on what memory there is. */

#include <uk/heap.h>
#include <uk/string.h>
#include <uk/test.h>

#define HELD 64

UK_TEST(heap, sizes_and_alignment)
{
	void *held[HELD];

	for (unsigned int i = 0; i < HELD; i++) {
		size_t size = i * 7;

		held[i] = uk_heap_alloc(size);
		UK_REQUIRE(held[i] != NULL);
		UK_EXPECT(UK_IS_ALIGNED((uintptr_t)held[i], 16));
		UK_EXPECT(uk_heap_usable_size(held[i]) >= size);
		memset(held[i], (int)i, size);
	}
	for (unsigned int i = 0; i < HELD; i++) {
		for (size_t at = 0; at < i * 7; at++)
			UK_EXPECT_EQ(((unsigned char *)held[i])[at], i);
		uk_heap_free(held[i]);
	}
	uk_heap_free(NULL);
}

UK_TEST(heap, absurd_sizes)
{
	UK_EXPECT(!uk_heap_alloc(~(size_t)0));
	UK_EXPECT(!uk_heap_alloc((size_t)1 << 62));
	UK_EXPECT(!uk_heap_alloc((size_t)1 << 39));
	UK_EXPECT(!uk_heap_zalloc((size_t)1 << 33, (size_t)1 << 33));
	UK_EXPECT(!uk_heap_aligned_alloc(4096, ~(size_t)0 - 4096));

	char *ptr = uk_heap_alloc(10);

	UK_REQUIRE(ptr != NULL);
	memcpy(ptr, "unchanged", 10);
	UK_EXPECT(!uk_heap_realloc(ptr, ~(size_t)0));
	UK_EXPECT_STR_EQ(ptr, "unchanged");
	uk_heap_free(ptr);
}

UK_TEST(heap, zalloc_clears)
{
	for (int round = 0; round < 4; round++) {
		unsigned char *ptr = uk_heap_zalloc(30, 10);

		UK_REQUIRE(ptr != NULL);
		for (unsigned int i = 0; i < 300; i++)
			UK_EXPECT_EQ(ptr[i], 0);
		memset(ptr, 0xff, 300);
		uk_heap_free(ptr);
	}
}

UK_TEST(heap, aligned)
{
	for (size_t align = 1; align <= 1ul << 20; align *= 2) {
		void *a = uk_heap_aligned_alloc(align, 100);
		void *b = uk_heap_aligned_alloc(align, 1);

		if (!b && align >= 1ul << 16) {
			uk_heap_free(a);
			uk_test_skip("less than 8 MiB of memory");
			return;
		}
		UK_REQUIRE(a && b);
		UK_EXPECT(UK_IS_ALIGNED((uintptr_t)a, align));
		UK_EXPECT(UK_IS_ALIGNED((uintptr_t)b, align));
		memset(a, 1, 100);
		uk_heap_free(a);
		uk_heap_free(b);
	}
}

UK_TEST(heap, realloc_keeps_content)
{
	unsigned char *ptr = NULL;

	for (size_t size = 1; size < 300000; size = size * 3 / 2 + 1) {
		ptr = uk_heap_realloc(ptr, size);
		UK_REQUIRE(ptr != NULL);
		for (size_t i = 0; i < size * 2 / 3 - (size > 1); i += 97)
			UK_EXPECT_EQ(ptr[i], (i * 31) & 0xff);
		for (size_t i = 0; i < size; i++)
			ptr[i] = (unsigned char)(i * 31);
	}
	for (size_t size = 300000; size > 0; size /= 2) {
		ptr = uk_heap_realloc(ptr, size);
		UK_REQUIRE(ptr != NULL);
		for (size_t i = 0; i < UK_MIN(size, (size_t)200000); i += 97)
			UK_EXPECT_EQ(ptr[i], (i * 31) & 0xff);
	}
	uk_heap_free(ptr);
}

UK_TEST(heap, all_comes_back)
{
	struct uk_heap_stats before, after;
	void *held[HELD];

	uk_heap_stats(&before);
	for (unsigned int i = 0; i < HELD; i++)
		held[i] = uk_heap_alloc(i * 1000);
	for (unsigned int i = 0; i < HELD; i += 2)
		uk_heap_free(held[i]);
	for (unsigned int i = 1; i < HELD; i += 2)
		uk_heap_free(held[i]);
	uk_heap_stats(&after);
	UK_EXPECT_EQ(before.used, after.used);
	UK_EXPECT_EQ(before.blocks, after.blocks);
	UK_EXPECT(after.peak >= before.peak);
}

/* What was asked for is all that may be used: the next byte is a guard. */
UK_TEST(heap, usable_is_what_was_asked)
{
	for (size_t size = 1; size < 300; size++) {
		char *ptr = uk_heap_alloc(size);

		UK_REQUIRE(ptr != NULL);
		UK_EXPECT_EQ(uk_heap_usable_size(ptr), size);
		memset(ptr, 0, size);
		ptr = uk_heap_realloc(ptr, 2 * size);
		UK_REQUIRE(ptr != NULL);
		UK_EXPECT_EQ(uk_heap_usable_size(ptr), 2 * size);
		memset(ptr, 0xff, 2 * size);
		uk_heap_free(ptr);
	}
}

static void churn(unsigned int cpu, void *arg)
{
	unsigned char *held[HELD] = { 0 };
	size_t sizes[HELD] = { 0 };
	uint64_t random = cpu + 1;

	(void)arg;
	for (unsigned int i = 0; i < 5000; i++) {
		random = random * 6364136223846793005ull + 1442695040888963407ull;

		unsigned int at = (unsigned int)(random >> 40) % HELD;

		if (held[at]) {
			UK_EXPECT_EQ(held[at][0], (unsigned char)(cpu + at));
			UK_EXPECT_EQ(held[at][sizes[at] - 1], (unsigned char)(cpu + at));
			uk_heap_free(held[at]);
			held[at] = NULL;
			continue;
		}
		sizes[at] = 1 + (random >> 20) % (at % 8 ? 200 : 20000);
		held[at] = uk_heap_alloc(sizes[at]);
		if (held[at])
			memset(held[at], (int)(cpu + at), sizes[at]);
	}
	for (unsigned int at = 0; at < HELD; at++)
		uk_heap_free(held[at]);
}

UK_TEST(heap, all_cpus_at_once)
{
	struct uk_heap_stats before, after;

	uk_heap_stats(&before);
	uk_test_smp(churn, NULL);
	uk_heap_stats(&after);
	UK_EXPECT_EQ(before.used, after.used);
}
