/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include <stdbool.h>
#include <uk/pci.h>

/* Where a structure lies: virtio 1.2, section 4.1.4. */
enum { CAP_COMMON = 1, CAP_NOTIFY = 2, CAP_ISR = 3, CAP_DEVICE = 4 };

struct place {
	uint8_t bar;
	uint32_t offset;
	uint32_t length;
	uint32_t multiplier; /* CAP_NOTIFY */
};

/*
 * The first capability of this type whose place lies in a memory BAR that has an address;
 * false: none.
 */
bool uk__virtio_pci_find(const struct uk_pci_dev *dev, uint8_t type, struct place *place);

/* Type of the virtio device by its ids (section 4.1.2), 0: it is none. */
uint32_t uk__virtio_pci_type(const struct uk_pci_dev *dev);

/* Offset of a queue's doorbell within CAP_NOTIFY (section 4.1.4.4), or -EIO. */
long uk__virtio_pci_doorbell(const struct place *notify, uint16_t notify_off);
