/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Chunks: runs of pages from the frames. The more the heap holds, the larger they are. A chunk
 * that is all free goes back, but for one small one: a program that allocates and frees in turn
 * would else pay for a chunk each time.
 */

#include "internal.h"
#include <uk/frames.h>

#define PAGES_MIN 16ul  /* 64 KiB */
#define PAGES_MAX 512ul /* of what nobody asked for */

static struct block *kept; /* the whole of a chunk that is kept though it is free */

static struct block *take_pages(size_t pages, size_t *got)
{
	uk_paddr_t pa = uk_frames_alloc_run(pages);

	*got = pages * UK_PAGE_SIZE;
	return pa ? uk_phys_to_virt(pa) : NULL;
}

struct block *uk__heap_tlsf_chunk_new(size_t size)
{
	size_t held = uk__heap_tlsf_stats.used + uk__heap_tlsf_stats.free;
	size_t least = (size + HEADER + UK_PAGE_SIZE - 1) / UK_PAGE_SIZE;
	size_t pages = UK_MAX(PAGES_MIN, UK_MIN(PAGES_MAX, held / 8 / UK_PAGE_SIZE));
	size_t bytes;
	struct block *block = NULL;

	if (pages > least)
		block = take_pages(pages, &bytes);
	if (!block)
		block = take_pages(least, &bytes);
	if (!block)
		return NULL;
	uk__heap_tlsf_block_write(block, 0, bytes - HEADER);
	uk__heap_tlsf_block_write(block_after(block), bytes - HEADER, 0);
	return block;
}

void uk__heap_tlsf_chunk_used(const struct block *block)
{
	if (block == kept)
		kept = NULL;
}

bool uk__heap_tlsf_chunk_give_back(struct block *block)
{
	size_t bytes = size_of(block) + HEADER;

	if (block->before || size_of(block_after(block)) != 0)
		return false;
	if (bytes <= PAGES_MIN * UK_PAGE_SIZE && !kept) {
		kept = block;
		return false;
	}
	uk_frames_free_run(uk_virt_to_phys(block), bytes / UK_PAGE_SIZE);
	return true;
}
