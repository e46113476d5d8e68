/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From what a loader says of memory to struct uk_bootinfo: the steps that all boot protocols
 * share. The numbers of memory types are those of the BIOS call E820 (ACPI Specification 6.4,
 * table 15.4). Pure but for src->read.
 */

#include "kvm.h"

#include <uk/errno.h>
#include <uk/string.h>

enum { TYPE_RAM = 1, TYPE_RESERVED = 2, TYPE_ACPI = 3, TYPE_NVS = 4 };

#define LOW_END 0x100000 /* below 1 MiB, firmware keeps tables that no map mentions */

void uk__kvm_memory_add(struct boot_source *src, uk_paddr_t start, uint64_t size, uint32_t type)
{
	if (type == TYPE_RAM)
		uk__kvm_ranges_add(&src->ram, start, size);
	if (type >= TYPE_RAM && type <= TYPE_NVS)
		uk__kvm_ranges_add(&src->known, start, size);
}

/* To be called for each entry once all were added: where a map contradicts itself, no RAM. */
void uk__kvm_memory_reserve(struct boot_source *src, uk_paddr_t start, uint64_t size, uint32_t type)
{
	if (type != TYPE_RAM)
		uk__kvm_ranges_exclude(&src->ram, start, size);
}

void uk__kvm_initrd_set(struct boot_source *src, uk_paddr_t start, uint64_t size,
			struct uk_bootinfo *info)
{
	if (size == 0)
		return;
	if (!uk__kvm_ranges_contain(&src->ram, start, size) ||
	    (start < src->image_end && start + size > src->image_start)) {
		src->initrd_bad = true;
		return;
	}
	info->initrd = (struct uk_boot_range){ .start = start, .size = size };
}

/*
 * In pieces that do not cross a page: there may be no memory behind the last one. A line that
 * is too long stays without an end, and is refused where it is parsed (<uk/param.h>).
 */
int uk__kvm_cmdline_read(struct boot_source *src, uk_paddr_t pa, struct uk_bootinfo *info)
{
	size_t done = 0;

	info->cmdline[0] = '\0';
	if (pa == 0)
		return 0;
	while (done < sizeof(info->cmdline)) {
		size_t n = UK_MIN((size_t)64, sizeof(info->cmdline) - done);

		n = UK_MIN(n, UK_PAGE_SIZE - ((pa + done) & (UK_PAGE_SIZE - 1)));
		if (!src->read(info->cmdline + done, pa + done, n)) {
			info->cmdline[0] = '\0';
			return -EINVAL;
		}
		if (uk_str_nlen(info->cmdline + done, n) < n)
			return 0;
		done += n;
	}
	return 0;
}

int uk__kvm_memory_finish(struct boot_source *src, struct uk_bootinfo *info)
{
	uint64_t total = 0;

	for (unsigned int i = 0; i < src->ram.n; i++)
		total += src->ram.v[i].size;
	info->ram_total = total + src->ram.lost;
	uk__kvm_ranges_exclude(&src->ram, 0, UK_PAGE_SIZE);
	uk__kvm_ranges_exclude(&src->ram, src->image_start, src->image_end - src->image_start);
	if (info->initrd.size)
		uk__kvm_ranges_exclude(&src->ram, info->initrd.start, info->initrd.size);
	uk__kvm_ranges_align(&src->ram);
	uk__kvm_ranges_add(&src->known, 0, LOW_END);
	info->nram = src->ram.n;
	return info->nram ? 0 : -ENOMEM;
}
