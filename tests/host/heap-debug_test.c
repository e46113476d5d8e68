/* SPDX-License-Identifier: BSD-3-Clause */
/* On the host over malloc(), where a panic is an answer, and on several CPUs. */

#include "internal.h"
#include <stdlib.h>
#include <uk/string.h>
#include <uk/test.h>

static bool empty; /* there is no memory below */

void *uk_heap_below_alloc(size_t size)
{
	return uk_load(&empty) ? NULL : aligned_alloc(16, UK_ALIGN_UP(size, 16));
}

void *uk_heap_below_aligned_alloc(size_t align, size_t size)
{
	return uk_load(&empty) ? NULL : aligned_alloc(align, UK_ALIGN_UP(size, align));
}

void uk_heap_below_free(void *ptr)
{
	uk_store(&empty, false);
	free(ptr);
}

void uk_heap_below_stats(struct uk_heap_stats *stats)
{
	*stats = (struct uk_heap_stats){ 0 };
}

/* lib/heap's. */
void *uk_heap_zalloc(size_t n, size_t size)
{
	void *ptr = uk_heap_alloc(n * size);

	return ptr ? memset(ptr, 0, n * size) : NULL;
}

unsigned int uk_callers(const void *fp, uintptr_t *at, unsigned int most)
{
	(void)fp;
	at[0] = (uintptr_t)most;
	return 1;
}

/* All that the tests have: their own variables. */
extern char __bss_start[], _end[];

void uk__heap_debug_roots(void (*scan)(uintptr_t low, uintptr_t high))
{
	scan((uintptr_t)__bss_start, (uintptr_t)_end);
}

static void overflow(void *arg)
{
	char *ptr = uk_heap_alloc((size_t)arg);

	ptr[(size_t)arg] = 0;
	uk_heap_free(ptr);
}

static void underflow(void *arg)
{
	char *ptr = uk_heap_alloc((size_t)arg);

	ptr[-1] = 0;
	ptr = uk_heap_realloc(ptr, 7);
}

static void free_twice(void *arg)
{
	void *ptr = uk_heap_alloc((size_t)arg);

	uk_heap_free(ptr);
	uk_heap_free(ptr);
}

static void write_late(void *arg)
{
	char *ptr = uk_heap_alloc((size_t)arg);

	uk_heap_free(ptr);
	ptr[(size_t)arg / 2] = 0;
	uk_heap_debug_check();
}

static void free_inner(void *arg)
{
	char *ptr = uk_heap_zalloc(1, (size_t)arg);

	uk_heap_free(ptr + 160);
}

UK_TEST(heap_debug, panics)
{
	for (size_t size = 1; size < 300; size += 13) {
		UK_EXPECT(uk_test_panics(overflow, (void *)size));
		UK_EXPECT(uk_test_panics(underflow, (void *)size));
		UK_EXPECT(uk_test_panics(free_twice, (void *)size));
		UK_EXPECT(uk_test_panics(write_late, (void *)size));
	}
	UK_EXPECT(uk_test_panics(free_inner, (void *)1000));
}

/* What is held back is there for who lacks it. */
UK_TEST(heap_debug, gives_back_in_need)
{
	uk_heap_free(uk_heap_alloc(1000));
	uk_store(&empty, true);

	void *ptr = uk_heap_alloc(2000);

	UK_EXPECT(ptr != NULL);
	uk_store(&empty, false);
	uk_heap_free(ptr);
}

static void churn(unsigned int cpu, void *arg)
{
	void *held[16] = { 0 };

	(void)arg;
	for (unsigned int i = 0; i < 4000; i++) {
		unsigned int at = (i * 7 + cpu) % 16;

		if (held[at]) {
			uk_heap_free(held[at]);
			held[at] = NULL;
		} else {
			held[at] = uk_heap_alloc(i % 500);
		}
	}
	for (unsigned int at = 0; at < 16; at++)
		uk_heap_free(held[at]);
}

UK_TEST(heap_debug, all_cpus_at_once)
{
	struct uk_heap_stats before, after;

	uk_heap_stats(&before);
	uk_test_smp(churn, NULL);
	uk_heap_stats(&after);
	UK_EXPECT_EQ(before.used, after.used);
	UK_EXPECT_EQ(before.blocks, after.blocks);
	uk_heap_debug_check();
}
