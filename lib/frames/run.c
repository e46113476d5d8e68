/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs: as many pages as were asked for. A run is an allocated block for each largest aligned
 * piece of it, in order: what frees it finds the same pieces. The pages come from a block of the
 * next power of two, or else from free blocks that happen to lie side by side.
 */

#include "internal.h"
#include <uk/panic.h>

#define LARGE ((uint64_t)1 << UK_FRAMES_ORDER_LARGE)

static unsigned int log2_up(size_t n)
{
	return n > 1 ? 64u - (unsigned int)__builtin_clzll(n - 1) : 0;
}

static void mark_used(struct zone *zone, uint64_t from, uint64_t end)
{
	while (from < end) {
		unsigned int order = uk__frames_order_at(from, end);

		uk_store(uk__frames_state(zone, from), (uint8_t)(STATE_USED | order));
		from += (uint64_t)1 << order;
	}
}

static uint64_t from_block(size_t pages)
{
	uint64_t frame = uk__frames_alloc_locked(log2_up(pages));
	struct zone *zone = frame ? uk__frames_zone_of(frame) : NULL;

	if (!zone)
		return 0;
	mark_used(zone, frame, frame + pages);
	uk__frames_buddy_free_all(zone, frame + pages, frame + ((uint64_t)1 << log2_up(pages)));
	return frame;
}

/* Free blocks from `from` on, side by side; what is not open yet counts. */
static uint64_t end_of_free(struct zone *zone, uint64_t from)
{
	while (from < zone->next) {
		uint8_t state = uk_load(uk__frames_state(zone, from));

		if (!(state & STATE_FREE))
			return from;
		from += (uint64_t)1 << (state & ~STATE_FREE);
	}
	return zone->end;
}

/* The block that begins at `at` is used: behind it. */
static uint64_t behind_used(struct zone *zone, uint64_t at)
{
	uint8_t state = uk_load(uk__frames_state(zone, at));

	return at + ((uint64_t)1 << (state & ~(STATE_USED | STATE_CACHED)));
}

/* Cut [at, at + pages) out of the free blocks of [from, end). */
static void cut(struct zone *zone, uint64_t from, uint64_t end, uint64_t at, size_t pages)
{
	uk__frames_buddy_take_all(zone, from, end);
	mark_used(zone, at, at + pages);
	uk__frames_buddy_free_all(zone, from, at);
	uk__frames_buddy_free_all(zone, at + pages, end);
}

static uint64_t from_neighbours_in(struct zone *zone, size_t pages)
{
	uint64_t align = pages >= LARGE ? LARGE : 1;
	uint64_t from = zone->first;

	while (from < zone->end) {
		uint64_t end = end_of_free(zone, from);
		uint64_t at = UK_ALIGN_UP(from, align);

		if (at + pages <= end) {
			if (at + pages <= zone->next) {
				cut(zone, from, UK_MIN(end, zone->next), at, pages);
				return at;
			}
			/* Opening takes pages for tables: look again. */
			if (!uk__frames_zone_open(zone))
				return 0;
			from = zone->first;
			continue;
		}
		from = end < zone->next ? behind_used(zone, end) : zone->end;
	}
	return 0;
}

static uint64_t from_neighbours(size_t pages)
{
	uint64_t frame = 0;

	for (unsigned int i = 0; i < uk__frames_nzones && !frame; i++)
		frame = from_neighbours_in(&uk__frames_zones[i], pages);
	return frame;
}

uk_paddr_t uk_frames_alloc_run(size_t pages)
{
	if (pages == 0 || pages > (size_t)1 << 40)
		return 0;
	if (pages == 1)
		return uk_frames_alloc(0);

	uk_irqflags_t flags = uk_spin_lock_irqsave(&uk__frames_lock);
	uint64_t frame = log2_up(pages) <= UK_FRAMES_ORDER_MAX ? from_block(pages) : 0;

	if (!frame)
		frame = from_neighbours(pages);
	uk_spin_unlock_irqrestore(&uk__frames_lock, flags);
	return frame * UK_PAGE_SIZE;
}

void uk_frames_free_run(uk_paddr_t pa, size_t pages)
{
	uint64_t from = pa / UK_PAGE_SIZE;
	uint64_t end = from + pages;

	while (from < end) {
		unsigned int order = uk__frames_order_at(from, end);

		uk_frames_free(from * UK_PAGE_SIZE, order);
		from += (uint64_t)1 << order;
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
