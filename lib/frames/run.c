/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs: as many pages as were asked for. A run of n pages is a block of the next order whose
 * tail went back; what stays is a block for each bit of n, the largest first.
 */

#include <uk/panic.h>
#include "internal.h"

static unsigned int log2_down(size_t n)
{
	return 63u - (unsigned int)__builtin_clzll(n);
}

static unsigned int log2_up(size_t n)
{
	return n > 1 ? log2_down(n - 1) + 1 : 0;
}

/* [at, end) of an allocated block, at its end: blocks that grow with the alignment. */
static void free_tail(struct zone *zone, uint64_t at, uint64_t end)
{
	while (at < end) {
		unsigned int order = (unsigned int)__builtin_ctzll(at);

		uk__frames_buddy_free(zone, at, order);
		at += (uint64_t)1 << order;
	}
}

uk_paddr_t uk_frames_alloc_run(size_t pages)
{
	unsigned int order = pages <= (size_t)1 << UK_FRAMES_ORDER_MAX ? log2_up(pages) : 99;
	uk_paddr_t pa = pages ? uk_frames_alloc(order) : 0;

	if (!pa || UK_IS_POW2(pages))
		return pa;

	uk_irqflags_t flags = uk_spin_lock_irqsave(&uk__frames_lock);
	uint64_t frame = pa / UK_PAGE_SIZE;
	struct zone *zone = uk__frames_check(frame, (uint8_t)(STATE_USED | order));
	uint64_t at = frame;

	for (size_t left = pages; left; left &= ~((size_t)1 << order)) {
		order = log2_down(left);
		uk_store(uk__frames_state(zone, at), (uint8_t)(STATE_USED | order));
		at += (uint64_t)1 << order;
	}
	free_tail(zone, at, frame + ((uint64_t)1 << log2_up(pages)));
	uk_spin_unlock_irqrestore(&uk__frames_lock, flags);
	return pa;
}

void uk_frames_free_run(uk_paddr_t pa, size_t pages)
{
	while (pages) {
		unsigned int order = log2_down(pages);

		uk_frames_free(pa, order);
		pa += UK_PAGE_SIZE << order;
		pages -= (size_t)1 << order;
	}
}

void uk_frames_split(uk_paddr_t pa, unsigned int order)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&uk__frames_lock);
	uint64_t frame = pa / UK_PAGE_SIZE;
	struct zone *zone = uk__frames_check(frame, (uint8_t)(STATE_USED | order));

	for (uint64_t i = 0; i < (uint64_t)1 << order; i++)
		uk_store(uk__frames_state(zone, frame + i), (uint8_t)STATE_USED);
	uk_spin_unlock_irqrestore(&uk__frames_lock, flags);
}
