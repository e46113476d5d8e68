/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Slabs of equal blocks (J. Bonwick, "The slab allocator", USENIX Summer 1994), and for each CPU
 * and size a stock of free ones in front of them ("Magazines and vmem", USENIX 2001).
 *
 * A block is a head of 8 bytes, what was asked for, and a guard of 8 bytes right behind that. Both
 * words depend on the address and on a secret of this boot. No list runs through free blocks:
 * stocks hold pointers and slabs have a bit for each block, so nothing that is written into a free
 * block is ever followed. The head of a free block, and its first word, are the guard: that they
 * still are is checked before it is used again.
 */

#include <uk/atomic.h>
#include <uk/cpu.h>
#include <uk/defs.h>
#include <uk/heap-place.h>
#include <uk/heap.h>
#include <uk/spinlock.h>
#include <uk/string.h>

#define HEAD       8ul    /* before the pointer */
#define GUARD      8ul    /* behind what was asked for */
#define ASKED_FINE 496ul  /* up to here a class for each 16 bytes */
#define ASKED_MOST 4656ul /* from here on: pages */
#define CLASSES    45u    /* 0: free blocks */

/* What a head says, under the mask: the class, where its stock is, and the size that was asked for.
 * A free block's says 0. */
#define CLASS_SHIFT 7
#define CLASS_MASK  (63ul << CLASS_SHIFT)
#define ASKED_SHIFT 13
#define SMALL_END   (1ul << (13 + ASKED_SHIFT)) /* no small block's head is as high */
#define LARGE       (1ul << 56)
#define ALIGNED     (1ul << 57) /* inside of another block; the word before the head says where */
#define UNDER       (1ul << 58) /* has one inside, which is what the caller knows */
#define NONE        (~0ul << 59 | 7ul << 53 | ((1ul << CLASS_SHIFT) - 1)) /* always 0 */

#define STOCK_MOST 15u

/* Used by its CPU only, with interrupts off where threads may be moved; others read the count. */
struct stock {
	uint32_t count;
	uint32_t most;            /* 0 at first: nothing fits before the class was looked at */
	void *blocks[STOCK_MOST]; /* 128 bytes in all: an index is a shift */
};

struct stocks {
	struct stock of[64]; /* a power of two: no head leads out of it */
} uk_aligned(64);

extern struct stocks uk__heap_slab_stocks[UK_CPUS_MAX];
extern uint64_t uk__heap_slab_secret;                   /* its lowest bits are 1 */
extern uintptr_t uk__heap_slab_low, uk__heap_slab_high; /* these only move apart */

/* There is no block at ptr. */
uk_inline bool uk__heap_slab_is_outside(const void *ptr)
{
	if (!CONFIG_LIB_SMP) /* plain accesses cost less */
		return (uintptr_t)ptr < uk__heap_slab_low || (uintptr_t)ptr >= uk__heap_slab_high;
	return (uintptr_t)ptr < uk_load(&uk__heap_slab_low) ||
	       (uintptr_t)ptr >= uk_load(&uk__heap_slab_high);
}

/* Also the guard. Its first byte is not 0, which is what a string writes that is a byte too long.
 */
uk_inline uint64_t uk__heap_slab_mask(const void *ptr)
{
	return (uintptr_t)ptr ^ uk__heap_slab_secret;
}

uk_inline uint64_t *uk__heap_slab_head(void *ptr)
{
	return (uint64_t *)((char *)ptr - HEAD);
}

/* ptr may be anything: a copy of bytes needs no alignment. */
uk_inline uint64_t uk__heap_slab_meta(const void *ptr)
{
	uint64_t head;

	memcpy(&head, (const char *)ptr - HEAD, HEAD);
	return head ^ uk__heap_slab_mask(ptr);
}

uk_inline size_t uk__heap_slab_asked(uint64_t meta)
{
	return (meta & ~(LARGE | ALIGNED | UNDER)) >> ASKED_SHIFT;
}

uk_inline bool uk__heap_slab_has_guard(void *ptr, size_t asked)
{
	uint64_t guard;

	memcpy(&guard, (char *)ptr + asked, GUARD);
	return guard == uk__heap_slab_mask(ptr);
}

/* A block becomes the caller's. flags: the class, shifted, or else LARGE and so on. */
uk_inline void *uk__heap_slab_seal(void *ptr, size_t asked, uint64_t flags)
{
	uint64_t guard = uk__heap_slab_mask(ptr);

	*uk__heap_slab_head(ptr) = guard ^ (asked << ASKED_SHIFT | flags);
	memcpy((char *)ptr + asked, &guard, GUARD);
	return ptr;
}

/* Nobody's: freed, or never given out. */
uk_inline void uk__heap_slab_unseal(void *ptr)
{
	uint64_t guard = uk__heap_slab_mask(ptr);

	*uk__heap_slab_head(ptr) = guard;
	memcpy(ptr, &guard, GUARD);
}

uk_inline void uk__heap_slab_check_free(void *ptr)
{
	if (uk_unlikely(uk__heap_slab_meta(ptr) != 0 || !uk__heap_slab_has_guard(ptr, 0)))
		uk_heap_broken("a free block was overwritten");
}

uk_inline unsigned int uk__heap_slab_class_in(uint64_t meta)
{
	return (unsigned int)((meta & CLASS_MASK) >> CLASS_SHIFT);
}

/* This CPU's stocks are the caller's alone until unpin(): where threads are moved or preempted,
 * with interrupts off. */
uk_inline uk_irqflags_t uk__heap_slab_pin(void)
{
	return UK_CONCURRENT ? uk_cpu_irq_save() : 0;
}

uk_inline void uk__heap_slab_unpin(uk_irqflags_t flags)
{
	if (UK_CONCURRENT)
		uk_cpu_irq_restore(flags);
}

/* Pages of slabs, and of large blocks; atomic. */
extern size_t uk__heap_slab_pages;

/* size.c: class of what was asked for, at most ASKED_MOST; bytes of its blocks; pages of its
 * slabs, as a power of two. */
unsigned int uk__heap_slab_class(size_t asked);
size_t uk__heap_slab_stride(unsigned int class);
unsigned int uk__heap_slab_order(unsigned int class);

/* live.c: what the head of the live block at ptr says; panics unless there is one. */
uint64_t uk__heap_slab_live(void *ptr);
/* Blocks will lie there, from now on. */
void uk__heap_slab_cover(const void *low, size_t size);

/* slab.c: takes up to n free blocks, returns how many; gives n back. The stocks' CPU pinned. */
unsigned int uk__heap_slab_take(unsigned int class, void **blocks, unsigned int n);
void uk__heap_slab_give(unsigned int class, void *const *blocks, unsigned int n);
/* Adds what the slabs of all sizes hold; what lies in stocks counts as used. */
void uk__heap_slab_count(struct uk_heap_stats *stats);
/* Bytes that leave (negative: come back to) slabs or frames: for the peak. */
void uk__heap_slab_book(long bytes);

/* stock.c: the slow halves: the stock is empty (NULL: no memory), full, or all are to go. */
void *uk__heap_slab_refill(unsigned int class);
void uk__heap_slab_drain(unsigned int class);
void uk__heap_slab_drain_all(void);
/* What lies in stocks is free, not used. */
void uk__heap_slab_count_stocks(struct uk_heap_stats *stats);

/* large.c: blocks of whole pages. */
void *uk__heap_slab_large_get(size_t asked);
void uk__heap_slab_large_put(void *ptr, size_t asked);
size_t uk__heap_slab_large_pages(size_t asked);
void uk__heap_slab_large_count(struct uk_heap_stats *stats);
