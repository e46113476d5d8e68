/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/acpi.h>

#include "bytes.h"
#include <uk/errno.h>

#define HEADER    sizeof(struct uk_acpi_table)
#define RSDP_V1   20u
#define RSDP_V2   36u
#define MADT_HEAD (HEADER + 8)
#define MCFG_HEAD (HEADER + 8)

#define MADT_ENABLED 1u /* ACPI 6.4, table 5.23 */

static bool sums_to_zero(const uint8_t *p, size_t len)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + p[i]);
	return sum == 0;
}

bool uk_acpi_parse_valid(const void *table, size_t len)
{
	return len >= HEADER && len <= UK_ACPI_TABLE_MAX && get32((const char *)table + 4) == len &&
	       sums_to_zero(table, len);
}

uk_paddr_t uk_acpi_parse_rsdp(const void *rsdp, size_t len, unsigned int *entry_size)
{
	const uint8_t *p = rsdp;

	if (len < RSDP_V1 || memcmp(p, "RSD PTR ", 8) != 0 || !sums_to_zero(p, RSDP_V1))
		return 0;
	if (p[15] >= 2 && len >= RSDP_V2) {
		uint32_t whole = get32(p + 20);

		if (whole >= RSDP_V2 && whole <= len && sums_to_zero(p, whole) && get64(p + 24)) {
			*entry_size = 8;
			return get64(p + 24);
		}
	}
	*entry_size = 4;
	return get32(p + 16);
}

long uk_acpi_parse_scan(const void *area, size_t len)
{
	const uint8_t *p = area;
	unsigned int size;

	for (size_t at = 0; at + RSDP_V1 <= len; at += 16) {
		if (p[at] == 'R' && uk_acpi_parse_rsdp(p + at, len - at, &size))
			return (long)at;
	}
	return -ENOENT;
}

uint32_t uk_acpi_madt_lapic(const struct uk_acpi_table *madt)
{
	if (madt->length < MADT_HEAD)
		return 0;
	return get32((const uint8_t *)madt + HEADER);
}

/* Fill `entry` from p[len]; false if it is of a type (or a shortness) that is of no use. */
static bool madt_decode(const uint8_t *p, uint8_t len, struct uk_acpi_madt_entry *entry)
{
	static const uint8_t least[] = {
		[UK_ACPI_MADT_LAPIC] = 8,     [UK_ACPI_MADT_IOAPIC] = 12,
		[UK_ACPI_MADT_OVERRIDE] = 10, [UK_ACPI_MADT_LAPIC_ADDRESS] = 12,
		[UK_ACPI_MADT_X2APIC] = 16,
	};

	if (p[0] >= UK_ARRAY_SIZE(least) || least[p[0]] == 0 || len < least[p[0]])
		return false;
	entry->type = p[0];
	switch (entry->type) {
	case UK_ACPI_MADT_LAPIC:
		entry->cpu.uid = p[2];
		entry->cpu.id = p[3];
		entry->cpu.usable = get32(p + 4) & MADT_ENABLED;
		break;
	case UK_ACPI_MADT_IOAPIC:
		entry->ioapic.id = p[2];
		entry->ioapic.address = get32(p + 4);
		entry->ioapic.gsi_base = get32(p + 8);
		break;
	case UK_ACPI_MADT_OVERRIDE:
		entry->override.source = p[3];
		entry->override.gsi = get32(p + 4);
		entry->override.flags = get16(p + 8);
		break;
	case UK_ACPI_MADT_LAPIC_ADDRESS: entry->lapic_address = get64(p + 4); break;
	case UK_ACPI_MADT_X2APIC:
		entry->cpu.id = get32(p + 4);
		entry->cpu.usable = get32(p + 8) & MADT_ENABLED;
		entry->cpu.uid = get32(p + 12);
		break;
	default: return false;
	}
	return true;
}

bool uk_acpi_madt_next(const struct uk_acpi_table *madt, size_t *pos,
		       struct uk_acpi_madt_entry *entry)
{
	const uint8_t *p = (const uint8_t *)madt;
	size_t at = *pos < MADT_HEAD ? MADT_HEAD : *pos;
	size_t end = madt->length;

	while (at + 2 <= end) {
		uint8_t len = p[at + 1];

		if (len < 2 || len > end - at)
			break;
		bool known = madt_decode(p + at, len, entry);

		at += len;
		if (known) {
			*pos = at;
			return true;
		}
	}
	*pos = end;
	return false;
}

bool uk_acpi_parse_mcfg(const struct uk_acpi_table *mcfg, unsigned int index,
			struct uk_acpi_mcfg_entry *entry)
{
	const uint8_t *p = (const uint8_t *)mcfg;
	size_t at = MCFG_HEAD + (size_t)index * 16;

	if (mcfg->length < 16 || at > mcfg->length - 16)
		return false;
	entry->base = get64(p + at);
	entry->segment = get16(p + at + 8);
	entry->first_bus = p[at + 10];
	entry->last_bus = p[at + 11];
	return entry->first_bus <= entry->last_bus && entry->base &&
	       UK_IS_ALIGNED(entry->base, UK_PAGE_SIZE);
}

uint64_t uk_acpi_parse_hpet(const struct uk_acpi_table *hpet)
{
	const uint8_t *p = (const uint8_t *)hpet;

	if (hpet->length < HEADER + 20 || p[HEADER + 4] != UK_ACPI_MEMORY)
		return 0;
	return get64(p + HEADER + 8);
}
