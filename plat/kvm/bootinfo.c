/* SPDX-License-Identifier: BSD-3-Clause */
/* The one struct uk_bootinfo, and reading of what the loader left in memory. */

#include "kvm.h"

#include <uk/boot.h>
#include <uk/errno.h>
#include <uk/image.h>
#include <uk/log.h>
#include <uk/mmu.h>
#include <uk/plat.h>

#define KNOWN_MAX 16

struct uk_bootinfo uk_plat_bootinfo;
uk_paddr_t uk__kvm_cpu_page;

static struct uk_boot_range known[KNOWN_MAX];

static struct boot_source source = {
	.read = uk__kvm_window_read,
	.ram = { .v = uk_plat_bootinfo.ram, .max = UK_BOOT_RANGES_MAX },
	.known = { .v = known, .max = KNOWN_MAX },
};

#define LOW_END 0xa0000u /* conventional memory ends here at the latest */

/* The last whole page below, taken out of the RAM: a CPU begins in real mode. */
static void cpu_page_take(void)
{
	struct ranges *ram = &source.ram;
	uk_paddr_t page = 0;

	for (unsigned int i = 0; i < ram->n; i++) {
		uint64_t end = UK_MIN(ram->v[i].start + ram->v[i].size, (uint64_t)LOW_END);

		if (end > ram->v[i].start)
			page = end - UK_PAGE_SIZE;
	}
	uk__kvm_ranges_exclude(ram, page, UK_PAGE_SIZE);
	uk__kvm_cpu_page = page;
	uk_plat_bootinfo.nram = ram->n;
}

void uk__kvm_bootinfo_fill(uk_paddr_t start_info, uint64_t entry_cycles, bool linux_protocol)
{
	int err;

	uk_plat_bootinfo.entry_cycles = entry_cycles;
	source.image_start = (uintptr_t)uk_image_text - UK_IMAGE_BASE;
	source.image_end = (uintptr_t)uk_image_end - UK_IMAGE_BASE;
	if (linux_protocol)
		err = uk__kvm_boot_params_parse(&source, start_info, &uk_plat_bootinfo);
	else
		err = uk__kvm_start_info_parse(&source, start_info, &uk_plat_bootinfo);
	switch (err) {
	case 0: break;
	case -ENOMEM:
		uk_boot_fail("kvm: no memory is left beside the image, give the machine more");
	default: uk_boot_fail("kvm: the loader's start information is broken");
	}
	if (CONFIG_LIB_SMP)
		cpu_page_take();
	if (source.initrd_bad)
		uk_warn("the initrd does not lie in memory, ignored");
	if (source.map_cut)
		uk_warn("the memory map is too long, its end is ignored");
	if (source.ram.lost)
		uk_warn("too many memory ranges, %lu KiB not used",
			(unsigned long)(source.ram.lost >> 10));
}

/* Map what is not yet mapped of [va, va + len), a table's reach at a time. */
static int map_missing(uintptr_t va, size_t len)
{
	while (len) {
		size_t n = UK_MIN(len, (2ul << 20) - (va & ((2ul << 20) - 1)));
		int err = uk_page_map(va, va - UK_DIRECTMAP_BASE, n, UK_PROT_READ);

		for (size_t at = 0; err == -EEXIST && at < n; at += UK_PAGE_SIZE) {
			err = uk_page_map(va + at, va + at - UK_DIRECTMAP_BASE, UK_PAGE_SIZE,
					  UK_PROT_READ);
			if (err == 0)
				err = -EEXIST;
		}
		if (err && err != -EEXIST)
			return err;
		va += n;
		len -= n;
	}
	return 0;
}

const void *uk_plat_phys_read(uk_paddr_t pa, size_t len)
{
	uk_paddr_t start = UK_ALIGN_DOWN(pa, UK_PAGE_SIZE);

	if (len == 0 || !uk__kvm_ranges_contain(&source.known, pa, len) ||
	    (pa < source.image_end && pa + len > source.image_start))
		return NULL;
	len = UK_ALIGN_UP(pa + len, UK_PAGE_SIZE) - start;
	if (map_missing(UK_DIRECTMAP_BASE + start, len))
		return NULL;
	return (const void *)(UK_DIRECTMAP_BASE + pa);
}
