/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A PCI bus of functions that say anything: scan, BARs, capability lists, MSI-X, and where the
 * structures of a virtio device lie.
 */

#include "drivers/virtio-pci/caps.h"
#include "input.h"
#include "lib/pci/config.h"
#include <uk/bootinfo.h>
#include <uk/errno.h>
#include <uk/frames.h>
#include <uk/irq.h>
#include <uk/mmu.h>

#define FUNCTIONS 4u
#define SPACE     256u

/* A function's space, and which bits of its BARs can be written. */
static struct {
	unsigned int bdf;
	uint8_t space[SPACE];
	uint32_t writable[6];
} functions[FUNCTIONS];
static unsigned int count;

/* What was mapped: real memory, so that a sanitizer sees where registers end. */
static struct {
	void *at;
	uint64_t len;
} mapped;

volatile void *uk_mmio_map(uk_paddr_t pa, size_t len)
{
	MUST(pa && len && pa + len > pa && len <= UK_PCI_MSIX_MAX * 16);
	free(mapped.at);
	mapped.at = calloc(1, len);
	mapped.len = len;
	return mapped.at;
}

bool uk_frames_are_ram(uk_paddr_t pa, uint64_t size)
{
	return pa < 64ull << 20 || pa + size < pa;
}

int uk_irq_msi_request(uk_irq_handler fn, void *arg, struct uk_irq_msi *msi)
{
	(void)fn, (void)arg;
	*msi = (struct uk_irq_msi){ .address = 0xfee00000, .data = 0x40 };
	return 0;
}

void uk_irq_msi_free(const struct uk_irq_msi *msi)
{
	(void)msi;
}

static uint32_t space_read(unsigned int bdf, unsigned int offset)
{
	uint32_t v = ~0u;

	MUST(offset % 4 == 0);
	for (unsigned int i = 0; i < count && offset < SPACE; i++) {
		if (functions[i].bdf == bdf)
			memcpy(&v, functions[i].space + offset, sizeof(v));
	}
	return v;
}

static void space_write(unsigned int bdf, unsigned int offset, uint32_t value)
{
	unsigned int bar = offset / 4 - 4;
	uint32_t old;

	MUST(offset % 4 == 0);
	for (unsigned int i = 0; i < count && offset < SPACE; i++) {
		uint32_t mask = bar < 6 ? functions[i].writable[bar] : ~0u;

		if (functions[i].bdf != bdf)
			continue;
		memcpy(&old, functions[i].space + offset, sizeof(old));
		value = (old & ~mask) | (value & mask);
		memcpy(functions[i].space + offset, &value, sizeof(value));
	}
}

static const struct access fake_access = { space_read, space_write, 256 };

const struct access *uk__pci_choose(void)
{
	return &fake_access;
}

static void check_place(const struct uk_pci_dev *dev, const struct place *place)
{
	const struct uk_pci_bar *bar = &dev->bar[place->bar];

	MUST(place->bar < UK_PCI_BARS && bar->base && !bar->is_port && place->length);
	MUST((uint64_t)place->offset + place->length <= bar->size);
}

static void find_virtio(const struct uk_pci_dev *dev)
{
	struct place place;

	(void)uk__virtio_pci_type(dev);
	for (uint8_t type = CAP_COMMON; type <= CAP_DEVICE; type++) {
		if (!uk__virtio_pci_find(dev, type, &place))
			continue;
		check_place(dev, &place);
		for (uint32_t off = 0; type == CAP_NOTIFY && off < 0x10000; off += 0x555) {
			long at = uk__virtio_pci_doorbell(&place, (uint16_t)off);

			MUST(at == -EIO || (at >= 0 && (uint64_t)at + 2 <= place.length));
		}
	}
}

static void use_msix(struct uk_pci_dev *dev)
{
	static const unsigned int some[] = { 0, 1, 7, 2047, 2048, ~0u };

	if (uk_pci_msix_enable(dev) == 0) {
		MUST(dev->msix_count <= UK_PCI_MSIX_MAX);
		for (unsigned int i = 0; i < UK_ARRAY_SIZE(some); i++) {
			int err = uk_pci_msix_request(dev, some[i], NULL, NULL);

			MUST(err == (some[i] < dev->msix_count ? 0 : -EINVAL));
			uk_pci_msix_free(dev, some[i]);
		}
	}
	free(dev->msix_messages);
	free(mapped.at);
	mapped.at = NULL;
}

static void found(struct uk_pci_dev *seen, void *arg)
{
	struct hole *hole = arg;
	struct uk_pci_dev dev = *seen;
	unsigned int n = 0;

	for (uint8_t at = 0; (at = uk_pci_capability(&dev, UK_PCI_CAP_VENDOR, at)) && n < 64; n++)
		MUST(at >= 0x40);
	uk__pci_bars_read(&dev);
	uk__pci_bars_assign(hole, &dev);
	for (unsigned int i = 0; i < UK_PCI_BARS; i++)
		MUST(dev.bar[i].size == 0 || UK_IS_POW2(dev.bar[i].size));
	uk_pci_enable(&dev);
	find_virtio(&dev);
	use_msix(&dev);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct hole hole = { 0xe0000000ull, 0xfec00000ull };

	count = 1 + in8(&in) % FUNCTIONS;
	for (unsigned int i = 0; i < count; i++) {
		/* Buses 0 to 3; the first function is where a scan begins. */
		functions[i].bdf = i ? in16(&in) & 0x3ff : 0;
		for (unsigned int bar = 0; bar < 6; bar++) {
			uint8_t bits = in8(&in);

			functions[i].writable[bar] = bits < 32 ? ~0u << bits : in32(&in);
		}
		in_copy(&in, functions[i].space, SPACE);
	}
	uk__pci_access = &fake_access;
	MUST(uk__pci_scan(found, &hole) <= 65536);
	MUST(hole.start <= hole.end);
	return 0;
}
