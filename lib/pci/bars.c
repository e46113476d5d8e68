/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include <uk/log.h>

/* Base address registers: PCI 3.0, section 6.2.5. */
#define BAR_PORT     1u
#define BAR_TYPE     6u
#define BAR_64BIT    4u
#define BAR_KEEP_MEM 0xfu
#define BAR_KEEP_IO  3u

#define SEARCHES 64u /* turns of looking for an address */

static unsigned int bars_of(const struct uk_pci_dev *dev)
{
	return dev->header == 0 ? 6 : dev->header == 1 ? 2 : 0;
}

static uint32_t probe_size(const struct uk_pci_dev *dev, unsigned int reg, uint32_t old)
{
	uk_pci_write32(dev, reg, ~0u);

	uint32_t mask = uk_pci_read32(dev, reg);

	uk_pci_write32(dev, reg, old);
	return mask;
}

static void read_port(struct uk_pci_bar *bar, uint32_t old, uint32_t mask)
{
	mask &= 0xffffu & ~BAR_KEEP_IO; /* some leave the upper half at zero */
	bar->is_port = true;
	bar->base = old & 0xffffu & ~BAR_KEEP_IO;
	bar->size = mask & -mask;
}

/* Returns how many registers it takes. */
static unsigned int read_one(struct uk_pci_dev *dev, unsigned int i)
{
	struct uk_pci_bar *bar = &dev->bar[i];
	unsigned int reg = UK_PCI_BAR0 + 4 * i;
	uint32_t old = uk_pci_read32(dev, reg);
	uint32_t mask = probe_size(dev, reg, old);

	if (mask == 0)
		return 1;
	if (mask & BAR_PORT) {
		read_port(bar, old, mask);
		return 1;
	}

	uint64_t base = old & ~BAR_KEEP_MEM;
	uint64_t bits = mask & ~BAR_KEEP_MEM;

	bar->is_64bit = (mask & BAR_TYPE) == BAR_64BIT && i + 1 < bars_of(dev);
	if (bar->is_64bit) {
		uint32_t high = uk_pci_read32(dev, reg + 4);

		base |= (uint64_t)high << 32;
		bits |= (uint64_t)probe_size(dev, reg + 4, high) << 32;
	}
	/* The lowest bit that can be set is the size; and a base is a multiple of it. */
	bar->size = bits & -bits;
	bar->base = bar->size ? base & ~(bar->size - 1) : 0;
	return bar->is_64bit ? 2 : 1;
}

void uk__pci_bars_read(struct uk_pci_dev *dev)
{
	uint16_t command = uk_pci_read16(dev, UK_PCI_COMMAND);
	unsigned int n = bars_of(dev);

	/* While sizes are probed the addresses are nonsense: decoding is off. */
	uk_pci_write16(dev, UK_PCI_COMMAND,
		       command & (uint16_t)~(UK_PCI_COMMAND_IO | UK_PCI_COMMAND_MEMORY));
	for (unsigned int i = 0; i < n;)
		i += read_one(dev, i);
	uk_pci_write16(dev, UK_PCI_COMMAND, command);
}

/* An address that is looked for, of which other functions may have something already. */
struct search {
	uint64_t base;
	uint64_t size;
	uint64_t step;
	bool moved;
};

static void avoid(struct uk_pci_dev *other, void *arg)
{
	struct search *s = arg;

	uk__pci_bars_read(other);
	for (unsigned int i = 0; i < UK_PCI_BARS; i++) {
		const struct uk_pci_bar *bar = &other->bar[i];
		uint64_t end = bar->base + bar->size;

		if (bar->is_port || !bar->base || end <= s->base || bar->base >= s->base + s->size)
			continue;
		s->base = UK_ALIGN_UP(end, s->step);
		s->moved = true;
	}
}

/*
 * Behind what others have, be they driven or not: firmware may have given addresses to some. In
 * turns, as functions come in no order; a bus that is never content gets no more of them.
 */
static bool find(const struct hole *hole, struct search *s)
{
	s->step = UK_MAX(s->size, (uint64_t)UK_PAGE_SIZE);
	s->base = UK_ALIGN_UP(hole->start, s->step);
	for (unsigned int i = 0; i < SEARCHES; i++) {
		if (s->size > hole->end || s->base < hole->start || s->base > hole->end - s->size)
			return false;
		s->moved = false;
		(void)uk__pci_scan(avoid, s);
		if (!s->moved)
			return true;
	}
	return false;
}

static void assign(struct hole *hole, struct uk_pci_dev *dev, unsigned int i)
{
	struct uk_pci_bar *bar = &dev->bar[i];
	struct search s = { .size = bar->size };
	unsigned int reg = UK_PCI_BAR0 + 4 * i;

	if (!find(hole, &s)) {
		uk_warn("%02x:%02x.%u: no room for BAR %u of %llu KiB", dev->bus, dev->slot,
			dev->function, i, (unsigned long long)bar->size >> 10);
		return;
	}
	uk_pci_write32(dev, reg, (uint32_t)s.base);
	if (bar->is_64bit)
		uk_pci_write32(dev, reg + 4, 0);
	bar->base = s.base;
	hole->start = s.base + bar->size;
}

void uk__pci_bars_assign(struct hole *hole, struct uk_pci_dev *dev)
{
	for (unsigned int i = 0; i < UK_PCI_BARS; i++) {
		const struct uk_pci_bar *bar = &dev->bar[i];

		/* Ports are not assigned: no driver here needs one. */
		if (bar->size && !bar->base && !bar->is_port)
			assign(hole, dev, i);
	}
}
