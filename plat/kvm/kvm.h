/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What the files of plat/kvm share. */

#include <stdbool.h>
#include <uk/bootinfo.h>
#include <uk/defs.h>

/*
 * A set of physical ranges in v[0..n): sorted, disjoint, not touching. When it is full the
 * smallest range is given up and its size added to `lost`.
 */
struct ranges {
	struct uk_boot_range *v;
	unsigned int n;
	unsigned int max;
	uint64_t lost;
};

void uk__kvm_ranges_add(struct ranges *r, uk_paddr_t start, uint64_t size);
void uk__kvm_ranges_exclude(struct ranges *r, uk_paddr_t start, uint64_t size);
/* Shrink each range to whole pages; what is empty then goes. */
void uk__kvm_ranges_align(struct ranges *r);
bool uk__kvm_ranges_contain(const struct ranges *r, uk_paddr_t start, uint64_t size);

/*
 * What a boot protocol's parser works with. `read` copies len bytes at pa and is false if
 * there is no such memory: the loader's words are untrusted, bounded and read once.
 */
struct boot_source {
	bool (*read)(void *dst, uk_paddr_t pa, size_t len);
	uk_paddr_t image_start, image_end; /* page-aligned */
	struct ranges ram;                 /* result, in info->ram */
	struct ranges known;               /* result: memory of any kind that may be read */
	bool initrd_bad;                   /* a module was named that cannot be where it is said */
	bool map_cut;                      /* the memory map is longer than what is looked at */
};

/* 0, -EINVAL (no start info), -ENOMEM (no usable RAM). */
int uk__kvm_start_info_parse(struct boot_source *src, uk_paddr_t pa, struct uk_bootinfo *info);
int uk__kvm_boot_params_parse(struct boot_source *src, uk_paddr_t pa, struct uk_bootinfo *info);

/* Steps that boot protocols share. */
void uk__kvm_memory_add(struct boot_source *src, uk_paddr_t start, uint64_t size, uint32_t type);
void uk__kvm_memory_reserve(struct boot_source *src, uk_paddr_t start, uint64_t size,
			    uint32_t type);
void uk__kvm_initrd_set(struct boot_source *src, uk_paddr_t start, uint64_t size,
			struct uk_bootinfo *info);
int uk__kvm_cmdline_read(struct boot_source *src, uk_paddr_t pa, struct uk_bootinfo *info);
int uk__kvm_memory_finish(struct boot_source *src, struct uk_bootinfo *info);

/* Boot only: copy from physical memory below 4 GiB through a window of one page. */
bool uk__kvm_window_read(void *dst, uk_paddr_t pa, size_t len);

/* LIB_SMP: a page of RAM below 1 MiB that nobody else gets, where CPUs begin; 0: none. */
extern uk_paddr_t uk__kvm_cpu_page;

/* Fill uk_plat_bootinfo; a loader that says nonsense ends the boot with a line. */
void uk__kvm_bootinfo_fill(uk_paddr_t start_info, uint64_t entry_cycles, bool linux_protocol);
