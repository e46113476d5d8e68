/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * What the machine says at boot: filled once by plat from the boot protocol (checked and
 * bounded there), constant afterwards. Physical addresses and bytes.
 */

#include <uk/defs.h>

#define UK_BOOT_RANGES_MAX  32
#define UK_BOOT_CMDLINE_MAX 2048 /* with the terminator */

struct uk_boot_range {
	uk_paddr_t start;
	uint64_t size;
};

struct uk_bootinfo {
	/* Usable RAM: sorted, page-aligned, disjoint, without the image, the initrd, page 0. */
	struct uk_boot_range ram[UK_BOOT_RANGES_MAX];
	unsigned int nram;
	uint64_t ram_total;                /* all RAM the machine said, in bytes */
	struct uk_boot_range initrd;       /* size 0: none */
	uk_paddr_t rsdp;                   /* ACPI root pointer, 0: not told */
	uint64_t entry_cycles;             /* uk_cpu_cycles() at the first instruction */
	char cmdline[UK_BOOT_CMDLINE_MAX]; /* without a terminator if it was too long */
};

/* Owned by plat; valid from the first init function on. */
extern struct uk_bootinfo uk_plat_bootinfo;
