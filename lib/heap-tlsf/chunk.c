/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Chunks. The more the heap holds, the larger they are. A chunk that is all free goes back, so
 * that what a burst took is there for others afterwards; but for a small one, as long as hardly
 * anything else is free: a program that allocates and frees in turn would else pay for a chunk
 * each time.
 */

#include "internal.h"
#include <uk/atomic.h>

#define SMALL (64ul << 10)
#define LARGE (2ul << 20) /* of what nobody asked for */
#define SPARE (SMALL / 4) /* a free block in another chunk that is enough for such a program */

static size_t held;                /* bytes in all chunks */
static struct uk_heap_block *kept; /* the whole of a chunk, free and not in the index */

struct uk_heap_block *uk__heap_tlsf_chunk_new(size_t size)
{
	size_t wish = UK_MAX(SMALL, UK_MIN(LARGE, held / 8));
	struct uk_heap_block *block = kept;

	if (block && uk_heap_size(block) >= size) {
		uk_heap_block_check_free(block);
		uk_heap_block_set(block, uk_heap_size(block), 0);
		kept = NULL;
		return block;
	}
	block = uk_heap_chunk_new(size, wish);
	if (block)
		held += uk_heap_size(block) + UK_HEAP_HEADER;
	return block;
}

static void give_back(struct uk_heap_block *block)
{
	held -= uk_heap_size(block) + UK_HEAP_HEADER;
	uk_heap_chunk_free(block);
}

void uk__heap_tlsf_chunk_put(struct uk_heap_block *block)
{
	bool whole = !uk_heap_before(block) && uk_heap_size(uk_heap_after(block)) == 0;

	if (!whole)
		uk__heap_tlsf_index_insert(block);
	else if (kept || uk_heap_size(block) > SMALL)
		give_back(block);
	else
		kept = block;
	if (kept && uk__heap_tlsf_index_has(SPARE)) {
		give_back(kept);
		kept = NULL;
	}
}

/* For a report, without the lock: it may be taken or given back meanwhile. */
size_t uk_heap_place_free(void)
{
	const struct uk_heap_block *block = uk_load(&kept);

	return uk__heap_tlsf_index_bytes() + (block ? uk_heap_size(block) : 0);
}
