/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * IO-APICs (Intel 82093AA data sheet, section 3): found and mapped when the first line is
 * asked for, so that machines whose devices all send messages never touch them. Addresses and
 * the routes of ISA interrupts are the MADT's (ACPI 6.4, section 5.2.12), bounded here.
 * Callers hold lib/irq's lock, but for line_mask(), which touches one register pair and
 * therefore takes the lock of its own.
 */

#include "apic.h"
#include <uk/acpi.h>
#include <uk/errno.h>
#include <uk/frames.h>
#include <uk/irqchip.h>
#include <uk/log.h>
#include <uk/mmio.h>
#include <uk/mmu.h>
#include <uk/spinlock.h>

#define USUAL_ADDRESS 0xfec00000u
#define IOAPICS_MAX   8
#define ISA_IRQS      16u

/* Registers: an index and a window on what it selects. */
#define SELECT         0x00
#define WINDOW         0x10
#define VERSION_REG    0x01u
#define ENTRY_REG(pin) (0x10u + 2 * (pin))
#define ENTRY_LOW      (1u << 13) /* active low */
#define ENTRY_LEVEL    (1u << 15)
#define ENTRY_MASKED   (1u << 16)

static struct ioapic {
	volatile char *regs;
	uint32_t gsi_base;
	uint32_t pins;
} ioapics[IOAPICS_MAX];
static unsigned int count;
static struct uk_spinlock lock; /* of every select-and-window pair */

static uint32_t read(const struct ioapic *io, uint32_t reg)
{
	uk_mmio_write32(io->regs + SELECT, reg);
	return uk_mmio_read32(io->regs + WINDOW);
}

static void write(const struct ioapic *io, uint32_t reg, uint32_t value)
{
	uk_mmio_write32(io->regs + SELECT, reg);
	uk_mmio_write32(io->regs + WINDOW, value);
}

static void add(uint32_t address, uint32_t gsi_base)
{
	if (count == IOAPICS_MAX) {
		uk_warn("more than %d IO-APICs: the others are not used", IOAPICS_MAX);
		return;
	}
	struct ioapic *io = &ioapics[count];

	/* The reading below writes, too. */
	bool ram = CONFIG_LIB_FRAMES && uk_frames_are_ram(address, UK_PAGE_SIZE);

	io->regs = ram ? NULL : uk_mmio_map(address, UK_PAGE_SIZE);
	uint32_t version = io->regs ? read(io, VERSION_REG) : 0;

	io->gsi_base = gsi_base;
	io->pins = (version >> 16 & 0xff) + 1;
	if (version == 0 || version == ~0u || io->pins > 240) {
		uk_warn("no IO-APIC at 0x%x", address);
		return;
	}
	for (uint32_t pin = 0; pin < io->pins; pin++)
		write(io, ENTRY_REG(pin), ENTRY_MASKED);
	count++;
}

static const struct uk_acpi_table *madt(void)
{
	return CONFIG_LIB_ACPI ? uk_acpi_find("APIC") : NULL;
}

static void find_all(void)
{
	const struct uk_acpi_table *table = madt();
	struct uk_acpi_madt_entry entry;
	size_t pos = 0;

	while (table && uk_acpi_madt_next(table, &pos, &entry)) {
		if (entry.type == UK_ACPI_MADT_IOAPIC)
			add(entry.ioapic.address, entry.ioapic.gsi_base);
	}
	if (count == 0)
		add(USUAL_ADDRESS, 0);
}

static const struct ioapic *find(unsigned int gsi)
{
	if (count == 0)
		find_all();
	for (unsigned int i = 0; i < count; i++) {
		if (gsi >= ioapics[i].gsi_base && gsi - ioapics[i].gsi_base < ioapics[i].pins)
			return &ioapics[i];
	}
	return NULL;
}

/* Polarity and trigger of an override (ACPI 6.4, table 5.26); 0 is the bus's own: as it was. */
static void apply(uint16_t acpi, unsigned int *flags)
{
	if ((acpi & 3) == 1)
		*flags &= ~UK_IRQ_LOW;
	if ((acpi & 3) == 3)
		*flags |= UK_IRQ_LOW;
	if ((acpi >> 2 & 3) == 1)
		*flags &= ~UK_IRQ_LEVEL;
	if ((acpi >> 2 & 3) == 3)
		*flags |= UK_IRQ_LEVEL;
}

void uk__apic_isa_route(unsigned int isa, unsigned int *gsi, unsigned int *flags)
{
	const struct uk_acpi_table *table = madt();
	struct uk_acpi_madt_entry entry;
	size_t pos = 0;

	*gsi = isa;
	if (!table && isa == 0)
		*gsi = 2; /* the timer of every PC chipset */
	while (table && uk_acpi_madt_next(table, &pos, &entry)) {
		if (entry.type == UK_ACPI_MADT_OVERRIDE && entry.override.source == isa &&
		    isa < ISA_IRQS) {
			*gsi = entry.override.gsi;
			apply(entry.override.flags, flags);
			return;
		}
	}
}

int uk__apic_line_setup(unsigned int gsi, unsigned int flags, unsigned int vector)
{
	const struct ioapic *io = find(gsi);
	uint32_t low = vector;

	if (!io)
		return -ENODEV;
	if (flags & UK_IRQ_LOW)
		low |= ENTRY_LOW;
	if (flags & UK_IRQ_LEVEL)
		low |= ENTRY_LEVEL;
	uint32_t reg = ENTRY_REG(gsi - io->gsi_base);
	uk_irqflags_t irq = uk_spin_lock_irqsave(&lock);

	write(io, reg, low | ENTRY_MASKED);
	write(io, reg + 1, uk__apic_id() << 24);
	write(io, reg, low);
	uk_spin_unlock_irqrestore(&lock, irq);
	return 0;
}

void uk__apic_line_mask(unsigned int gsi)
{
	const struct ioapic *io = find(gsi);

	if (!io)
		return;
	uint32_t reg = ENTRY_REG(gsi - io->gsi_base);
	uk_irqflags_t irq = uk_spin_lock_irqsave(&lock);

	write(io, reg, read(io, reg) | ENTRY_MASKED);
	uk_spin_unlock_irqrestore(&lock, irq);
}
