/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/acpi.h>

#include "bytes.h"
#include <uk/errno.h>

/* Offsets of ACPI 6.4, table 5.9. */
enum {
	FADT_DSDT = 40,
	FADT_SCI = 46,
	FADT_SMI_CMD = 48,
	FADT_ACPI_ENABLE = 52,
	FADT_PM1A_CNT = 64,
	FADT_PM1B_CNT = 68,
	FADT_PM_TMR = 76,
	FADT_PM1_CNT_LEN = 89,
	FADT_PM_TMR_LEN = 91,
	FADT_FLAGS = 112,
	FADT_V1_END = 116,
	FADT_RESET = 116,
	FADT_RESET_VALUE = 128,
	FADT_X_DSDT = 140,
	FADT_X_PM1A_CNT = 172,
	FADT_X_PM1B_CNT = 184,
	FADT_X_PM_TMR = 208,
	FADT_SLEEP_CONTROL = 244,
};

#define FADT_TMR_VAL_EXT (1u << 8)
#define FADT_RESET_REG   (1u << 10)
#define FADT_HW_REDUCED  (1u << 20)
#define FADT_GAS_SIZE    12u

/* The structure at `offset`, if the table reaches so far and it is set; else leaves *gas. */
static void take_gas(const uint8_t *p, size_t len, size_t offset, struct uk_acpi_gas *gas)
{
	if (len < offset + FADT_GAS_SIZE || get64(p + offset + 4) == 0)
		return;
	gas->space = p[offset];
	gas->bits = p[offset + 1];
	gas->address = get64(p + offset + 4);
}

/* A register block of revision 1: a port and its length in bytes. */
static void take_port(const uint8_t *p, size_t offset, uint8_t bytes, struct uk_acpi_gas *gas)
{
	gas->space = UK_ACPI_IO;
	gas->bits = (uint8_t)(bytes > 4 ? 32 : bytes * 8);
	gas->address = bytes ? get32(p + offset) : 0;
}

int uk_acpi_parse_fadt(const void *table, size_t len, struct uk_acpi_fadt *fadt)
{
	const uint8_t *p = table;

	*fadt = (struct uk_acpi_fadt){ 0 };
	if (len < FADT_V1_END)
		return -EINVAL;

	uint32_t flags = get32(p + FADT_FLAGS);

	fadt->dsdt = get32(p + FADT_DSDT);
	if (len >= FADT_X_DSDT + 8 && get64(p + FADT_X_DSDT))
		fadt->dsdt = get64(p + FADT_X_DSDT);
	fadt->hw_reduced = (flags & FADT_HW_REDUCED) != 0;
	fadt->sci = get16(p + FADT_SCI);
	if (!fadt->hw_reduced) {
		take_port(p, FADT_PM1A_CNT, p[FADT_PM1_CNT_LEN], &fadt->pm1a_control);
		take_port(p, FADT_PM1B_CNT, p[FADT_PM1_CNT_LEN], &fadt->pm1b_control);
		take_port(p, FADT_PM_TMR, p[FADT_PM_TMR_LEN], &fadt->pm_timer);
		take_gas(p, len, FADT_X_PM1A_CNT, &fadt->pm1a_control);
		take_gas(p, len, FADT_X_PM1B_CNT, &fadt->pm1b_control);
		take_gas(p, len, FADT_X_PM_TMR, &fadt->pm_timer);
		fadt->pm_timer_32bit = (flags & FADT_TMR_VAL_EXT) != 0;
		fadt->smi_command = (uint16_t)get32(p + FADT_SMI_CMD);
		fadt->acpi_enable = p[FADT_ACPI_ENABLE];
	}
	if ((flags & FADT_RESET_REG) && len > FADT_RESET_VALUE) {
		take_gas(p, len, FADT_RESET, &fadt->reset);
		fadt->reset_value = p[FADT_RESET_VALUE];
		fadt->has_reset = fadt->reset.address != 0;
	}
	take_gas(p, len, FADT_SLEEP_CONTROL, &fadt->sleep_control);
	return 0;
}
