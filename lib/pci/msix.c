/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/irq.h>
#include <uk/log.h>
#include <uk/mmio.h>

/* The capability and an entry of the table: PCI 3.0, sections 6.8.2.3 to 6.8.2.9. */
#define CONTROL        2u
#define CONTROL_COUNT  (UK_PCI_MSIX_MAX - 1u)
#define CONTROL_MASK   0x4000u
#define CONTROL_ENABLE 0x8000u
#define TABLE          4u
#define ENTRY_SIZE     16u
#define ENTRY_ADDRESS  0u
#define ENTRY_HIGH     4u
#define ENTRY_DATA     8u
#define ENTRY_CONTROL  12u

static volatile uint8_t *entry_of(const struct uk_pci_dev *dev, unsigned int vector)
{
	return dev->msix_table + (size_t)vector * ENTRY_SIZE;
}

int uk_pci_msix_enable(struct uk_pci_dev *dev)
{
	uint8_t cap = uk_pci_capability(dev, UK_PCI_CAP_MSIX, 0);

	if (!cap)
		return -ENODEV;

	uint16_t control = uk_pci_read16(dev, cap + CONTROL);
	unsigned int count = (control & CONTROL_COUNT) + 1u;
	uint32_t where = uk_pci_read32(dev, cap + TABLE);

	dev->msix_table = uk_pci_map(dev, where & 7, where & ~7u, (uint64_t)count * ENTRY_SIZE);
	if (!dev->msix_table) {
		uk_warn("%02x:%02x.%u: the MSI-X table lies outside of its BAR", dev->bus,
			dev->slot, dev->function);
		return -EIO;
	}
	dev->msix_messages = uk_heap_zalloc(count, sizeof(*dev->msix_messages));
	if (!dev->msix_messages)
		return -ENOMEM;
	dev->msix_cap = cap;
	dev->msix_count = (uint16_t)count;
	/* All masked while the entries are made; reset left each masked by itself, too. */
	uk_pci_write16(dev, cap + CONTROL, control | CONTROL_ENABLE | CONTROL_MASK);
	for (unsigned int i = 0; i < count; i++)
		uk_mmio_write32(entry_of(dev, i) + ENTRY_CONTROL, 1);
	uk_pci_write16(dev, cap + CONTROL, (uint16_t)((control | CONTROL_ENABLE) & ~CONTROL_MASK));
	return 0;
}

void uk_pci_msix_mask(struct uk_pci_dev *dev, unsigned int vector, bool mask)
{
	uk_mmio_write32(entry_of(dev, vector) + ENTRY_CONTROL, mask);
}

int uk_pci_msix_request(struct uk_pci_dev *dev, unsigned int vector, void (*fn)(void *), void *arg)
{
	if (vector >= dev->msix_count)
		return -EINVAL;

	struct uk_irq_msi *msi = &dev->msix_messages[vector];

	if (msi->address)
		return -EBUSY;

	int err = uk_irq_msi_request(fn, arg, msi);

	if (err != 0) {
		msi->address = 0;
		return err;
	}

	volatile uint8_t *entry = entry_of(dev, vector);

	uk_mmio_write32(entry + ENTRY_ADDRESS, (uint32_t)msi->address);
	uk_mmio_write32(entry + ENTRY_HIGH, (uint32_t)(msi->address >> 32));
	uk_mmio_write32(entry + ENTRY_DATA, msi->data);
	uk_mmio_write32(entry + ENTRY_CONTROL, 0);
	return 0;
}

void uk_pci_msix_free(struct uk_pci_dev *dev, unsigned int vector)
{
	if (vector >= dev->msix_count || !dev->msix_messages[vector].address)
		return;
	uk_pci_msix_mask(dev, vector, true);
	/* The mask has reached the device when this read returns. */
	(void)uk_mmio_read32(entry_of(dev, vector) + ENTRY_CONTROL);
	uk_irq_msi_free(&dev->msix_messages[vector]);
	dev->msix_messages[vector].address = 0;
}
