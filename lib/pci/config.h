/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include <uk/pci.h>

/*
 * The way to configuration space: 32-bit accesses at a function (bus << 8 | slot << 3 |
 * function) and an offset that is a multiple of 4. Absent functions read as ~0.
 */
struct access {
	uint32_t (*read)(unsigned int bdf, unsigned int offset);
	void (*write)(unsigned int bdf, unsigned int offset, uint32_t value);
	unsigned int buses; /* how many it reaches */
};

/* The way that is in use; tests put theirs. */
extern const struct access *uk__pci_access;

/* Memory below 4 GiB that no RAM lies in, for BARs that firmware left without an address. */
struct hole {
	uint64_t start;
	uint64_t end;
};

/* ways.c: the best of this machine, or NULL. */
const struct access *uk__pci_choose(void);

/* bars.c: find out sizes; assign what firmware did not. */
void uk__pci_bars_read(struct uk_pci_dev *dev);
void uk__pci_bars_assign(struct hole *hole, struct uk_pci_dev *dev);

/*
 * scan.c: call fn for each function of all buses, ordinary ones and bridges; returns how many.
 * dev is filled but for its BARs, and on the caller's stack only.
 */
unsigned int uk__pci_scan(void (*fn)(struct uk_pci_dev *dev, void *arg), void *arg);

uk_inline unsigned int bdf_of(const struct uk_pci_dev *dev)
{
	return (unsigned int)dev->bus << 8 | (unsigned int)dev->slot << 3 | dev->function;
}
