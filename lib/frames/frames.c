/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The buddies: a list of free blocks for each order, linked through the blocks themselves, and a
 * state byte for each frame. A bit for each order says whether its list has any.
 */

#include "internal.h"
#include <uk/list.h>
#include <uk/panic.h>

struct uk_spinlock uk__frames_lock = UK_SPINLOCK_INIT;
uint64_t uk__frames_nfree;

static struct uk_list lists[UK_FRAMES_ORDER_MAX + 1];
static uint32_t orders; /* bit n: lists[n] is not empty */
static bool ready;

static struct uk_list *node_of(uint64_t frame)
{
	return uk_phys_to_virt(frame * UK_PAGE_SIZE);
}

static void set_state(struct zone *zone, uint64_t frame, unsigned int state)
{
	uk_store(uk__frames_state(zone, frame), (uint8_t)state);
}

static void push(struct zone *zone, uint64_t frame, unsigned int order)
{
	set_state(zone, frame, STATE_FREE | order);
	uk_list_prepend(&lists[order], node_of(frame));
	orders |= 1u << order;
}

static void unlink_block(uint64_t frame, unsigned int order)
{
	uk_list_remove(node_of(frame));
	if (uk_list_empty(&lists[order]))
		orders &= ~(1u << order);
}

static void init(void)
{
	for (unsigned int i = 0; i <= UK_FRAMES_ORDER_MAX; i++)
		uk_list_init(&lists[i]);
	uk__frames_zones_make();
	ready = true;
}

void uk__frames_reset(void)
{
	ready = false;
	orders = 0;
	uk__frames_nfree = 0;
	uk__frames_nopened = 0;
	uk__frames_nzones = 0;
	uk__frames_tables_reset();
	if (CONFIG_LIB_SMP)
		uk__frames_cache_reset();
}

uint64_t uk__frames_buddy_alloc(unsigned int order)
{
	uint32_t fit = orders >> order << order;

	if (!fit)
		return 0;

	unsigned int at = (unsigned int)__builtin_ctz(fit);
	uint64_t frame = uk_virt_to_phys(lists[at].next) / UK_PAGE_SIZE;
	struct zone *zone = uk__frames_zone_of(frame);

	unlink_block(frame, at);
	while (at > order) {
		at--;
		push(zone, frame + ((uint64_t)1 << at), at);
	}
	set_state(zone, frame, STATE_USED | order);
	uk__frames_nfree -= (uint64_t)1 << order;
	return frame;
}

void uk__frames_buddy_free(struct zone *zone, uint64_t frame, unsigned int order)
{
	uk__frames_nfree += (uint64_t)1 << order;
	while (order < UK_FRAMES_ORDER_MAX) {
		uint64_t size = (uint64_t)1 << order;
		uint64_t buddy = frame ^ size;

		if (buddy < zone->first || buddy + size > zone->next ||
		    uk_load(uk__frames_state(zone, buddy)) != (STATE_FREE | order))
			break;
		unlink_block(buddy, order);
		set_state(zone, UK_MAX(frame, buddy), STATE_NONE);
		frame = UK_MIN(frame, buddy);
		order++;
	}
	push(zone, frame, order);
}

unsigned int uk__frames_order_at(uint64_t from, uint64_t end)
{
	unsigned int aligned = (unsigned int)__builtin_ctzll(from);
	unsigned int fitting = 63u - (unsigned int)__builtin_clzll(end - from);

	return UK_MIN(UK_MIN(aligned, fitting), (unsigned int)UK_FRAMES_ORDER_MAX);
}

void uk__frames_buddy_free_all(struct zone *zone, uint64_t from, uint64_t end)
{
	while (from < end) {
		unsigned int order = uk__frames_order_at(from, end);

		uk__frames_buddy_free(zone, from, order);
		from += (uint64_t)1 << order;
	}
}

void uk__frames_buddy_take_all(struct zone *zone, uint64_t from, uint64_t end)
{
	uk__frames_nfree -= end - from;
	while (from < end) {
		unsigned int order = *uk__frames_state(zone, from) & ~STATE_FREE;

		unlink_block(from, order);
		set_state(zone, from, STATE_NONE);
		from += (uint64_t)1 << order;
	}
}

struct zone *uk__frames_check(uint64_t frame, uint8_t state)
{
	struct zone *zone = uk__frames_zone_of(frame);

	UK_ASSERT(zone && "a frame that nobody allocated");
	UK_ASSERT(uk_load(uk__frames_state(zone, frame)) == state &&
		  "freed twice or in another size");
	return zone;
}

uint64_t uk__frames_alloc_locked(unsigned int order)
{
	uint64_t frame;

	if (!ready)
		init();
	do
		frame = uk__frames_buddy_alloc(order);
	while (!frame && uk__frames_zone_grow(order));
	return frame;
}

uk_paddr_t uk_frames_alloc(unsigned int order)
{
	if (order > UK_FRAMES_ORDER_MAX)
		return 0;
	if (CONFIG_LIB_SMP && order == 0)
		return uk__frames_cache_alloc();

	uk_irqflags_t flags = uk_spin_lock_irqsave(&uk__frames_lock);
	uint64_t frame = uk__frames_alloc_locked(order);

	uk_spin_unlock_irqrestore(&uk__frames_lock, flags);
	return frame * UK_PAGE_SIZE;
}

void uk_frames_free(uk_paddr_t pa, unsigned int order)
{
	UK_ASSERT(UK_IS_ALIGNED(pa, UK_PAGE_SIZE << order));
	if (CONFIG_LIB_SMP && order == 0) {
		uk__frames_cache_free(pa);
		return;
	}

	uk_irqflags_t flags = uk_spin_lock_irqsave(&uk__frames_lock);
	uint64_t frame = pa / UK_PAGE_SIZE;
	struct zone *zone = uk__frames_check(frame, (uint8_t)(STATE_USED | order));

	uk__frames_buddy_free(zone, frame, order);
	uk_spin_unlock_irqrestore(&uk__frames_lock, flags);
}

void uk_frames_stats(struct uk_frames_stats *stats)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&uk__frames_lock);

	if (!ready)
		init();
	stats->total = 0;
	for (unsigned int i = 0; i < uk__frames_nzones; i++)
		stats->total += uk__frames_zones[i].end - uk__frames_zones[i].first;
	stats->opened = uk__frames_nopened;
	stats->free = uk__frames_nfree;
	uk_spin_unlock_irqrestore(&uk__frames_lock, flags);
	if (CONFIG_LIB_SMP)
		stats->free += uk__frames_cache_count();
}
