/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Firmware that says anything. The input is a list of tables, 2 bytes of length before each: the
 * target puts them into memory, makes lengths and sums right where the input does not ask for
 * wrong ones, and writes a root table that lists them. Then everything that reads tables runs.
 */

#include "input.h"
/* What it found is kept in variables of its own, which each input has to find empty. */
#include "lib/acpi/tables.c"

#define FIRMWARE   0x7fe0000ull
#define ROOT       0x40u
#define FIRST      0x400u
#define TABLES_MAX 32u

static struct {
	uint8_t *bytes; /* exactly as much as there is */
	size_t size;
} firmware;

const void *uk_plat_phys_read(uk_paddr_t pa, size_t len)
{
	if (pa == BIOS_AREA && len == BIOS_AREA_END - BIOS_AREA)
		return NULL;
	if (pa < FIRMWARE || pa - FIRMWARE > firmware.size || len > firmware.size - (pa - FIRMWARE))
		return NULL;
	return firmware.bytes + (pa - FIRMWARE);
}

static void set_sum(uint8_t *p, size_t len, size_t at)
{
	uint8_t sum = 0;

	if (len <= at)
		return;
	p[at] = 0;
	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + p[i]);
	p[at] = (uint8_t)-sum;
}

/* Where each table goes, and the end of the last one. */
static unsigned int lay_out(struct input in, uint64_t *entries, size_t *end)
{
	unsigned int n = 0;

	*end = FIRST;
	while (in.left > 2 && n < TABLES_MAX) {
		size_t len = in16(&in) & 0x3fff;

		len = UK_MIN(len, in.left);
		entries[n++] = FIRMWARE + *end;
		*end += len;
		in.at += len;
		in.left -= len;
	}
	return n;
}

static void put_tables(struct input in, unsigned int n, size_t at)
{
	for (unsigned int i = 0; i < n; i++) {
		uint16_t word = in16(&in);
		uint32_t len = UK_MIN(word & 0x3fffu, (uint32_t)in.left);

		in_copy(&in, firmware.bytes + at, len);
		if (len >= sizeof(struct uk_acpi_table) && !(word & 0x8000))
			memcpy(firmware.bytes + at + 4, &len, sizeof(len));
		if (!(word & 0x4000))
			set_sum(firmware.bytes + at, len, 9);
		at += len;
	}
}

/* Half of all machines have the older root table. */
static void put_root(const uint64_t *entries, unsigned int n, bool old)
{
	uint8_t *rsdp = firmware.bytes, *root = firmware.bytes + ROOT;
	uint32_t len = (uint32_t)sizeof(struct uk_acpi_table) + n * (old ? 4 : 8);
	uint64_t pa = FIRMWARE + ROOT;

	memcpy(rsdp, "RSD PTR ", 8);
	rsdp[15] = old ? 0 : 2;
	memcpy(rsdp + 16, &pa, 4);
	rsdp[20] = 36;
	memcpy(rsdp + 24, &pa, 8);
	set_sum(rsdp, 20, 8);
	set_sum(rsdp, 36, 32);
	memcpy(root, old ? "RSDT" : "XSDT", 4);
	memcpy(root + 4, &len, 4);
	for (unsigned int i = 0; i < n; i++)
		memcpy(root + sizeof(struct uk_acpi_table) + i * (old ? 4 : 8), &entries[i],
		       old ? 4 : 8);
	set_sum(root, len, 9);
}

static void saw_device(const struct uk_acpi_device *device, void *arg)
{
	(void)arg;
	MUST(device->size != 0);
}

static void read_apics(void)
{
	const struct uk_acpi_table *madt = uk_acpi_find("APIC");
	struct uk_acpi_madt_entry entry;
	size_t at = 0, last = 0;

	if (!madt)
		return;
	(void)uk_acpi_madt_lapic(madt);
	while (uk_acpi_madt_next(madt, &at, &entry)) {
		MUST(at > last && at <= madt->length);
		last = at;
	}
}

static void read_others(void)
{
	const struct uk_acpi_table *t;
	struct uk_acpi_mcfg_entry entry;
	uint8_t type[2];

	t = uk_acpi_find("MCFG");
	for (unsigned int i = 0; t && uk_acpi_parse_mcfg(t, i, &entry); i++)
		MUST(entry.first_bus <= entry.last_bus && entry.base);
	t = uk_acpi_find("HPET");
	if (t)
		(void)uk_acpi_parse_hpet(t);
	t = uk_acpi_find("DSDT");
	if (t && uk_acpi_aml_s5(t, t->length, type) == 0)
		MUST(type[0] < 8 && type[1] < 8);
	(void)uk_acpi_devices("LNRO0005", saw_device, NULL);
	(void)uk_acpi_devices("QEMU0002", saw_device, NULL);
}

/* The FADT names the last table as its DSDT unless it names one itself. */
static void name_dsdt(const uint64_t *entries, unsigned int n)
{
	for (unsigned int i = 0; n && i < n; i++) {
		size_t at = (size_t)(entries[i] - FIRMWARE);
		size_t len = (i + 1 < n ? (size_t)(entries[i + 1] - FIRMWARE) : firmware.size) - at;
		uint8_t *t = firmware.bytes + at;
		uint32_t pa = (uint32_t)entries[n - 1];

		if (len < 116 || memcmp(t, "FACP", 4) != 0 || t[40] || t[41] || t[42] || t[43])
			continue;
		memcpy(t + 40, &pa, 4);
		set_sum(t, len, 9);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	uint64_t entries[TABLES_MAX];
	uint8_t how = in8(&in);
	unsigned int n = lay_out(in, entries, &firmware.size), bits;

	/* As bytes without any order first. */
	(void)uk_acpi_parse_scan(data, size);
	(void)uk_acpi_parse_rsdp(data, size, &bits);

	firmware.bytes = calloc(1, firmware.size);
	if (!firmware.bytes)
		abort();
	put_tables(in, n, FIRST);
	name_dsdt(entries, n);
	put_root(entries, n, how & 1);
	if (how & 2)
		in_copy(&in, firmware.bytes, 64);
	memset(&tables, 0, sizeof(tables));
	memset(&fixed, 0, sizeof(fixed));
	uk_plat_bootinfo.rsdp = FIRMWARE;
	read_apics();
	read_others();
	free(firmware.bytes);
	return 0;
}
