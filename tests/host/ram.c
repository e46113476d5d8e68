/* SPDX-License-Identifier: BSD-3-Clause */
/* The machine that tests find when they begin: 2 MiB of odd pieces and 60 MiB in a row. */

#include <uk/bootinfo.h>

struct uk_bootinfo uk_plat_bootinfo = {
	.ram = { { 0x1000, 0x9e000 }, { 0x123000, 60ul << 20 } },
	.nram = 2,
	.ram_total = 64ul << 20,
};
