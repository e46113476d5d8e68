/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A boot loader that says anything: the input is the memory from BASE on, which the boot
 * protocol's structure begins.
 */

#include "input.h"
#include "plat/kvm/kvm.h"
#include <uk/errno.h>

#define BASE        0x6000ul
#define IMAGE_START 0x100000ul
#define IMAGE_END   0x180000ul

static struct input memory;

static bool memory_read(void *dst, uk_paddr_t pa, size_t len)
{
	if (pa < BASE || pa - BASE > memory.left || len > memory.left - (pa - BASE))
		return false;
	memcpy(dst, memory.at + (pa - BASE), len);
	return true;
}

/* Sorted, of whole pages, apart; without page 0, image and initrd. */
static void check_ram(const struct uk_bootinfo *info)
{
	uint64_t last = UK_PAGE_SIZE;

	MUST(info->nram > 0 && info->nram <= UK_BOOT_RANGES_MAX);
	for (unsigned int i = 0; i < info->nram; i++) {
		uint64_t start = info->ram[i].start, end = start + info->ram[i].size;

		MUST(start >= last && end > start && (start | end) % UK_PAGE_SIZE == 0);
		MUST(start >= IMAGE_END || end <= IMAGE_START);
		MUST(!info->initrd.size || end <= info->initrd.start ||
		     start >= info->initrd.start + info->initrd.size);
		last = end;
	}
}

static void check(int (*parse)(struct boot_source *, uk_paddr_t, struct uk_bootinfo *),
		  const uint8_t *data, size_t size)
{
	static struct uk_bootinfo info;
	static struct uk_boot_range known[8];
	struct boot_source src = {
		.read = memory_read,
		.image_start = IMAGE_START,
		.image_end = IMAGE_END,
		.ram = { .v = info.ram, .max = UK_BOOT_RANGES_MAX },
		.known = { .v = known, .max = UK_ARRAY_SIZE(known) },
	};
	int err;

	memset(&info, 0, sizeof(info));
	memory = (struct input){ data, size };
	err = parse(&src, BASE, &info);
	MUST(err == 0 || err == -EINVAL || err == -ENOMEM);
	if (err == 0)
		check_ram(&info);
	if (info.initrd.size)
		MUST(info.initrd.start + info.initrd.size > info.initrd.start &&
		     (info.initrd.start >= IMAGE_END ||
		      info.initrd.start + info.initrd.size <= IMAGE_START));
}
