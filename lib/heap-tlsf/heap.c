/* SPDX-License-Identifier: BSD-3-Clause */
#include "internal.h"
#include <uk/panic.h>
#include <uk/string.h>

struct uk_spinlock uk__heap_tlsf_lock = UK_SPINLOCK_INIT;
struct uk_heap_stats uk__heap_tlsf_stats;

static void count_size(size_t more)
{
	uk__heap_tlsf_stats.used += more;
	uk__heap_tlsf_stats.peak = UK_MAX(uk__heap_tlsf_stats.peak, uk__heap_tlsf_stats.used);
}

void uk__heap_tlsf_count(struct block *block)
{
	uk__heap_tlsf_stats.blocks++;
	count_size(size_of(block));
}

size_t uk__heap_tlsf_need(size_t payload)
{
	if (payload > SIZE_LIMIT / 2)
		return 0;
	return UK_MAX(UK_ALIGN_UP(payload, GRAIN) + HEADER, SIZE_MIN);
}

struct block *uk__heap_tlsf_get(size_t size)
{
	struct block *block = uk__heap_tlsf_index_take(size);

	if (!block)
		return uk__heap_tlsf_chunk_new(size);
	uk__heap_tlsf_chunk_used(block);
	block->head &= ~BIT_FREE;
	return block;
}

void *uk_heap_alloc(size_t payload)
{
	size_t size = uk__heap_tlsf_need(payload);

	if (!size)
		return NULL;
	uk_spin_lock(&uk__heap_tlsf_lock);
	struct block *block = uk__heap_tlsf_get(size);

	if (block) {
		uk__heap_tlsf_block_trim(block, size);
		uk__heap_tlsf_count(block);
	}
	uk_spin_unlock(&uk__heap_tlsf_lock);
	return block ? payload_of(block) : NULL;
}

void *uk_heap_zalloc(size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;

	void *ptr = uk_heap_alloc(bytes);

	if (ptr)
		memset(ptr, 0, bytes);
	return ptr;
}

/* The live block at ptr; two loads that a free or realloc needs anyway tell if there is none. */
static struct block *live_block(void *ptr)
{
	struct block *block = block_of(ptr);

	if (!UK_IS_ALIGNED((uintptr_t)ptr, GRAIN) || (block->head & MAGIC_MASK) != MAGIC)
		uk_panic("heap: %p is not an allocated block", ptr);
	if (is_free(block))
		uk_panic("heap: %p is freed already", ptr);
	if (block_after(block)->before != size_of(block))
		uk_panic("heap: something wrote past the end of %p", ptr);
	return block;
}

void uk_heap_free(void *ptr)
{
	if (!ptr)
		return;
	uk_spin_lock(&uk__heap_tlsf_lock);
	struct block *block = live_block(ptr);

	uk__heap_tlsf_stats.used -= size_of(block);
	uk__heap_tlsf_stats.blocks--;
	uk__heap_tlsf_block_release(block);
	uk_spin_unlock(&uk__heap_tlsf_lock);
}

/* In place, if that is possible. */
static bool resize(struct block *block, size_t size)
{
	size_t old = size_of(block);
	bool done = size <= old;

	if (done)
		uk__heap_tlsf_block_trim(block, size);
	else
		done = uk__heap_tlsf_block_extend(block, size);
	count_size(size_of(block) - old);
	return done;
}

void *uk_heap_realloc(void *ptr, size_t payload)
{
	size_t size = uk__heap_tlsf_need(payload);

	if (!ptr)
		return uk_heap_alloc(payload);
	if (!size)
		return NULL;
	uk_spin_lock(&uk__heap_tlsf_lock);
	struct block *block = live_block(ptr);
	size_t old = size_of(block) - HEADER;
	bool done = resize(block, size);

	uk_spin_unlock(&uk__heap_tlsf_lock);
	if (done)
		return ptr;

	void *moved = uk_heap_alloc(payload);

	if (moved) {
		memcpy(moved, ptr, UK_MIN(old, payload));
		uk_heap_free(ptr);
	}
	return moved;
}

size_t uk_heap_usable_size(void *ptr)
{
	if (!ptr)
		return 0;
	uk_spin_lock(&uk__heap_tlsf_lock);
	size_t size = size_of(live_block(ptr)) - HEADER;

	uk_spin_unlock(&uk__heap_tlsf_lock);
	return size;
}

void uk_heap_stats(struct uk_heap_stats *stats)
{
	uk_spin_lock(&uk__heap_tlsf_lock);
	*stats = uk__heap_tlsf_stats;
	uk_spin_unlock(&uk__heap_tlsf_lock);
}
