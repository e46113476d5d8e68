/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Two-level segregated fit (M. Masmano, I. Ripoll, A. Crespo, J. Real, "TLSF: a new dynamic
 * memory allocator for real-time systems", ECRTS 2004). Free neighbours are always merged.
 */

#include <uk/heap-place.h>

#define SIZE_MIN 32ul /* a header and the two links of a free block */

/* index.c: the free blocks by size. What links them is checked before it is believed. */
void uk__heap_tlsf_index_insert(struct uk_heap_block *block);
void uk__heap_tlsf_index_remove(struct uk_heap_block *block);
size_t uk__heap_tlsf_index_bytes(void);
/* There is one of at least this size, a power of two. */
bool uk__heap_tlsf_index_has(size_t size);
/* One that has at least this size, taken out of the index, or NULL. */
struct uk_heap_block *uk__heap_tlsf_index_take(size_t size);

/* chunk.c. One used block of at least `size` that is all of a chunk, or NULL. */
struct uk_heap_block *uk__heap_tlsf_chunk_new(size_t size);
/* The free block, in no list, comes into one, or its chunk is kept for the next one or goes back to
 * the frames. */
void uk__heap_tlsf_chunk_put(struct uk_heap_block *block);
