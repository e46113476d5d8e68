/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What callers see, in place of lib/heap's file of this name. What is short here is so on purpose:
 * a small block comes from this CPU's stock and goes back to it.
 */

#include "internal.h"
#include <uk/heap-fail.h>
#include <uk/meminfo.h>
#include <uk/panic.h>

/* Classes are named as in heads, shifted: that is where their stock is. */
uk_inline struct stock *stock_at(uint64_t class)
{
	return (struct stock *)((char *)&uk__heap_slab_stocks[uk_cpu_id()] + class);
}

static void *lack(size_t asked)
{
	if (!CONFIG_HEAP_DEBUG)
		uk_meminfo_lack(asked);
	return NULL;
}

static uk_noinline void *seal_refilled(uint64_t class, size_t asked)
{
	void *ptr = uk__heap_slab_refill(uk__heap_slab_class_in(class));

	if (!ptr) {
		/* What this CPU keeps of other sizes may be all that there is. */
		uk__heap_slab_drain_all();
		ptr = uk__heap_slab_refill(uk__heap_slab_class_in(class));
	}
	if (!ptr)
		return lack(asked);
	uk__heap_slab_check_free(ptr);
	return uk__heap_slab_seal(ptr, asked, class);
}

uk_inline void *get(uint64_t class, size_t asked)
{
	uk_irqflags_t flags = uk__heap_slab_pin();
	struct stock *stock = stock_at(class);
	uint32_t count = stock->count;

	if (uk_unlikely(!count)) {
		uk__heap_slab_unpin(flags);
		return seal_refilled(class, asked);
	}
	uk_store(&stock->count, count - 1);

	void *ptr = stock->blocks[count - 1];

	uk__heap_slab_unpin(flags);
	uk__heap_slab_check_free(ptr);
	return uk__heap_slab_seal(ptr, asked, class);
}

static uk_noinline void *get_coarse(size_t asked)
{
	if (asked <= ASKED_MOST)
		return get((uint64_t)uk__heap_slab_class(asked) << CLASS_SHIFT, asked);
	if (asked > UK_HEAP_LIMIT / 2)
		return NULL;

	void *ptr = uk__heap_slab_large_get(asked);

	if (!ptr) {
		uk__heap_slab_drain_all();
		ptr = uk__heap_slab_large_get(asked);
	}
	return ptr ? ptr : lack(asked);
}

void *uk_heap_alloc(size_t size)
{
	if (CONFIG_HEAP_FAIL && uk_heap_fail_now())
		return NULL;
	if (uk_unlikely(size > ASKED_FINE))
		return get_coarse(size);
	return get((size + 31) / 16 << CLASS_SHIFT, size);
}

static uk_noinline void put_drained(uint64_t class, void *ptr);

/* The block is unsealed. */
uk_inline void put(uint64_t class, void *ptr)
{
	uk_irqflags_t flags = uk__heap_slab_pin();
	struct stock *stock = stock_at(class);
	uint32_t count = stock->count;

	if (uk_unlikely(count == stock->most)) {
		uk__heap_slab_unpin(flags);
		put_drained(class, ptr);
		return;
	}
	stock->blocks[count] = ptr;
	uk_store(&stock->count, count + 1);
	uk__heap_slab_unpin(flags);
}

static void put_drained(uint64_t class, void *ptr)
{
	if (class == 0) /* whose stock is always full */
		uk_heap_broken("double free");
	uk__heap_slab_drain(uk__heap_slab_class_in(class));
	put(class, ptr);
}

/* An aligned block lies in another one, which is the one to free. */
static void *whole_of(void *ptr, uint64_t *meta)
{
	uint64_t lead = uk__heap_slab_head(ptr)[-1] ^ uk__heap_slab_mask(ptr);
	void *whole = (char *)ptr - lead;

	if (!UK_IS_ALIGNED(lead, 16) || uk__heap_slab_is_outside(whole))
		uk_heap_broken("foreign pointer or overwritten header");

	/* What was asked for on top is the alignment less 16. */
	size_t more = uk__heap_slab_asked(uk__heap_slab_meta(whole)) - uk__heap_slab_asked(*meta);

	if (!UK_IS_POW2(more + 16) || !UK_IS_ALIGNED((uintptr_t)ptr, more + 16) || lead > more ||
	    !(uk__heap_slab_meta(whole) & UNDER))
		uk_heap_broken("foreign pointer or overwritten header");
	uk__heap_slab_unseal(ptr);
	*meta = uk__heap_slab_meta(whole) & ~UNDER;
	return whole;
}

