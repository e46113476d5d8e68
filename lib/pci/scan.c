/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include <uk/log.h>

#define HEADER_MULTI 0x80u
#define BUSES_MAX    256u

struct scan {
	void (*fn)(struct uk_pci_dev *dev, void *arg);
	void *arg;
	unsigned int count;
	uint8_t seen[BUSES_MAX / 8]; /* buses that were scanned or are waiting */
	uint8_t waiting[BUSES_MAX / 8];
};

static bool mark(struct scan *scan, unsigned int bus)
{
	uint8_t bit = (uint8_t)(1u << bus % 8);

	if (bus >= uk__pci_access->buses || (scan->seen[bus / 8] & bit))
		return false;
	scan->seen[bus / 8] |= bit;
	scan->waiting[bus / 8] |= bit;
	return true;
}

static bool identify(struct uk_pci_dev *dev, unsigned int bus, unsigned int slot,
		     unsigned int function)
{
	*dev = (struct uk_pci_dev){
		.bus = (uint8_t)bus,
		.slot = (uint8_t)slot,
		.function = (uint8_t)function,
	};

	uint32_t id = uk_pci_read32(dev, UK_PCI_VENDOR);

	if ((id & 0xffff) == 0xffff || (id & 0xffff) == 0)
		return false;
	dev->vendor = (uint16_t)id;
	dev->device = (uint16_t)(id >> 16);
	dev->class_code = uk_pci_read32(dev, UK_PCI_CLASS) >> 8;
	dev->header = uk_pci_read8(dev, UK_PCI_HEADER_TYPE);
	return true;
}

static void behind_bridge(struct scan *scan, const struct uk_pci_dev *dev)
{
	uint8_t secondary = uk_pci_read8(dev, UK_PCI_BUSES + 1);

	if (secondary == 0)
		uk_dbg("%02x:%02x.%u: a bridge that firmware did not set up", dev->bus, dev->slot,
		       dev->function);
	else
		(void)mark(scan, secondary);
}

static void scan_slot(struct scan *scan, unsigned int bus, unsigned int slot)
{
	unsigned int functions = 1;

	for (unsigned int function = 0; function < functions; function++) {
		struct uk_pci_dev dev;

		if (!identify(&dev, bus, slot, function))
			continue;
		if (function == 0 && (dev.header & HEADER_MULTI))
			functions = 8;
		dev.header &= (uint8_t)~HEADER_MULTI;
		if (dev.header == 1)
			behind_bridge(scan, &dev);
		scan->count++;
		scan->fn(&dev, scan->arg);
	}
}

/* Each bus once, however bridges are wired: at most 256 times 32 times 8 functions. */
unsigned int uk__pci_scan(void (*fn)(struct uk_pci_dev *dev, void *arg), void *arg)
{
	struct scan scan = { .fn = fn, .arg = arg };
	bool more = mark(&scan, 0);

	while (more) {
		more = false;
		for (unsigned int bus = 0; bus < BUSES_MAX; bus++) {
			uint8_t bit = (uint8_t)(1u << bus % 8);

			if (!(scan.waiting[bus / 8] & bit))
				continue;
			scan.waiting[bus / 8] &= (uint8_t)~bit;
			more = true;
			for (unsigned int slot = 0; slot < 32; slot++)
				scan_slot(&scan, bus, slot);
		}
	}
	return scan.count;
}
