/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Physical memory at an address: the direct map of RAM, which starts empty, and a window of
 * device registers. The image's own frames are in neither: text would be writable there.
 */

#include "arch.h"

#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/image.h>
#include <uk/mmu.h>
#include <uk/panic.h>
#include <uk/spinlock.h>

#define LARGE (2ul << 20)
#define GIB   (1ul << 30)

uintptr_t uk_directmap_base;

/*
 * A GiB, and in its lower half a multiple of 2 MiB: large pages fit, and the memory of a small
 * machine needs no more tables than it would at the start of a GiB.
 */
void uk__x86_64_directmap_place(void)
{
	uint64_t word = uk_cpu_random_weak();

	uk_directmap_base = UK_DIRECTMAP_LOW +
			    (word >> 8) % ((UK_DIRECTMAP_END - UK_DIRECTMAP_LOW) / 2 / GIB) * GIB +
			    (word & 0xff) * LARGE;
}

static uk_paddr_t image_start(void)
{
	return (uintptr_t)uk_image_text - UK_IMAGE_BASE;
}

static uk_paddr_t image_end(void)
{
	return (uintptr_t)uk_image_end - UK_IMAGE_BASE;
}

void *uk_phys_to_virt(uk_paddr_t pa)
{
	if (pa >= image_start() && pa < image_end())
		return (void *)(UK_IMAGE_BASE + pa);
	return (void *)(UK_DIRECTMAP_BASE + pa);
}

uk_paddr_t uk_virt_to_phys(const void *ptr)
{
	uintptr_t va = (uintptr_t)ptr;

	return va - (va >= UK_IMAGE_BASE ? UK_IMAGE_BASE : UK_DIRECTMAP_BASE);
}

/*
 * Open what one table covers. What was mapped for reading only (uk_plat_phys_read) becomes
 * writable; a large page of that is an initrd's and no RAM. Returns the bytes done or -ENOMEM.
 */
static long open_some(uk_paddr_t pa, size_t len)
{
	uintptr_t va = UK_DIRECTMAP_BASE + pa;
	struct span span;
	unsigned int level = uk__x86_64_span_level(va, pa, len);
	int err = uk__x86_64_span_find(va, len, level, true, &span);

	if (!err && level > 1 && uk_pte_present(*span.slot) && !uk_pte_leaf(*span.slot, span.level))
		err = uk__x86_64_span_find(va, 1ul << UK_MMU_SHIFT(2), 1, true, &span);
	if (err)
		return err;

	size_t size = 1ul << UK_MMU_SHIFT(span.level);
	uk_paddr_t at = UK_ALIGN_DOWN(pa, size);
	size_t n = 0;

	UK_ASSERT(!uk_pte_present(*span.slot) || (uk_pte_prot(*span.slot) & UK_PROT_WRITE) ||
		  (at >= pa && at + size <= pa + len));
	do {
		uk_pte_t old = span.slot[n];
		uk_pte_t pte = uk_pte_make(at + n * size, UK_PROT_WRITE, span.level);

		if (old != pte) {
			uk_pte_write(&span.slot[n], pte);
			if (uk_pte_present(old))
				uk_mmu_flush_page(UK_DIRECTMAP_BASE + at + n * size);
		}
		n++;
	} while (n < span.count && at + (n + 1) * size <= pa + len &&
		 (span.level == 1 || !uk_pte_present(span.slot[n])));
	return (long)(at + n * size - pa);
}

int uk_directmap_open(uk_paddr_t pa, size_t len)
{
	uk_paddr_t end = UK_ALIGN_UP(pa + len, UK_PAGE_SIZE);

	pa = UK_ALIGN_DOWN(pa, UK_PAGE_SIZE);
	UK_ASSERT(end <= image_start() || pa >= image_end());
	UK_ASSERT(end <= UK_DIRECTMAP_END - UK_DIRECTMAP_BASE);
	while (pa < end) {
		long n = open_some(pa, end - pa);

		if (n < 0)
			return (int)n;
		pa += (size_t)n;
	}
	return 0;
}

volatile void *uk_mmio_map(uk_paddr_t pa, size_t len)
{
	static struct uk_spinlock lock;
	static uintptr_t next = UK_MMIO_BASE;
	size_t offset = pa & (UK_PAGE_SIZE - 1);
	volatile char *at = NULL;

	len = UK_ALIGN_UP(offset + len, UK_PAGE_SIZE);
	uk_spin_lock(&lock);
	if (len <= UK_MMIO_END - next &&
	    uk_page_map(next, pa - offset, len, UK_PROT_WRITE | UK_PROT_DEVICE) == 0) {
		at = (volatile char *)next + offset;
		next += len;
	}
	uk_spin_unlock(&lock);
	return at;
}
