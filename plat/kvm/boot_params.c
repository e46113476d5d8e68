/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The 64-bit Linux boot protocol: struct boot_params (Linux, Documentation/arch/x86/boot.rst
 * and zero-page.rst give the offsets). Everything in it is the loader's word.
 */

#include "kvm.h"

#include <uk/errno.h>
#include <uk/panic.h>
#include <uk/string.h>

#define HEADER_MAGIC 0x53726448u /* "HdrS" */
#define E820_MAX     128

enum {
	RSDP = 0x070,        /* 64 bits */
	INITRD_HIGH = 0x0c0, /* upper halves of address and size */
	CMDLINE_HIGH = 0x0c8,
	E820_ENTRIES = 0x1e8, /* 8 bits */
	HEADER = 0x202,
	INITRD = 0x218, /* address, size */
	CMDLINE = 0x228,
	E820_TABLE = 0x2d0, /* 20 bytes each */
	E820_SIZE = 20,
};

static uint32_t get32(const uint8_t *page, size_t at)
{
	uint32_t value;

	memcpy(&value, page + at, sizeof(value));
	return value;
}

static uint64_t get64(const uint8_t *page, size_t low, size_t high)
{
	return get32(page, low) | (uint64_t)get32(page, high) << 32;
}

static void map_each(struct boot_source *src, const uint8_t *page,
		     void (*fn)(struct boot_source *, uk_paddr_t, uint64_t, uint32_t))
{
	unsigned int n = UK_MIN(page[E820_ENTRIES], (uint8_t)E820_MAX);

	for (unsigned int i = 0; i < n; i++) {
		size_t at = E820_TABLE + i * E820_SIZE;

		fn(src, get64(page, at, at + 4), get64(page, at + 8, at + 12),
		   get32(page, at + 16));
	}
}

int uk__kvm_boot_params_parse(struct boot_source *src, uk_paddr_t pa, struct uk_bootinfo *info)
{
	uint8_t page[UK_PAGE_SIZE];
	int err;

	UK_STATIC_ASSERT(E820_TABLE + E820_MAX * E820_SIZE <= sizeof(page));
	if (!src->read(page, pa, sizeof(page)) || get32(page, HEADER) != HEADER_MAGIC)
		return -EINVAL;
	map_each(src, page, uk__kvm_memory_add);
	map_each(src, page, uk__kvm_memory_reserve);
	info->rsdp = get64(page, RSDP, RSDP + 4);
	uk__kvm_initrd_set(src, get64(page, INITRD, INITRD_HIGH),
			   get64(page, INITRD + 4, INITRD_HIGH + 4), info);
	err = uk__kvm_cmdline_read(src, get64(page, CMDLINE, CMDLINE_HIGH), info);
	if (err)
		return err;
	return uk__kvm_memory_finish(src, info);
}
