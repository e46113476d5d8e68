/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The PCI bus: PCI Local Bus Specification 3.0, PCI Express Base Specification. Functions are
 * found once, at init level DEVICE, and offered to the drivers of this image. What devices say
 * in their configuration space is bounded: chains of capabilities, sizes, vectors.
 *
 * Boot and thread context unless said otherwise; a driver serialises calls for its function.
 * Offsets and sizes are bytes.
 */

#include <stdbool.h>
#include <uk/defs.h>
#include <uk/list.h>
#include <uk/table.h>

struct uk_irq_msi;

#define UK_PCI_BARS     6u
#define UK_PCI_MSIX_MAX 2048u /* vectors of a function, at most */

enum uk_pci_register {
	UK_PCI_VENDOR = 0x00,
	UK_PCI_DEVICE = 0x02,
	UK_PCI_COMMAND = 0x04,
	UK_PCI_STATUS = 0x06,
	UK_PCI_CLASS = 0x08, /* revision in the low byte */
	UK_PCI_HEADER_TYPE = 0x0e,
	UK_PCI_BAR0 = 0x10,
	UK_PCI_BUSES = 0x18, /* of a bridge: primary, secondary, subordinate */
	UK_PCI_SUBSYSTEM = 0x2c,
	UK_PCI_CAPABILITIES = 0x34,
};

#define UK_PCI_COMMAND_IO       1u
#define UK_PCI_COMMAND_MEMORY   2u
#define UK_PCI_COMMAND_MASTER   4u
#define UK_PCI_COMMAND_INTX_OFF 0x400u

#define UK_PCI_CAP_MSI    0x05
#define UK_PCI_CAP_VENDOR 0x09
#define UK_PCI_CAP_MSIX   0x11

struct uk_pci_bar {
	uint64_t base; /* physical address or port; 0: none was assigned */
	uint64_t size; /* 0: no such BAR */
	bool is_port;
	bool is_64bit; /* takes the next one's place, whose size is 0 */
};

struct uk_pci_dev {
	uint16_t vendor;
	uint16_t device;
	uint32_t class_code; /* 24 bits: class, subclass, interface */
	uint8_t bus;
	uint8_t slot;     /* 0..31 */
	uint8_t function; /* 0..7 */
	uint8_t header;   /* type without the bit for several functions */
	struct uk_pci_bar bar[UK_PCI_BARS];

	/* MSI-X, see below. */
	uint8_t msix_cap;
	uint16_t msix_count; /* vectors that the table has; 0: no MSI-X */
	volatile uint8_t *msix_table;
	struct uk_irq_msi *msix_messages; /* [msix_count], of requested vectors */
	void *driver_data;
	const struct uk_pci_driver *driver; /* the library's */
	struct uk_list node;                /* the library's */
};

struct uk_pci_driver {
	const char *name;
	/* True: probe it. */
	bool (*match)(const struct uk_pci_dev *dev);
	/* dev lives as long as the driver wants: 0 keeps it, a negative errno gives it back, its
	 * vectors freed; the function is then switched off. */
	int (*probe)(struct uk_pci_dev *dev);
};

UK_TABLE(struct uk_pci_driver, pci_driver);
#define UK_PCI_DRIVER(id) UK_TABLE_ENTRY(struct uk_pci_driver, pci_driver) uk_pci_driver_##id

/* Configuration space; offset is aligned to the width. Any context. */
uint8_t uk_pci_read8(const struct uk_pci_dev *dev, unsigned int offset);
uint16_t uk_pci_read16(const struct uk_pci_dev *dev, unsigned int offset);
uint32_t uk_pci_read32(const struct uk_pci_dev *dev, unsigned int offset);
void uk_pci_write16(const struct uk_pci_dev *dev, unsigned int offset, uint16_t value);
void uk_pci_write32(const struct uk_pci_dev *dev, unsigned int offset, uint32_t value);

/*
 * Offset of the next capability with this id behind `after` (0: the first); 0: no more. Of a
 * list that does not end only the first 48 are seen.
 */
uint8_t uk_pci_capability(const struct uk_pci_dev *dev, uint8_t id, uint8_t after);

/* Switch memory or ports, and bus mastering, on. */
void uk_pci_enable(struct uk_pci_dev *dev);

/*
 * Map [offset, offset + len) of a memory BAR, uncached, for ever. NULL: not inside of it, the
 * BAR has no address or one of RAM, or no memory.
 */
volatile void *uk_pci_map(struct uk_pci_dev *dev, unsigned int bar, uint64_t offset, uint64_t len);

/*
 * MSI-X (PCI 3.0, section 6.8.2). enable() maps the table and masks all vectors; vectors are
 * then requested one by one and are unmasked at once. 0; -ENODEV: the function has none;
 * -EIO: its table lies outside of its BAR; -ENOMEM.
 */
int uk_pci_msix_enable(struct uk_pci_dev *dev);
/* fn(arg) is called from then on in irq context. 0, -EINVAL, -EBUSY, -ENOSPC. */
int uk_pci_msix_request(struct uk_pci_dev *dev, unsigned int vector, void (*fn)(void *), void *arg);
void uk_pci_msix_free(struct uk_pci_dev *dev, unsigned int vector);
void uk_pci_msix_mask(struct uk_pci_dev *dev, unsigned int vector, bool mask); /* any context */
