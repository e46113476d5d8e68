/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

const struct access *uk__pci_access;

uint32_t uk_pci_read32(const struct uk_pci_dev *dev, unsigned int offset)
{
	return uk__pci_access->read(bdf_of(dev), offset & 0xffcu);
}

uint16_t uk_pci_read16(const struct uk_pci_dev *dev, unsigned int offset)
{
	return (uint16_t)(uk_pci_read32(dev, offset) >> (offset & 2) * 8);
}

uint8_t uk_pci_read8(const struct uk_pci_dev *dev, unsigned int offset)
{
	return (uint8_t)(uk_pci_read32(dev, offset) >> (offset & 3) * 8);
}

void uk_pci_write32(const struct uk_pci_dev *dev, unsigned int offset, uint32_t value)
{
	uk__pci_access->write(bdf_of(dev), offset & 0xffcu, value);
}

/*
 * By reading the rest of the word and writing it back; of the words where that matters, the
 * status register (its error bits are cleared by writing ones) is written as zero.
 */
void uk_pci_write16(const struct uk_pci_dev *dev, unsigned int offset, uint16_t value)
{
	unsigned int shift = (offset & 2) * 8;
	uint32_t word = (offset & 0xffc) == UK_PCI_COMMAND ? 0 : uk_pci_read32(dev, offset);

	word &= ~(0xffffu << shift);
	uk_pci_write32(dev, offset, word | (uint32_t)value << shift);
}

#define CAPABILITIES_MAX 48u /* that fit into 192 bytes */

static bool plausible(uint8_t at)
{
	return at >= 0x40 && at <= 0xfc;
}

uint8_t uk_pci_capability(const struct uk_pci_dev *dev, uint8_t id, uint8_t after)
{
	uint8_t at = after;

	if (after == 0) {
		if (!(uk_pci_read16(dev, UK_PCI_STATUS) & 0x10))
			return 0;
		at = uk_pci_read8(dev, UK_PCI_CAPABILITIES) & 0xfc;
	} else {
		at = uk_pci_read8(dev, after + 1u) & 0xfc;
	}
	for (unsigned int i = 0; i < CAPABILITIES_MAX && plausible(at); i++) {
		uint16_t head = uk_pci_read16(dev, at);

		if ((head & 0xff) == id)
			return at;
		at = (uint8_t)(head >> 8) & 0xfc;
	}
	return 0;
}

void uk_pci_enable(struct uk_pci_dev *dev)
{
	uint16_t command = uk_pci_read16(dev, UK_PCI_COMMAND) | UK_PCI_COMMAND_MASTER |
			   UK_PCI_COMMAND_INTX_OFF;

	for (unsigned int i = 0; i < UK_PCI_BARS; i++) {
		if (dev->bar[i].base)
			command |= dev->bar[i].is_port ? UK_PCI_COMMAND_IO : UK_PCI_COMMAND_MEMORY;
	}
	uk_pci_write16(dev, UK_PCI_COMMAND, command);
}
