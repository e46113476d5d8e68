/* SPDX-License-Identifier: BSD-3-Clause */
#include "caps.h"

#include <uk/errno.h>

/* struct virtio_pci_cap */
#define CAP_LENGTH     2u
#define CAP_TYPE       3u
#define CAP_BAR        4u
#define CAP_OFFSET     8u
#define CAP_SIZE       12u
#define CAP_MULTIPLIER 16u
#define CAP_BYTES      16u

static bool inside(const struct uk_pci_dev *dev, const struct place *place)
{
	if (place->bar >= UK_PCI_BARS)
		return false;

	const struct uk_pci_bar *bar = &dev->bar[place->bar];

	return !bar->is_port && bar->base && place->length > 0 && place->offset <= bar->size &&
	       place->length <= bar->size - place->offset;
}

static void read_place(const struct uk_pci_dev *dev, uint8_t at, struct place *place)
{
	place->bar = uk_pci_read8(dev, at + CAP_BAR);
	place->offset = uk_pci_read32(dev, at + CAP_OFFSET);
	place->length = uk_pci_read32(dev, at + CAP_SIZE);
	place->multiplier = 0;
}

bool uk__virtio_pci_find(const struct uk_pci_dev *dev, uint8_t type, struct place *place)
{
	uint8_t at = 0;

	/* At most 48 capabilities fit; a chain that is a circle ends here. */
	for (unsigned int i = 0; i < 48; i++) {
		at = uk_pci_capability(dev, UK_PCI_CAP_VENDOR, at);
		if (!at || at > 256 - CAP_BYTES)
			return false;
		if (uk_pci_read8(dev, at + CAP_TYPE) != type ||
		    uk_pci_read8(dev, at + CAP_LENGTH) < CAP_BYTES)
			continue;
		read_place(dev, at, place);
		if (!inside(dev, place))
			continue;
		if (type != CAP_NOTIFY)
			return true;
		if (at > 256 - CAP_BYTES - 4)
			return false;
		place->multiplier = uk_pci_read32(dev, at + CAP_MULTIPLIER);
		return true;
	}
	return false;
}

uint32_t uk__virtio_pci_type(const struct uk_pci_dev *dev)
{
	if (dev->vendor != 0x1af4)
		return 0;
	if (dev->device >= 0x1040 && dev->device <= 0x107f)
		return dev->device - 0x1040u;
	/* Transitional: they have the modern structures, too. */
	if (dev->device >= 0x1000 && dev->device <= 0x103f)
		return uk_pci_read16(dev, UK_PCI_SUBSYSTEM + 2);
	return 0;
}

long uk__virtio_pci_doorbell(const struct place *notify, uint16_t notify_off)
{
	uint64_t offset = (uint64_t)notify_off * notify->multiplier;

	if (notify->length < 2 || offset > notify->length - 2u || offset % 2 != 0)
		return -EIO;
	return (long)offset;
}
