/* SPDX-License-Identifier: BSD-3-Clause */
/* What is heap-region's own; the contract is tested by lib/heap. */

#include <uk/heap.h>
#include <uk/test.h>

UK_TEST(region, last_in_first_out_costs_nothing)
{
	void *first = uk_heap_alloc(100);
	void *second = uk_heap_alloc(200);
	void *third = uk_heap_alloc(300);

	uk_heap_free(second);
	uk_heap_free(third);
	UK_EXPECT(uk_heap_alloc(50) == second);
	UK_EXPECT(uk_heap_realloc(second, 5000) == second);
	uk_heap_free(second);
	uk_heap_free(first);
	UK_EXPECT(uk_heap_alloc(10) == first);
	uk_heap_free(first);
}

UK_TEST(region, what_is_marked_comes_back_later)
{
	char *first = uk_heap_alloc(100);
	char *held[20];

	for (unsigned int i = 0; i < 20; i++)
		held[i] = uk_heap_aligned_alloc(i % 3 ? 16 : 256, 100 + i);
	for (unsigned int i = 0; i < 20; i++)
		uk_heap_free(held[i * 7 % 20]);
	uk_heap_free(first);
	UK_EXPECT(uk_heap_alloc(3000) == first);
	UK_EXPECT(uk_heap_realloc(first, 10) == first);
	uk_heap_free(first);
}
