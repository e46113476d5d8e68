/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Between lib/heap, which implements <uk/heap.h> (sizes, checks, statistics, the lock), and the
 * member of the choice that places blocks: heap-tlsf, heap-region. (heap-slab does all of it
 * itself, and takes only the limit, the secret and the panic from here.)
 *
 * Memory comes in chunks of pages. A chunk is a row of blocks, each with a header, that ends in
 * a header of size 0. Headers are stored masked with their address and a secret of this boot:
 * what was overwritten, or never was one, does not look like a header; and as each also tells
 * the size of the block before, it guards the end of that.
 *
 * All: lock of the heap held.
 */

#include <stdbool.h>
#include <uk/defs.h>
#include <uk/heap-below.h>

#define UK_HEAP_GRAIN  16ul
#define UK_HEAP_HEADER 16ul
#define UK_HEAP_LIMIT  (1ul << 40) /* no block is that large */

struct uk_heap_block {
	size_t before; /* masked: size of the block before; 0: the first of its chunk */
	size_t head;   /* masked: size with the header, shifted; and the bits below */
	/* From here on payload; in a free block the member's. */
	struct uk_heap_block *next;
	struct uk_heap_block *prev;
};

#define UK_HEAP_SHIFT 4    /* of the size, which is a multiple of the grain */
#define UK_HEAP_SLACK 31ul /* bytes at the end that nobody asked for */
#define UK_HEAP_FREE  32ul
#define UK_HEAP_NONE  (~0ul << (40 + UK_HEAP_SHIFT) | 192ul) /* always 0 */

extern uintptr_t uk_heap_secret;            /* its lowest bits are 1 */
extern uintptr_t uk_heap_low, uk_heap_high; /* all headers lie between these; both 0 at first */
extern size_t uk_heap_pages;                /* of all chunks; with LIB_MEMINFO */

uk_inline bool uk_heap_is_outside(const struct uk_heap_block *block)
{
	return (uintptr_t)block - uk_heap_low >= uk_heap_high - uk_heap_low;
}

/* Where sizes have zeros what is stored has ones: no stored word begins with a zero byte, which is
 * what a string writes that is one byte too long. */
uk_inline size_t uk_heap_mask(const struct uk_heap_block *block)
{
	return (uintptr_t)block ^ uk_heap_secret;
}

uk_inline size_t uk_heap_head(const struct uk_heap_block *block)
{
	return block->head ^ uk_heap_mask(block);
}

uk_inline size_t uk_heap_size(const struct uk_heap_block *block)
{
	return UK_ALIGN_DOWN(uk_heap_head(block) >> UK_HEAP_SHIFT, UK_HEAP_GRAIN);
}

uk_inline bool uk_heap_is_free(const struct uk_heap_block *block)
{
	return uk_heap_head(block) & UK_HEAP_FREE;
}

/* Size of the block before. */
uk_inline size_t uk_heap_before(const struct uk_heap_block *block)
{
	return block->before ^ uk_heap_mask(block);
}

/* offset: may be the negative of a size. */
uk_inline struct uk_heap_block *uk_heap_at(struct uk_heap_block *block, size_t offset)
{
	return (struct uk_heap_block *)((uintptr_t)block + offset);
}

uk_inline struct uk_heap_block *uk_heap_after(struct uk_heap_block *block)
{
	return uk_heap_at(block, uk_heap_size(block));
}

/* From the payload of `block` to the next address with that alignment. */
uk_inline size_t uk_heap_lead(const struct uk_heap_block *block, size_t align)
{
	uintptr_t payload = (uintptr_t)block + UK_HEAP_HEADER;

	return UK_ALIGN_UP(payload, align) - payload;
}

/* Write what the header says, and what the next one says of it. flags: UK_HEAP_FREE or 0. */
void uk_heap_block_set(struct uk_heap_block *block, size_t size, size_t flags);
/* `block` keeps `size` bytes and is used; what is behind, if anything, becomes a free block, which
 * is returned (or else the header that was there). */
struct uk_heap_block *uk_heap_block_cut(struct uk_heap_block *block, size_t size);
/* Both become one free block. */
void uk_heap_block_join(struct uk_heap_block *block, struct uk_heap_block *next);
/* Panics unless this is the header of a free block, as it was written. */
void uk_heap_block_check_free(struct uk_heap_block *block);
uk_noreturn void uk_heap_broken(const char *what);
/* Another one for each boot, the best that the CPU has; its lowest 4 bits are 1. Needs no lock. */
uint64_t uk_heap_new_secret(void);

/* A used block that fills a new chunk: of `wish` bytes if there are as many, at least of `size`.
 * NULL: no memory. */
struct uk_heap_block *uk_heap_chunk_new(size_t size, size_t wish);
/* Its only block, as uk_heap_chunk_new() returned it. */
void uk_heap_chunk_free(struct uk_heap_block *block);

/*
 * What a member does. Sizes are multiples of the grain, with the header.
 */

/* A block of at least `size` (up to 31 bytes more) whose payload is aligned; NULL: no memory. */
struct uk_heap_block *uk_heap_place_get(size_t align, size_t size);
void uk_heap_place_put(struct uk_heap_block *block);
/* In place; false: that cannot be, nothing has changed. */
bool uk_heap_place_resize(struct uk_heap_block *block, size_t size);
/* Bytes in free blocks. */
size_t uk_heap_place_free(void);
