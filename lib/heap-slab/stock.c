/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stocks are filled and emptied by halves: a program that allocates and frees in turn then stays
 * in one half. The larger the blocks, the fewer are kept.
 */

#include "internal.h"

#define STOCK_BYTES (8ul << 10)

_Static_assert(sizeof(struct stock) == 128, "an index is a shift");

struct stocks uk__heap_slab_stocks[UK_CPUS_MAX];

static struct stock *mine(unsigned int class)
{
	struct stock *stock = &uk__heap_slab_stocks[uk_cpu_id()].of[class];

	if (!stock->most) {
		size_t fit = STOCK_BYTES / uk__heap_slab_stride(class);

		stock->most = (uint32_t)UK_MAX(UK_MIN(fit, (size_t)STOCK_MOST), 2ul);
	}
	return stock;
}

void *uk__heap_slab_refill(unsigned int class)
{
	uk_irqflags_t flags = uk__heap_slab_pin();
	struct stock *stock = mine(class);
	unsigned int count = stock->count; /* 0, unless it was another CPU's that we saw */

	if (!count)
		count = uk__heap_slab_take(class, stock->blocks, stock->most / 2);

	void *ptr = count ? stock->blocks[count - 1] : NULL;

	uk_store(&stock->count, count ? count - 1 : 0);
	uk__heap_slab_unpin(flags);
	return ptr;
}

/* The older half. */
static void drain(struct stock *stock, unsigned int class, unsigned int n)
{
	uk__heap_slab_give(class, stock->blocks, n);
	for (unsigned int i = n; i < stock->count; i++)
		stock->blocks[i - n] = stock->blocks[i];
	uk_store(&stock->count, stock->count - n);
}

void uk__heap_slab_drain(unsigned int class)
{
	uk_irqflags_t flags = uk__heap_slab_pin();
	struct stock *stock = mine(class);

	if (stock->count == stock->most)
		drain(stock, class, (stock->most + 1) / 2);
	uk__heap_slab_unpin(flags);
}

void uk__heap_slab_drain_all(void)
{
	uk_irqflags_t flags = uk__heap_slab_pin();

	for (unsigned int class = 1; class < CLASSES; class ++)
		drain(mine(class), class, mine(class)->count);
	uk__heap_slab_unpin(flags);
}

void uk__heap_slab_count_stocks(struct uk_heap_stats *stats)
{
	for (unsigned int cpu = 0; cpu < UK_CPUS_MAX; cpu++) {
		for (unsigned int class = 1; class < CLASSES; class ++) {
			size_t n = uk_load(&uk__heap_slab_stocks[cpu].of[class].count);
			size_t bytes = n * uk__heap_slab_stride(class);

			stats->blocks -= n;
			stats->used -= bytes;
			stats->free += bytes;
		}
	}
}
