/* SPDX-License-Identifier: BSD-3-Clause */
/* What lies between two blocks is checked from both sides, where members place them in a row. */

#include <uk/heap.h>
#include <uk/string.h>
#include <uk/test.h>

static void free_it(void *ptr)
{
	uk_heap_free(ptr);
}

/* The block whose header was overwritten is freed first. */
UK_TEST(heap_broken, overflow_found_by_the_next_block)
{
	unsigned char *ptr = uk_heap_alloc(96);
	unsigned char *next = uk_heap_alloc(96);
	unsigned char was = ptr[96];

	UK_REQUIRE(next == ptr + 112);
	ptr[96] = 0;
	UK_EXPECT(uk_test_panics(free_it, next));
	ptr[96] = was;
	uk_heap_free(next);
	uk_heap_free(ptr);
}

UK_TEST(heap_broken, header_of_the_next_overwritten)
{
	unsigned char *ptr = uk_heap_alloc(100);
	unsigned char *next = uk_heap_alloc(100);
	unsigned char saved[16];

	UK_REQUIRE(ptr && next);
	memcpy(saved, next - 16, 16);
	for (unsigned int byte = 0; byte < 256; byte += 5) {
		memset(next - 16, (int)byte, 16);
		UK_EXPECT(uk_test_panics(free_it, ptr));
	}
	memcpy(next - 16, saved, 16);
	uk_heap_free(next);
	uk_heap_free(ptr);
}