static uk_noinline void free_slowly(void *ptr)
{
	uint64_t meta = uk__heap_slab_live(ptr);

	if (meta & ALIGNED)
		ptr = whole_of(ptr, &meta);
	uk__heap_slab_unseal(ptr);
	if (meta & LARGE)
		uk__heap_slab_large_put(ptr, uk__heap_slab_asked(meta));
	else
		put(meta & CLASS_MASK, ptr);
}

void uk_heap_free(void *ptr)
{
	if (uk_unlikely(uk__heap_slab_is_outside(ptr))) {
		if (ptr)
			uk_heap_broken("foreign pointer");
		return;
	}

	uint64_t meta = uk__heap_slab_meta(ptr);

	if (uk_unlikely(meta >= SMALL_END || !uk__heap_slab_has_guard(ptr, meta >> ASKED_SHIFT))) {
		free_slowly(ptr);
		return;
	}
	uk__heap_slab_unseal(ptr);
	put(meta & CLASS_MASK, ptr);
}

void *uk_heap_aligned_alloc(size_t align, size_t size)
{
	UK_ASSERT(UK_IS_POW2(align));
	if (align <= 16)
		return uk_heap_alloc(size);
	if (size > UK_HEAP_LIMIT / 2 || align > UK_HEAP_LIMIT / 4)
		return NULL;

	char *whole = uk_heap_alloc(size + align - 16);

	if (!whole)
		return NULL;

	size_t lead = UK_ALIGN_UP((uintptr_t)whole, align) - (uintptr_t)whole;
	char *ptr = whole + lead;

	if (!lead) /* never where it is pages */
		return uk__heap_slab_seal(whole, size, uk__heap_slab_meta(whole) & CLASS_MASK);
	*uk__heap_slab_head(whole) ^= UNDER; /* its size stays: so many pages are to be freed */
	uk__heap_slab_head(ptr)[-1] = uk__heap_slab_mask(ptr) ^ lead;
	return uk__heap_slab_seal(ptr, size, ALIGNED);
}

/* The block is one that would be taken for that size, too. */
static bool fits(uint64_t meta, size_t size)
{
	if (meta & ALIGNED)
		return false;
	if (meta & LARGE)
		return size > ASKED_MOST && size <= UK_HEAP_LIMIT / 2 &&
		       uk__heap_slab_large_pages(size) ==
			       uk__heap_slab_large_pages(uk__heap_slab_asked(meta));
	return size <= ASKED_MOST && uk__heap_slab_class(size) == uk__heap_slab_class_in(meta);
}

void *uk_heap_realloc(void *ptr, size_t size)
{
	if (!ptr)
		return uk_heap_alloc(size);

	uint64_t meta = uk__heap_slab_live(ptr);

	if (fits(meta, size))
		return uk__heap_slab_seal(ptr, size, meta & (LARGE | CLASS_MASK));

	void *moved = uk_heap_alloc(size);

	if (moved) {
		memcpy(moved, ptr, UK_MIN(uk__heap_slab_asked(meta), size));
		uk_heap_free(ptr);
	}
	return moved;
}

size_t uk_heap_usable_size(void *ptr)
{
	return ptr ? uk__heap_slab_asked(uk__heap_slab_live(ptr)) : 0;
}

void uk_heap_stats(struct uk_heap_stats *stats)
{
	*stats = (struct uk_heap_stats){ 0 };
	uk__heap_slab_count(stats);
	uk__heap_slab_large_count(stats);
	uk__heap_slab_count_stocks(stats);
}
