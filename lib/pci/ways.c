/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include <uk/acpi.h>
#include <uk/log.h>
#include <uk/mmio.h>
#include <uk/mmu.h>
#include <uk/spinlock.h>

#if CONFIG_HAS_IOPORTS
#include <uk/ioport.h>

/* Configuration mechanism 1: PCI 3.0, section 3.2.2.3.2. */
#define PORT_ADDRESS 0xcf8u
#define PORT_DATA    0xcfcu
#define PORT_ENABLE  0x80000000u

static struct uk_spinlock lock = UK_SPINLOCK_INIT; /* the pair of ports */

static uint32_t port_read(unsigned int bdf, unsigned int offset)
{
	uint32_t value = ~0u;

	if (offset > 0xfc)
		return value;

	uk_irqflags_t flags = uk_spin_lock_irqsave(&lock);

	uk_port_out32(PORT_ADDRESS, PORT_ENABLE | bdf << 8 | offset);
	value = uk_port_in32(PORT_DATA);
	uk_spin_unlock_irqrestore(&lock, flags);
	return value;
}

static void port_write(unsigned int bdf, unsigned int offset, uint32_t value)
{
	if (offset > 0xfc)
		return;

	uk_irqflags_t flags = uk_spin_lock_irqsave(&lock);

	uk_port_out32(PORT_ADDRESS, PORT_ENABLE | bdf << 8 | offset);
	uk_port_out32(PORT_DATA, value);
	uk_spin_unlock_irqrestore(&lock, flags);
}

static const struct access by_ports = { port_read, port_write, 256 };

/* The address register keeps what is written if, and only if, it is there. */
static bool ports_there(void)
{
	uk_port_out32(PORT_ADDRESS, PORT_ENABLE);

	bool there = uk_port_in32(PORT_ADDRESS) == PORT_ENABLE;

	uk_port_out32(PORT_ADDRESS, 0);
	return there;
}

static const struct access *choose_ports(void)
{
	return ports_there() ? &by_ports : NULL;
}
#else
static const struct access *choose_ports(void)
{
	return NULL;
}
#endif

/* PCI Express's memory-mapped space; a MiB per bus, mapped when the bus is first touched. */
static struct {
	uint64_t base;
	unsigned int first;
	volatile uint8_t *bus[256];
} ecam;

static volatile uint8_t *ecam_at(unsigned int bdf, unsigned int offset)
{
	unsigned int bus = bdf >> 8 & 0xff;

	if (bus < ecam.first)
		return NULL;
	if (!ecam.bus[bus])
		ecam.bus[bus] = uk_mmio_map(ecam.base + ((uint64_t)bus << 20), 1ul << 20);
	return ecam.bus[bus] ? ecam.bus[bus] + ((bdf & 0xff) << 12 | offset) : NULL;
}

static uint32_t ecam_read(unsigned int bdf, unsigned int offset)
{
	volatile uint8_t *at = ecam_at(bdf, offset);

	return at ? uk_mmio_read32(at) : ~0u;
}

static void ecam_write(unsigned int bdf, unsigned int offset, uint32_t value)
{
	volatile uint8_t *at = ecam_at(bdf, offset);

	if (at)
		uk_mmio_write32(at, value);
}

static struct access by_ecam = { ecam_read, ecam_write, 256 };

static const struct access *choose_ecam(void)
{
	const struct uk_acpi_table *mcfg = CONFIG_LIB_ACPI ? uk_acpi_find("MCFG") : NULL;
	struct uk_acpi_mcfg_entry entry;

	for (unsigned int i = 0; mcfg && uk_acpi_parse_mcfg(mcfg, i, &entry); i++) {
		if (entry.segment != 0)
			continue;
		ecam.base = entry.base;
		ecam.first = entry.first_bus;
		by_ecam.buses = entry.last_bus + 1u;
		return &by_ecam;
	}
	return NULL;
}

const struct access *uk__pci_choose(void)
{
	const struct access *ports = choose_ports();
	const struct access *mapped = CONFIG_PCI_ECAM ? choose_ecam() : NULL;

	if (!mapped)
		return ports;
	/* Firmware may name a window that it did not open: both ways must see the same. */
	if (ports && mapped->read(0, 0) != ports->read(0, 0)) {
		uk_warn("the window that MCFG names is not open; ports are used");
		return ports;
	}
	return mapped;
}
