/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/acpi.h>

#include "bytes.h"
#include <uk/atomic.h>
#include <uk/errno.h>
#include <uk/log.h>
#include <uk/plat.h>

#define BIOS_AREA     0xe0000u /* section 5.2.5.1 */
#define BIOS_AREA_END 0x100000u
#define RSDP_SIZE     36u

/*
 * What was found, written before `state` is released. Two CPUs that come first at the same time
 * find and write the same.
 */
enum { UNKNOWN, ABSENT, KNOWN };
static struct {
	unsigned int state;
	const uint8_t *root; /* RSDT or XSDT */
	unsigned int entry_size;
	unsigned int count;
} tables;

static struct {
	unsigned int state;
	struct uk_acpi_fadt fadt;
} fixed;

/* Map and check the table at pa; NULL if it is not one. */
static const struct uk_acpi_table *map_table(uk_paddr_t pa)
{
	const struct uk_acpi_table *t = pa ? uk_plat_phys_read(pa, sizeof(*t)) : NULL;

	if (!t)
		return NULL;

	uint32_t len = t->length;

	if (len < sizeof(*t) || len > UK_ACPI_TABLE_MAX) {
		uk_warn("table %.4s at 0x%llx: bad length %u", t->sig, (unsigned long long)pa, len);
		return NULL;
	}
	t = uk_plat_phys_read(pa, len);
	if (!t || !uk_acpi_parse_valid(t, len)) {
		uk_warn("table at 0x%llx: bad checksum, or not memory", (unsigned long long)pa);
		return NULL;
	}
	return t;
}

static const uint8_t *find_rsdp(void)
{
	uk_paddr_t pa = uk_plat_bootinfo.rsdp;

	if (pa)
		return uk_plat_phys_read(pa, RSDP_SIZE);
	if (CONFIG_ACPI_SCAN) {
		const uint8_t *area = uk_plat_phys_read(BIOS_AREA, BIOS_AREA_END - BIOS_AREA);
		long at = area ? uk_acpi_parse_scan(area, BIOS_AREA_END - BIOS_AREA) : -ENOENT;

		return at < 0 ? NULL : area + at;
	}
	return NULL;
}

static bool look(void)
{
	const uint8_t *rsdp = find_rsdp();
	unsigned int size = 4;
	uk_paddr_t root = rsdp ? uk_acpi_parse_rsdp(rsdp, RSDP_SIZE, &size) : 0;
	const struct uk_acpi_table *t = map_table(root);

	if (!t) {
		if (rsdp)
			uk_warn("no usable root table");
		return false;
	}
	tables.root = (const uint8_t *)t;
	tables.entry_size = size;
	tables.count = (unsigned int)((t->length - sizeof(*t)) / size);
	if (tables.count > UK_ACPI_TABLES_MAX)
		tables.count = UK_ACPI_TABLES_MAX;
	return true;
}

static bool known(void)
{
	/* Acquire: pairs with the release below, by which the fields are there. */
	unsigned int state = uk_load_acquire(&tables.state);

	if (state == UNKNOWN) {
		state = look() ? KNOWN : ABSENT;
		uk_store_release(&tables.state, state);
	}
	return state == KNOWN;
}

static uk_paddr_t root_entry(unsigned int i)
{
	const uint8_t *at = tables.root + sizeof(struct uk_acpi_table) + i * tables.entry_size;

	return tables.entry_size == 8 ? get64(at) : get32(at);
}

const struct uk_acpi_table *uk_acpi_find_nth(const char sig[4], unsigned int nth)
{
	if (!known())
		return NULL;
	if (memcmp(sig, "DSDT", 4) == 0) {
		const struct uk_acpi_fadt *fadt = uk_acpi_fadt();

		return fadt && nth == 0 ? map_table(fadt->dsdt) : NULL;
	}
	for (unsigned int i = 0; i < tables.count; i++) {
		uk_paddr_t pa = root_entry(i);
		const char *head = pa ? uk_plat_phys_read(pa, sizeof(struct uk_acpi_table)) : NULL;
		const struct uk_acpi_table *t;

		if (!head || memcmp(head, sig, 4) != 0)
			continue;
		t = map_table(pa);
		if (t && nth-- == 0)
			return t;
	}
	return NULL;
}

const struct uk_acpi_table *uk_acpi_find(const char sig[4])
{
	return uk_acpi_find_nth(sig, 0);
}

const struct uk_acpi_fadt *uk_acpi_fadt(void)
{
	/* Acquire: pairs with the release below. */
	unsigned int state = uk_load_acquire(&fixed.state);

	if (state == UNKNOWN) {
		const struct uk_acpi_table *t = uk_acpi_find("FACP");

		state = t && uk_acpi_parse_fadt(t, t->length, &fixed.fadt) == 0 ? KNOWN : ABSENT;
		uk_store_release(&fixed.state, state);
	}
	return state == KNOWN ? &fixed.fadt : NULL;
}

static unsigned int devices_of(const struct uk_acpi_table *t, const char *hid,
			       void (*fn)(const struct uk_acpi_device *, void *), void *arg)
{
	struct uk_acpi_device device;
	unsigned int n = 0;
	size_t pos = sizeof(*t);

	for (; t && uk_acpi_aml_device(t, t->length, hid, &pos, &device); n++)
		fn(&device, arg);
	return n;
}

unsigned int uk_acpi_devices(const char *hid, void (*fn)(const struct uk_acpi_device *, void *),
			     void *arg)
{
	unsigned int n = devices_of(uk_acpi_find("DSDT"), hid, fn, arg);

	for (unsigned int i = 0; i < UK_ACPI_TABLES_MAX; i++) {
		const struct uk_acpi_table *t = uk_acpi_find_nth("SSDT", i);

		if (!t)
			break;
		n += devices_of(t, hid, fn, arg);
	}
	return n;
}
