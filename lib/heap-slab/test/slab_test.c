/* SPDX-License-Identifier: BSD-3-Clause */
/* What is heap-slab's own; the contract is tested by lib/heap. */

#include "../internal.h"
#include <uk/test.h>

UK_TEST(slab, classes_fit_tightly)
{
	for (size_t asked = 0; asked <= ASKED_MOST; asked++) {
		unsigned int class = uk__heap_slab_class(asked);
		size_t need = asked + HEAD + GUARD;

		UK_EXPECT(class < CLASSES && uk__heap_slab_stride(class) >= need);
		UK_EXPECT(class == 1 || uk__heap_slab_stride(class - 1) < need);
	}
	for (unsigned int class = 1; class < CLASSES; class ++)
		UK_EXPECT(UK_IS_ALIGNED(uk__heap_slab_stride(class), 16));
}

UK_TEST(slab, last_in_first_out)
{
	void *first = uk_heap_alloc(64);

	uk_heap_free(first);
	for (int i = 0; i < 100; i++) {
		void *ptr = uk_heap_alloc(64);

		UK_EXPECT(ptr == first);
		uk_heap_free(ptr);
	}
}

/* More than a slab and a stock of each size, freed in another order. */
UK_TEST(slab, slabs_come_and_go)
{
	static void *held[300];
	struct uk_heap_stats before, after;

	uk_heap_stats(&before);
	for (unsigned int class = 1; class < CLASSES; class ++) {
		size_t asked = uk__heap_slab_stride(class) - HEAD - GUARD;
		unsigned int n = class < 20 ? 300 : 30;

		for (unsigned int i = 0; i < n; i++) {
			held[i] = uk_heap_alloc(asked);
			UK_REQUIRE(held[i] != NULL);
			memset(held[i], (int)i, asked);
		}
		for (unsigned int i = 0; i < n; i++)
			uk_heap_free(held[i * 7 % n]);
	}
	uk_heap_stats(&after);
	UK_EXPECT_EQ(before.used, after.used);
	UK_EXPECT_EQ(before.blocks, after.blocks);
}

#define BOX 64

static void *box[BOX];

/* Blocks that one CPU takes and another one frees. */
static void pass_on(unsigned int cpu, void *arg)
{
	uint64_t random = cpu + 1;

	(void)arg;
	for (unsigned int i = 0; i < 5000; i++) {
		random = random * 6364136223846793005ull + 1442695040888963407ull;

		unsigned char *ptr = uk_heap_alloc(1 + (random >> 30) % 700);

		if (ptr)
			*ptr = (unsigned char)i;
		uk_heap_free(uk_exchange(&box[random >> 58], ptr));
	}
}

UK_TEST(slab, freed_by_another_cpu)
{
	struct uk_heap_stats before, after;

	uk_heap_stats(&before);
	uk_test_smp(pass_on, NULL);
	for (unsigned int i = 0; i < BOX; i++) {
		uk_heap_free(box[i]);
		box[i] = NULL;
	}
	uk_heap_stats(&after);
	UK_EXPECT_EQ(before.used, after.used);
	UK_EXPECT_EQ(before.blocks, after.blocks);
}
