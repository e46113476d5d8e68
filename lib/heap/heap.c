/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What callers see of every heap. A block has the size that was asked for: the byte behind it is a
 * guard, be it the first of the slack or the first of the next header.
 */

#include <uk/heap-fail.h>
#include <uk/heap-place.h>
#include <uk/heap.h>
#include <uk/meminfo.h>
#include <uk/panic.h>
#include <uk/spinlock.h>
#include <uk/string.h>

#define SIZE_MIN 32ul /* a header, and room for the two links of a free block */

static struct uk_spinlock lock = UK_SPINLOCK_INIT;
static struct uk_heap_stats statistics;

UK_HOLDER(uk_heap_pages, "heap", uk_heap_place_free);

static void *payload_of(struct uk_heap_block *block)
{
	return (char *)block + UK_HEAP_HEADER;
}

static size_t asked_of(const struct uk_heap_block *block)
{
	return uk_heap_size(block) - UK_HEAP_HEADER - (uk_heap_head(block) & UK_HEAP_SLACK);
}

/* Size of the block for what was asked; 0: absurd. */
static size_t need(size_t asked)
{
	if (asked > UK_HEAP_LIMIT / 2)
		return 0;
	return UK_MAX(UK_ALIGN_UP(asked, UK_HEAP_GRAIN) + UK_HEAP_HEADER, SIZE_MIN);
}

static unsigned char guard_byte(const struct uk_heap_block *block)
{
	return (unsigned char)uk_heap_mask(block);
}

static bool overflowed(struct uk_heap_block *block)
{
	size_t size = uk_heap_size(block);
	size_t slack = uk_heap_head(block) & UK_HEAP_SLACK;
	struct uk_heap_block *after = uk_heap_at(block, size);

	if (uk_heap_is_outside(after) || uk_heap_before(after) != size ||
	    (uk_heap_head(after) & UK_HEAP_NONE))
		return true;
	return slack > 0 && *((unsigned char *)after - slack) != guard_byte(block);
}

/* The block before has its header, and this is its end. */
static bool before_is_sound(struct uk_heap_block *block)
{
	size_t before = uk_heap_before(block);
	struct uk_heap_block *prev = uk_heap_at(block, -before);

	return before == 0 || (UK_IS_ALIGNED(before, UK_HEAP_GRAIN) && !uk_heap_is_outside(prev) &&
			       uk_heap_size(prev) == before);
}

/* The live block at ptr. */
static struct uk_heap_block *live_block(void *ptr)
{
	struct uk_heap_block *block = uk_heap_at(ptr, -UK_HEAP_HEADER);

	if (!UK_IS_ALIGNED((uintptr_t)ptr, UK_HEAP_GRAIN) || uk_heap_is_outside(block))
		uk_heap_broken("foreign pointer");

	size_t head = uk_heap_head(block);

	if ((head & UK_HEAP_NONE) || head == 0)
		uk_heap_broken("foreign pointer or overwritten header");
	if (head & UK_HEAP_FREE)
		uk_heap_broken("double free");
	if (overflowed(block))
		uk_heap_broken("overflow of this block");
	if (!before_is_sound(block))
		uk_heap_broken("overflow of the block before this one");
	return block;
}

/* A block that the member gave or resized becomes the caller's. */
static void seal(struct uk_heap_block *block, size_t asked)
{
	size_t size = uk_heap_size(block);
	size_t slack = size - UK_HEAP_HEADER - UK_MAX(asked, 1ul);

	block->head = uk_heap_mask(block) ^ (size << UK_HEAP_SHIFT | slack);
	if (slack > 0)
		*((unsigned char *)uk_heap_at(block, size) - slack) = guard_byte(block);
}

static void count(size_t more)
{
	statistics.used += more;
	statistics.peak = UK_MAX(statistics.peak, statistics.used);
}

void *uk_heap_aligned_alloc(size_t align, size_t asked)
{
	size_t size = need(asked);

	UK_ASSERT(UK_IS_POW2(align));
	if (!size || align > UK_HEAP_LIMIT / 4 || (CONFIG_HEAP_FAIL && uk_heap_fail_now()))
		return NULL;
	uk_spin_lock(&lock);
	struct uk_heap_block *block = uk_heap_place_get(UK_MAX(align, UK_HEAP_GRAIN), size);

	if (block) {
		seal(block, asked);
		statistics.blocks++;
		count(uk_heap_size(block));
	}
	uk_spin_unlock(&lock);
	if (block)
		return payload_of(block);
	if (!CONFIG_HEAP_DEBUG)
		uk_meminfo_lack(asked);
	return NULL;
}

void *uk_heap_alloc(size_t size)
{
	return uk_heap_aligned_alloc(UK_HEAP_GRAIN, size);
}

void uk_heap_free(void *ptr)
{
	if (!ptr)
		return;
	uk_spin_lock(&lock);
	struct uk_heap_block *block = live_block(ptr);

	statistics.blocks--;
	statistics.used -= uk_heap_size(block);
	uk_heap_place_put(block);
	uk_spin_unlock(&lock);
}

void *uk_heap_realloc(void *ptr, size_t asked)
{
	size_t size = need(asked);

	if (!ptr)
		return uk_heap_alloc(asked);
	uk_spin_lock(&lock);
	struct uk_heap_block *block = live_block(ptr);
	size_t old = asked_of(block), old_size = uk_heap_size(block);
	bool done = size && uk_heap_place_resize(block, size);

	if (done) {
		seal(block, asked);
		count(uk_heap_size(block) - old_size);
	}
	uk_spin_unlock(&lock);
	if (done)
		return ptr;

	void *moved = uk_heap_alloc(asked);

	if (moved) {
		memcpy(moved, ptr, UK_MIN(old, asked));
		uk_heap_free(ptr);
	}
	return moved;
}

size_t uk_heap_usable_size(void *ptr)
{
	if (!ptr)
		return 0;
	uk_spin_lock(&lock);
	size_t size = asked_of(live_block(ptr));

	uk_spin_unlock(&lock);
	return size;
}

void uk_heap_stats(struct uk_heap_stats *stats)
{
	uk_spin_lock(&lock);
	*stats = statistics;
	stats->free = uk_heap_place_free();
	uk_spin_unlock(&lock);
}
