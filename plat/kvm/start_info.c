/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PVH start info (Xen public headers, arch-x86/hvm/start_info.h: struct hvm_start_info and its
 * tables). Everything in it is the loader's word.
 */

#include "kvm.h"

#include <uk/errno.h>

#define MAGIC	    0x336ec578u
#define ENTRIES_MAX 128 /* of the memory map that are looked at */

struct start_info {
	uint32_t magic;
	uint32_t version; /* 1 and later have a memory map */
	uint32_t flags;
	uint32_t modules;
	uint64_t module_list;
	uint64_t cmdline;
	uint64_t rsdp;
	uint64_t map;
	uint32_t map_entries;
	uint32_t reserved;
};

struct module {
	uint64_t start;
	uint64_t size;
	uint64_t cmdline;
	uint64_t reserved;
};

struct map_entry {
	uint64_t start;
	uint64_t size;
	uint32_t type;
	uint32_t reserved;
};

static int map_each(struct boot_source *src, const struct start_info *si,
		    void (*fn)(struct boot_source *, uk_paddr_t, uint64_t, uint32_t))
{
	uint32_t n = UK_MIN(si->map_entries, (uint32_t)ENTRIES_MAX);
	struct map_entry entry;

	for (uint32_t i = 0; i < n; i++) {
		if (!src->read(&entry, si->map + i * sizeof(entry), sizeof(entry)))
			return -EINVAL;
		fn(src, entry.start, entry.size, entry.type);
	}
	return 0;
}

int uk__kvm_start_info_parse(struct boot_source *src, uk_paddr_t pa, struct uk_bootinfo *info)
{
	struct start_info si;
	struct module module;
	int err;

	if (!src->read(&si, pa, sizeof(si)) || si.magic != MAGIC || si.version < 1)
		return -EINVAL;
	err = map_each(src, &si, uk__kvm_memory_add);
	if (!err)
		err = map_each(src, &si, uk__kvm_memory_reserve);
	if (err)
		return err;
	info->rsdp = si.rsdp;
	if (si.modules && src->read(&module, si.module_list, sizeof(module)))
		uk__kvm_initrd_set(src, module.start, module.size, info);
	err = uk__kvm_cmdline_read(src, si.cmdline, info);
	if (err)
		return err;
	return uk__kvm_memory_finish(src, info);
}
