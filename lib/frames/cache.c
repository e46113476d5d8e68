/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Single pages kept by each CPU, so that most allocations take no lock: interrupts off are
 * enough. Pages kept by other CPUs are not found when memory has run out; they are few.
 */

#include "internal.h"
#include <uk/panic.h>

#define KEPT  32
#define BATCH 16

static struct cache {
	uk_paddr_t pages[KEPT];
	unsigned int count; /* read by others for statistics */
} uk_aligned(64) caches[UK_CPUS_MAX];

static void put(struct cache *cache, uk_paddr_t pa)
{
	uint64_t frame = pa / UK_PAGE_SIZE;
	struct zone *zone = uk__frames_check(frame, STATE_USED);

	uk_store(uk__frames_state(zone, frame), (uint8_t)STATE_CACHED);
	cache->pages[cache->count] = pa;
	uk_store(&cache->count, cache->count + 1);
}

static uk_paddr_t take(struct cache *cache)
{
	uk_store(&cache->count, cache->count - 1);

	uk_paddr_t pa = cache->pages[cache->count];
	uint64_t frame = pa / UK_PAGE_SIZE;
	struct zone *zone = uk__frames_check(frame, STATE_CACHED);

	uk_store(uk__frames_state(zone, frame), (uint8_t)STATE_USED);
	return pa;
}

static void refill(struct cache *cache)
{
	uk_spin_lock(&uk__frames_lock);
	for (unsigned int i = 0; i < BATCH; i++) {
		uint64_t frame = uk__frames_alloc_locked(0);

		if (!frame)
			break;
		put(cache, frame * UK_PAGE_SIZE);
	}
	uk_spin_unlock(&uk__frames_lock);
}

static void drain(struct cache *cache)
{
	uk_spin_lock(&uk__frames_lock);
	for (unsigned int i = 0; i < BATCH; i++) {
		uint64_t frame = take(cache) / UK_PAGE_SIZE;

		uk__frames_buddy_free(uk__frames_zone_of(frame), frame, 0);
	}
	uk_spin_unlock(&uk__frames_lock);
}

uk_paddr_t uk__frames_cache_alloc(void)
{
	uk_irqflags_t flags = uk_cpu_irq_save();
	struct cache *cache = &caches[uk_cpu_id()];

	if (cache->count == 0)
		refill(cache);

	uk_paddr_t pa = cache->count > 0 ? take(cache) : 0;

	uk_cpu_irq_restore(flags);
	return pa;
}

void uk__frames_cache_free(uk_paddr_t pa)
{
	uk_irqflags_t flags = uk_cpu_irq_save();
	struct cache *cache = &caches[uk_cpu_id()];

	if (cache->count == KEPT)
		drain(cache);
	put(cache, pa);
	uk_cpu_irq_restore(flags);
}

uint64_t uk__frames_cache_count(void)
{
	uint64_t count = 0;

	for (unsigned int i = 0; i < UK_CPUS_MAX; i++)
		count += uk_load(&caches[i].count);
	return count;
}

void uk__frames_cache_reset(void)
{
	for (unsigned int i = 0; i < UK_CPUS_MAX; i++)
		caches[i].count = 0;
}
