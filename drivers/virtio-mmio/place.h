/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include <stdbool.h>
#include <uk/defs.h>

/* Where a device is. */
struct place {
	uint64_t base;
	uint64_t size;
	uint32_t gsi;
	bool level; /* how its interrupt signals */
	bool active_low;
};

/*
 * Linux's form of the parameter: SIZE@BASE:IRQ[:ID], sizes with K, M or G (Documentation/
 * admin-guide/kernel-parameters.txt, virtio_mmio.device). 0 or -EINVAL.
 */
int uk__virtio_mmio_parse(const char *text, struct place *place);
