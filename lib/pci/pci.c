/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include <uk/bootinfo.h>
#include <uk/errno.h>
#include <uk/frames.h>
#include <uk/heap.h>
#include <uk/init.h>
#include <uk/log.h>
#include <uk/mmu.h>

/*
 * Where PC chipsets have no RAM, below 4 GiB: up to the IO-APIC, from here or the end of RAM on.
 * Firmware's own assignments (SeaBIOS) begin at or below it.
 */
#define HOLE_START 0xe0000000ull
#define HOLE_END   0xfec00000ull

struct bus {
	struct hole hole;
	struct uk_list found; /* of devices that have a driver */
	unsigned int driven;
	unsigned int unknown;
};

volatile void *uk_pci_map(struct uk_pci_dev *dev, unsigned int bar, uint64_t offset, uint64_t len)
{
	if (bar >= UK_PCI_BARS)
		return NULL;

	const struct uk_pci_bar *b = &dev->bar[bar];

	if (b->is_port || !b->base || len == 0 || offset > b->size || len > b->size - offset ||
	    uk_frames_are_ram(b->base + offset, len))
		return NULL;
	return uk_mmio_map(b->base + offset, len);
}

static const struct uk_pci_driver *find_driver(const struct uk_pci_dev *dev)
{
	UK_TABLE_FOREACH(struct uk_pci_driver, pci_driver, driver) {
		if (driver->match(dev))
			return driver;
	}
	return NULL;
}

/* Keep what has a driver; the rest is not touched. */
static void found(struct uk_pci_dev *seen, void *arg)
{
	struct bus *bus = arg;
	struct uk_pci_dev *dev;

	seen->driver = find_driver(seen);
	if (!seen->driver) {
		bus->unknown += seen->header == 0;
		uk_dbg("%02x:%02x.%u: %04x:%04x class %06x: no driver in this image", seen->bus,
		       seen->slot, seen->function, seen->vendor, seen->device, seen->class_code);
		return;
	}
	dev = uk_heap_alloc(sizeof(*dev));
	if (!dev)
		return;
	*dev = *seen;
	uk__pci_bars_read(dev);
	uk_list_append(&bus->found, &dev->node);
}

static void attach(struct bus *bus, struct uk_pci_dev *dev)
{
	uk__pci_bars_assign(&bus->hole, dev);

	int err = dev->driver->probe(dev);

	if (err == 0) {
		bus->driven++;
		return;
	}
	uk_warn("%02x:%02x.%u: driver %s: error %d", dev->bus, dev->slot, dev->function,
		dev->driver->name, -err);
	/* It writes nothing into memory any more, and raises no interrupt. */
	uk_pci_write16(dev, UK_PCI_COMMAND, UK_PCI_COMMAND_INTX_OFF);
	uk_heap_free(dev->msix_messages);
	uk_heap_free(dev);
}

static void begin_hole(struct hole *hole)
{
	*hole = (struct hole){ HOLE_START, HOLE_END };
	for (unsigned int i = 0; i < uk_plat_bootinfo.nram; i++) {
		uint64_t end = uk_plat_bootinfo.ram[i].start + uk_plat_bootinfo.ram[i].size;

		if (end > hole->start && uk_plat_bootinfo.ram[i].start < hole->end)
			hole->start = UK_MIN(end, hole->end);
	}
}

static int pci_init(void)
{
	struct bus bus = { 0 };

	uk__pci_access = uk__pci_choose();
	if (!uk__pci_access) {
		uk_dbg("no bus");
		return 0;
	}
	begin_hole(&bus.hole);
	uk_list_init(&bus.found);

	unsigned int n = uk__pci_scan(found, &bus);

	UK_LIST_FOREACH_SAFE(node, next, &bus.found) {
		uk_list_remove(node);
		attach(&bus, UK_LIST_ENTRY(node, struct uk_pci_dev, node));
	}
	uk_info("%u functions, %u driven, %u without a driver", n, bus.driven, bus.unknown);
	return 0;
}
UK_INIT(DEVICE, pci_init);
