/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Two-level segregated fit (M. Masmano, I. Ripoll, A. Crespo, J. Real, "TLSF: a new dynamic
 * memory allocator for real-time systems", ECRTS 2004). Memory comes in chunks of pages; a chunk
 * is a row of blocks that ends in a block of size 0. Free neighbours are always merged.
 */

#include <stdbool.h>
#include <uk/defs.h>
#include <uk/heap.h>
#include <uk/spinlock.h>

#define GRAIN      16ul
#define HEADER     16ul
#define SIZE_MIN   32ul        /* a header and room for the two links of a free block */
#define SIZE_LIMIT (1ul << 40) /* no block is that large */

struct block {
	size_t before;      /* size of the block before; 0: the first of its chunk */
	size_t head;        /* size with the header, a multiple of GRAIN, and the bits below */
	struct block *next; /* from here on: payload; in a free block, its list */
	struct block *prev;
};

#define BIT_FREE   1ul
#define MAGIC      (0x5a1ful << 48) /* of every header; a pointer to elsewhere hardly has it */
#define MAGIC_MASK (0xfffful << 48)
#define SIZE_MASK  (~(MAGIC_MASK | (GRAIN - 1)))

uk_inline size_t size_of(const struct block *block)
{
	return block->head & SIZE_MASK;
}

uk_inline bool is_free(const struct block *block)
{
	return block->head & BIT_FREE;
}

uk_inline struct block *block_after(struct block *block)
{
	return (struct block *)((char *)block + size_of(block));
}

uk_inline struct block *block_before(struct block *block)
{
	return (struct block *)((char *)block - block->before);
}

uk_inline void *payload_of(struct block *block)
{
	return (char *)block + HEADER;
}

uk_inline struct block *block_of(void *ptr)
{
	return (struct block *)((char *)ptr - HEADER);
}

/* All below: lock held. */
extern struct uk_heap_stats uk__heap_tlsf_stats;

/* index.c: the free blocks by size. */
void uk__heap_tlsf_index_insert(struct block *block);
void uk__heap_tlsf_index_remove(struct block *block);
/* One that has at least this size, taken out of the index, or NULL. */
struct block *uk__heap_tlsf_index_take(size_t size);

/* block.c. Make a used block of size and the free rest of it, if that is worth a block. */
void uk__heap_tlsf_block_trim(struct block *block, size_t size);
/* A used block becomes free, melts with free neighbours and goes into the index, or its whole
 * chunk goes back to the frames. */
void uk__heap_tlsf_block_release(struct block *block);
/* Let a used block grow over a free one behind it until it has `size`. */
bool uk__heap_tlsf_block_extend(struct block *block, size_t size);
/* The first `lead` bytes become a free block; returns what is left. lead >= SIZE_MIN. */
struct block *uk__heap_tlsf_block_behead(struct block *block, size_t lead);
/* Write the header of a used block of `size` behind one of `before`. */
void uk__heap_tlsf_block_write(struct block *block, size_t before, size_t size);

/* chunk.c. One used block of at least `size` in a new chunk, or NULL. */
struct block *uk__heap_tlsf_chunk_new(size_t size);
/* The free block is all that its chunk has: true if it went back to the frames. */
bool uk__heap_tlsf_chunk_give_back(struct block *block);

/* A block out of the index will be used: it may have been the whole of a kept chunk. */
void uk__heap_tlsf_chunk_used(const struct block *block);

/* heap.c. A used block of at least `size`, with its header, or NULL. */
struct block *uk__heap_tlsf_get(size_t size);
void uk__heap_tlsf_count(struct block *block);
extern struct uk_spinlock uk__heap_tlsf_lock;
/* Size of the block for a payload; 0: absurd. */
size_t uk__heap_tlsf_need(size_t payload);
