/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The contract. A block changes hands under the lock, and is filled and looked through outside of
 * it where it is nobody else's.
 */

#include "internal.h"
#include <uk/meminfo.h>
#include <uk/panic.h>
#include <uk/string.h>

struct uk_spinlock uk__heap_debug_lock = UK_SPINLOCK_INIT;
struct uk_list uk__heap_debug_live = UK_LIST_INIT(uk__heap_debug_live);

static struct uk_heap_stats statistics; /* lock */

/* Lock held. */
static void count(const struct uk__heap_debug_block *block)
{
	statistics.blocks++;
	statistics.used += block->size + block->lead;
	statistics.peak = UK_MAX(statistics.peak, statistics.used);
}

static void *below(size_t align, size_t need)
{
	return align <= 16 ? uk_heap_below_alloc(need) : uk_heap_below_aligned_alloc(align, need);
}

static void *get(size_t align, size_t size, const void *fp)
{
	size_t lead = 0, need = uk__heap_debug_need(align, size, &lead);
	void *base = need ? below(align, need) : NULL;

	/* Others may take what was let go, or give more back. */
	while (need && !base && uk__heap_debug_let_go())
		base = below(align, need);
	if (!base) {
		if (need)
			uk_meminfo_lack(size);
		return NULL;
	}

	struct uk__heap_debug_block *block = uk__heap_debug_make(base, lead, size);

	uk_spin_lock(&uk__heap_debug_lock);
	block->site = uk__heap_debug_site(fp);
	uk_list_append(&uk__heap_debug_live, &block->node);
	count(block);
	uk_spin_unlock(&uk__heap_debug_lock);
	return uk__heap_debug_payload(block);
}

static void put(void *ptr, const void *fp)
{
	uk_spin_lock(&uk__heap_debug_lock);
	struct uk__heap_debug_block *block = uk__heap_debug_at(ptr);

	block->free_site = uk__heap_debug_site(fp);
	uk_list_remove(&block->node);
	uk__heap_debug_bury(block);
	statistics.blocks--;
	statistics.used -= block->size + block->lead;
	uk_spin_unlock(&uk__heap_debug_lock);
	uk__heap_debug_retire(block);
}

void *uk_heap_alloc(size_t size)
{
	return get(16, size, __builtin_frame_address(0));
}

void *uk_heap_aligned_alloc(size_t align, size_t size)
{
	UK_ASSERT(UK_IS_POW2(align));
	return get(align, size, __builtin_frame_address(0));
}

void uk_heap_free(void *ptr)
{
	if (ptr)
		put(ptr, __builtin_frame_address(0));
}

/* Always to another place: who kept the old pointer is found. */
void *uk_heap_realloc(void *ptr, size_t size)
{
	const void *fp = __builtin_frame_address(0);
	size_t old = uk_heap_usable_size(ptr);
	void *moved = get(16, size, fp);

	if (moved && ptr) {
		memcpy(moved, ptr, UK_MIN(old, size));
		put(ptr, fp);
	}
	return moved;
}

size_t uk_heap_usable_size(void *ptr)
{
	if (!ptr)
		return 0;
	uk_spin_lock(&uk__heap_debug_lock);
	size_t size = uk__heap_debug_at(ptr)->size;

	uk_spin_unlock(&uk__heap_debug_lock);
	return size;
}

void uk_heap_stats(struct uk_heap_stats *stats)
{
	struct uk_heap_stats member;

	uk_heap_below_stats(&member);
	uk_spin_lock(&uk__heap_debug_lock);
	*stats = statistics;
	uk_spin_unlock(&uk__heap_debug_lock);
	stats->free = member.free;
}

size_t uk_heap_debug_check(void)
{
	size_t n = 0;

	uk_spin_lock(&uk__heap_debug_lock);
	UK_LIST_FOREACH(node, &uk__heap_debug_live) {
		uk__heap_debug_check_zones(UK_LIST_ENTRY(node, struct uk__heap_debug_block, node));
		n++;
	}
	n += uk__heap_debug_check_retired();
	uk_spin_unlock(&uk__heap_debug_lock);
	return n;
}
