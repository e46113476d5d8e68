/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The heap: contract implemented by lib/heap with heap-region or heap-tlsf behind it
 * (<uk/heap-place.h>), by heap-slab in whole, or by a library from outside the tree.
 *
 * Sizes are bytes. Memory is aligned to 16 bytes and not cleared. Thread and boot context;
 * never sleeps, so a spinlock may be held; not from interrupts. Callers own what they get
 * until uk_heap_free().
 */

#include <uk/defs.h>

/* NULL when there is no memory or size is absurd (above half of the address space); size 0 gives a
 * unique pointer. */
void *uk_heap_alloc(size_t size);
/* The same, cleared; NULL also when n * size overflows. */
void *uk_heap_zalloc(size_t n, size_t size);
/* align: a power of two, up to 1 MiB. */
void *uk_heap_aligned_alloc(size_t align, size_t size);
/* As realloc() in C: the old block stays as it is when NULL comes back. ptr may be NULL. */
void *uk_heap_realloc(void *ptr, size_t size);
/*
 * ptr NULL is allowed. Whatever gets a pointer panics if the block was freed already, if any byte
 * behind its end was changed, or if there is no block at ptr ("heap: double free", "heap:
 * overflow ...", "heap: foreign pointer ..."); a free block that was changed panics when it is to
 * be used. Each overwritten byte is one of a guard or header that is random for each boot.
 */
void uk_heap_free(void *ptr);
/* Bytes that may be used at ptr: what was asked for. */
size_t uk_heap_usable_size(void *ptr);

struct uk_heap_stats {
	size_t used;   /* bytes in live blocks, with their headers */
	size_t free;   /* bytes in free blocks that the heap already holds */
	size_t peak;   /* highest `used` so far */
	size_t blocks; /* live blocks */
};
void uk_heap_stats(struct uk_heap_stats *stats);
