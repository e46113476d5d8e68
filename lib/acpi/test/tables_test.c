/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/acpi.h>

#include <uk/plat.h>
#include <uk/string.h>
#include <uk/test.h>

/* A machine whose firmware is right in places. What it says is read once: one machine for all. */
#define BASE 0x7fe0000ull
#define SIZE 0x4000u

static uint8_t memory[SIZE] uk_aligned(16);

const void *uk_plat_phys_read(uk_paddr_t pa, size_t len)
{
	if (pa < BASE || pa >= BASE + SIZE || len > BASE + SIZE - pa)
		return NULL;
	return memory + (pa - BASE);
}

static void set_sum(uint8_t *p, size_t len, size_t at)
{
	uint8_t sum = 0;

	p[at] = 0;
	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + p[i]);
	p[at] = (uint8_t)-sum;
}

static uint8_t *table(uint32_t offset, const char *sig, uint32_t len)
{
	uint8_t *p = memory + offset;

	memcpy(p, sig, 4);
	memcpy(p + 4, &len, 4);
	set_sum(p, len, 9);
	return p;
}

/* Name (_S5, Package () { 5, 0, 0, 0 }) */
static const uint8_t s5[] = { 0x08, '_', 'S', '5', '_', 0x12, 7, 4, 0x0a, 5, 0, 0, 0 };

/* Device (VRxx) with _HID "LNRO0005" and _CRS of one memory range and one interrupt. */
static void put_device(uint8_t *at, uint8_t irq)
{
	static const uint8_t device[] = {
		0x5b, 0x82, 0x34, 'V',  'R', '0', '0', 0x08, '_',  'H',  'I',  'D', 0x0d, 'L',
		'N',  'R',  'O',  '0',  '0', '0', '5', 0,    0x08, '_',  'C',  'R', 'S',  0x11,
		0x1a, 0x0a, 0x17, 0x86, 9,   0,   1,   0,    0x2e, 0xb0, 0xfe, 0,   2,    0,
		0,    0x89, 6,    0,    1,   1,   0,   0,    0,    0,    0x79, 0,
	};

	memcpy(at, device, sizeof(device));
	at[48] = irq;
}

static void put_root(void)
{
	static const uint64_t entries[] = {
		0,
		1,
		BASE + SIZE - 8, /* cut off by the end */
		~0ull,
		BASE + 0x1000,
		BASE + 0x1100,
		BASE + 0x1200,
		BASE + 0x1300,
		BASE + 0x2000,
		BASE + 0x2100,
		BASE + 0x2180,
		BASE + 0x2200,
	};
	uint64_t xsdt = BASE + 0x100;

	memcpy(memory, "RSD PTR ", 8);
	memory[15] = 2;
	memory[20] = 36;
	memcpy(memory + 24, &xsdt, 8);
	set_sum(memory, 20, 8);
	set_sum(memory, 36, 32);
	memcpy(memory + 0x100 + 36, entries, sizeof(entries));
	table(0x100, "XSDT", 36 + sizeof(entries));
	uk_plat_bootinfo.rsdp = BASE;
}

static void make_machine(void)
{
	uint32_t dsdt = (uint32_t)BASE + 0x3000;
	uint32_t huge = 0x7fffffff;

	if (uk_plat_bootinfo.rsdp)
		return;
	table(0x1000, "BAD1", 64)[40]++; /* checksum */
	memcpy(table(0x1100, "BAD2", 64) + 4, &huge, 4);
	memset(table(0x1200, "BAD3", 64) + 4, 0, 4);
	memcpy(table(0x1300, "BAD4", 64) + 4, "\x00\x40\x00\x00", 4); /* beyond the end */
	memcpy(memory + 0x2000 + 40, &dsdt, 4);
	table(0x2000, "FACP", 116);
	put_device(memory + 0x2100 + 36, 46);
	table(0x2100, "SSDT", 36 + 60);
	table(0x2180, "SSDT", 64)[40]++; /* nor does this one hide the next */
	put_device(memory + 0x2200 + 36, 45);
	table(0x2200, "SSDT", 36 + 60);
	put_device(memory + 0x3000 + 36, 47);
	memcpy(memory + 0x3000 + 100, s5, sizeof(s5));
	table(0x3000, "DSDT", 120);
	put_root();
}

UK_TEST(acpi_tables, finds_what_is_right)
{
	make_machine();
	const struct uk_acpi_table *t = uk_acpi_find("FACP");

	UK_REQUIRE(t);
	UK_EXPECT_EQ(t->length, 116);
	UK_EXPECT(uk_acpi_find("DSDT") && uk_acpi_find("DSDT")->length == 120);
	UK_EXPECT(uk_acpi_find_nth("SSDT", 1) && !uk_acpi_find_nth("SSDT", 2));
	UK_EXPECT(uk_acpi_find_nth("SSDT", 0) != uk_acpi_find_nth("SSDT", 1));
	UK_EXPECT(!uk_acpi_find("HPET"));
	UK_REQUIRE(uk_acpi_fadt());
	UK_EXPECT_EQ(uk_acpi_fadt()->dsdt, BASE + 0x3000);
}

UK_TEST(acpi_tables, what_is_wrong_is_absent)
{
	make_machine();
	UK_EXPECT(!uk_acpi_find("BAD1"));
	UK_EXPECT(!uk_acpi_find("BAD2"));
	UK_EXPECT(!uk_acpi_find("BAD3"));
	UK_EXPECT(!uk_acpi_find("BAD4"));
}

static void collect(const struct uk_acpi_device *device, void *arg)
{
	UK_EXPECT_EQ(device->base, 0xfeb02e00);
	*(uint64_t *)arg |= 1ull << device->gsi;
}

UK_TEST(acpi_tables, devices_of_all_tables)
{
	uint64_t gsis = 0;

	make_machine();
	UK_EXPECT_EQ(uk_acpi_devices("LNRO0005", collect, &gsis), 3);
	UK_EXPECT_EQ(gsis, 7ull << 45);
}
