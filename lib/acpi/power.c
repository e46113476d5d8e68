/* SPDX-License-Identifier: BSD-3-Clause */
#include "power.h"

#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/mmio.h>
#include <uk/mmu.h>

#define PM1_SCI_EN     (1u << 0)
#define PM1_SLP_TYP(t) ((uint32_t)(t) << 10)
#define PM1_SLP_EN     (1u << 13)
#define SLEEP_TYP(t)   ((uint32_t)(t) << 2) /* sleep control register, table 4.25 */
#define SLEEP_EN       (1u << 5)
#define PATIENCE       10000000u /* turns of a loop until a machine counts as still running */

#if CONFIG_HAS_IOPORTS
#include <uk/ioport.h>

static uint32_t port_read(uint16_t port)
{
	return uk_port_in16(port);
}

static void port_write(uint16_t port, unsigned int bits, uint32_t value)
{
	if (bits == 16)
		uk_port_out16(port, (uint16_t)value);
	else
		uk_port_out8(port, (uint8_t)value);
}
#else
static uint32_t port_read(uint16_t port uk_unused)
{
	return 0;
}

static void port_write(uint16_t port uk_unused, unsigned int bits uk_unused,
		       uint32_t value uk_unused)
{
}
#endif

static bool reachable(const struct uk_acpi_gas *reg)
{
	if (reg->space == UK_ACPI_IO)
		return CONFIG_HAS_IOPORTS && reg->address != 0 && reg->address < 0xffff;
	return reg->space == UK_ACPI_MEMORY && reg->address != 0;
}

static int reg_write(const struct uk_acpi_gas *reg, unsigned int bits, uint32_t value)
{
	if (!reachable(reg))
		return -ENODEV;
	if (reg->space == UK_ACPI_IO) {
		port_write((uint16_t)reg->address, bits, value);
		return 0;
	}

	volatile void *at = uk_mmio_map(reg->address, bits / 8);

	if (!at)
		return -ENODEV;
	if (bits == 16)
		uk_mmio_write16(at, (uint16_t)value);
	else
		uk_mmio_write8(at, (uint8_t)value);
	return 0;
}

static uint32_t pm1_read(const struct uk_acpi_gas *reg)
{
	if (!reachable(reg))
		return 0;
	if (reg->space == UK_ACPI_IO)
		return port_read((uint16_t)reg->address);

	volatile void *at = uk_mmio_map(reg->address, 2);

	return at ? uk_mmio_read16(at) : 0;
}

static int wait_for_the_end(void)
{
	for (unsigned int i = 0; i < PATIENCE; i++)
		uk_cpu_relax();
	return -EIO;
}

/* Firmware gives the PM1 registers to us only after this (section 4.8.2.5). */
void uk__acpi_take_over(const struct uk_acpi_fadt *fadt)
{
	if (!fadt->smi_command || !fadt->acpi_enable || !CONFIG_HAS_IOPORTS)
		return;
	if (pm1_read(&fadt->pm1a_control) & PM1_SCI_EN)
		return;
	port_write(fadt->smi_command, 8, fadt->acpi_enable);
	for (unsigned int i = 0; i < 1000 && !(pm1_read(&fadt->pm1a_control) & PM1_SCI_EN); i++)
		uk_cpu_relax();
}

static void pm1_sleep(const struct uk_acpi_gas *reg, uint8_t type)
{
	uint32_t keep = pm1_read(reg) & ~(PM1_SLP_TYP(7) | PM1_SLP_EN);

	(void)reg_write(reg, 16, keep | PM1_SLP_TYP(type) | PM1_SLP_EN);
}

int uk_acpi_poweroff(void)
{
	const struct uk_acpi_fadt *fadt = uk_acpi_fadt();
	const struct uk_acpi_table *dsdt = uk_acpi_find("DSDT");
	uint8_t type[2];

	if (!fadt || !dsdt || uk_acpi_aml_s5(dsdt, dsdt->length, type) != 0)
		return -ENODEV;
	if (fadt->hw_reduced) {
		if (reg_write(&fadt->sleep_control, 8, SLEEP_TYP(type[0]) | SLEEP_EN) != 0)
			return -ENODEV;
		return wait_for_the_end();
	}
	if (!reachable(&fadt->pm1a_control))
		return -ENODEV;
	uk__acpi_take_over(fadt);
	pm1_sleep(&fadt->pm1a_control, type[0]);
	if (reachable(&fadt->pm1b_control))
		pm1_sleep(&fadt->pm1b_control, type[1]);
	return wait_for_the_end();
}

int uk_acpi_reset(void)
{
	const struct uk_acpi_fadt *fadt = uk_acpi_fadt();

	if (!fadt || !fadt->has_reset || reg_write(&fadt->reset, 8, fadt->reset_value) != 0)
		return -ENODEV;
	return wait_for_the_end();
}
