/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Blocks of whole pages, from the frames and back.
 */

#include "internal.h"
#include <uk/frames.h>
#include <uk/meminfo.h>

#define LEAD 16ul /* the head is the second half of it */

static size_t nblocks, npages;

size_t uk__heap_slab_large_pages(size_t asked)
{
	return (LEAD + asked + GUARD + UK_PAGE_SIZE - 1) / UK_PAGE_SIZE;
}

void *uk__heap_slab_large_get(size_t asked)
{
	size_t pages = uk__heap_slab_large_pages(asked);
	uk_paddr_t pa = uk_frames_alloc_run(pages);

	if (!pa)
		return NULL;

	char *at = uk_phys_to_virt(pa);

	uk__heap_slab_cover(at, pages * UK_PAGE_SIZE);
	uk_fetch_add(&nblocks, 1);
	uk_fetch_add(&npages, pages);
	uk_holder_take(&uk__heap_slab_pages, pages);
	uk__heap_slab_book((long)(pages * UK_PAGE_SIZE));
	return uk__heap_slab_seal(at + LEAD, asked, LARGE);
}

void uk__heap_slab_large_put(void *ptr, size_t asked)
{
	size_t pages = uk__heap_slab_large_pages(asked);

	uk_fetch_sub(&nblocks, 1);
	uk_fetch_sub(&npages, pages);
	uk_holder_give(&uk__heap_slab_pages, pages);
	uk__heap_slab_book(-(long)(pages * UK_PAGE_SIZE));
	uk_frames_free_run(uk_virt_to_phys((char *)ptr - LEAD), pages);
}

void uk__heap_slab_large_count(struct uk_heap_stats *stats)
{
	stats->blocks += uk_load(&nblocks);
	stats->used += uk_load(&npages) * UK_PAGE_SIZE;
}
