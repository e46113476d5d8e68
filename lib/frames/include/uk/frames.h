/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Physical memory in blocks of 2^order pages, aligned to their size (a binary buddy system: D.
 * Knuth, The Art of Computer Programming, volume 1, 2.5). A frame is named by its physical
 * address; its content is at uk_phys_to_virt() and not cleared. RAM is taken from
 * uk_plat_bootinfo and opened in the direct map in pieces of at most 2 MiB as it is needed.
 *
 * All functions: any context but NMI, never sleep. A block that is freed twice, in another
 * size, or that never was allocated: an assertion, in images that have them.
 */

#include <stdbool.h>
#include <uk/defs.h>
#include <uk/mmu.h>

#define UK_FRAMES_ORDER_MAX   18 /* 1 GiB */
#define UK_FRAMES_ORDER_LARGE 9  /* 2 MiB: what one large page maps */

/* Physical address of the block, 0: none. */
uk_nodiscard uk_paddr_t uk_frames_alloc(unsigned int order);
void uk_frames_free(uk_paddr_t pa, unsigned int order);

/*
 * `pages` pages that follow each other, without the waste of the next power of two; from 2 MiB on
 * they begin at a border of 2 MiB. 0: none. Takes a search over all blocks where no block of the
 * next power of two is left. Freed as a whole.
 */
uk_nodiscard uk_paddr_t uk_frames_alloc_run(size_t pages);
void uk_frames_free_run(uk_paddr_t pa, size_t pages);

/* The allocated block becomes 2^order allocated blocks of one page, to be freed one by one. */
void uk_frames_split(uk_paddr_t pa, unsigned int order);

struct uk_frames_stats {
	uint64_t total;  /* pages that can be allocated, opened or not */
	uint64_t opened; /* of these, in the direct map */
	uint64_t free;   /* of the opened ones, not allocated (also those kept by each CPU) */
};
void uk_frames_stats(struct uk_frames_stats *stats);

/* The same with the address in the direct map; NULL: none. */
uk_inline uk_nodiscard void *uk_pages_alloc(unsigned int order)
{
	uk_paddr_t pa = uk_frames_alloc(order);

	return pa ? uk_phys_to_virt(pa) : NULL;
}

uk_inline void uk_pages_free(void *ptr, unsigned int order)
{
	uk_frames_free(uk_virt_to_phys(ptr), order);
}

/*
 * Something of [pa, pa + size) is RAM that we use, the image, or the initrd (or the range wraps
 * around): no device can be there, whatever the firmware or a device says. Any context.
 */
bool uk_frames_are_ram(uk_paddr_t pa, uint64_t size);
