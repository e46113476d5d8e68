/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PVH start info (Xen public headers, arch-x86/hvm/start_info.h: struct hvm_start_info and its
 * tables). Everything in it is the loader's word.
 */

#include "kvm.h"

#include <uk/errno.h>

#define MAGIC       0x336ec578u
#define ENTRIES_MAX 64 /* of the memory map that are looked at; machines have about ten */

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

/* Twice over a copy: what one entry gives, another may take back. */
static int map_read(struct boot_source *src, const struct start_info *si)
{
	struct map_entry map[ENTRIES_MAX];
	uint32_t n = UK_MIN(si->map_entries, (uint32_t)ENTRIES_MAX);

	src->map_cut = n < si->map_entries;
	if (!src->read(map, si->map, n * sizeof(map[0])))
		return -EINVAL;
	for (uint32_t i = 0; i < n; i++)
		uk__kvm_memory_add(src, map[i].start, map[i].size, map[i].type);
	for (uint32_t i = 0; i < n; i++)
		uk__kvm_memory_reserve(src, map[i].start, map[i].size, map[i].type);
	return 0;
}

int uk__kvm_start_info_parse(struct boot_source *src, uk_paddr_t pa, struct uk_bootinfo *info)
{
	struct start_info si;
	struct module module;
	int err;

	if (!src->read(&si, pa, sizeof(si)) || si.magic != MAGIC || si.version < 1)
		return -EINVAL;
	err = map_read(src, &si);
	if (err)
		return err;
	info->rsdp = si.rsdp;
	if (si.modules) {
		if (src->read(&module, si.module_list, sizeof(module)))
			uk__kvm_initrd_set(src, module.start, module.size, info);
		else
			src->initrd_bad = true;
	}
	err = uk__kvm_cmdline_read(src, si.cmdline, info);
	if (err)
		return err;
	return uk__kvm_memory_finish(src, info);
}
