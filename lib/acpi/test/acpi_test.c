/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/acpi.h>

#include <uk/errno.h>
#include <uk/string.h>
#include <uk/test.h>

/* A table under construction. */
static uint8_t buf[512] uk_aligned(8);
static size_t used;

static void put(const void *bytes, size_t n)
{
	memcpy(buf + used, bytes, n);
	used += n;
}

#define PUT(...) \
	do { \
		static const uint8_t bytes_[] = { __VA_ARGS__ }; \
		put(bytes_, sizeof(bytes_)); \
	} while (0)

static void begin(const char *sig)
{
	memset(buf, 0, sizeof(buf));
	memcpy(buf, sig, 4);
	used = sizeof(struct uk_acpi_table);
}

static struct uk_acpi_table *finish(void)
{
	struct uk_acpi_table *t = (struct uk_acpi_table *)buf;
	uint8_t sum = 0;

	t->length = (uint32_t)used;
	t->checksum = 0;
	for (size_t i = 0; i < used; i++)
		sum = (uint8_t)(sum + buf[i]);
	t->checksum = (uint8_t)-sum;
	return t;
}

static void set_sum(uint8_t *p, size_t len, size_t at)
{
	uint8_t sum = 0;

	p[at] = 0;
	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + p[i]);
	p[at] = (uint8_t)-sum;
}

UK_TEST(acpi, checksum_and_length)
{
	begin("TEST");
	PUT(1, 2, 3);
	const struct uk_acpi_table *t = finish();

	UK_EXPECT(uk_acpi_parse_valid(t, t->length));
	UK_EXPECT(!uk_acpi_parse_valid(t, t->length - 1));
	UK_EXPECT(!uk_acpi_parse_valid(t, 35));
	buf[37]++;
	UK_EXPECT(!uk_acpi_parse_valid(t, t->length));
}

static void make_rsdp(uint8_t *p, uint8_t revision, uint32_t rsdt, uint64_t xsdt)
{
	memset(p, 0, 36);
	memcpy(p, "RSD PTR ", 8);
	p[15] = revision;
	memcpy(p + 16, &rsdt, 4);
	p[20] = 36;
	memcpy(p + 24, &xsdt, 8);
	set_sum(p, 20, 8);
	set_sum(p, 36, 32);
}

UK_TEST(acpi, root_pointer)
{
	uint8_t p[36];
	unsigned int size;

	make_rsdp(p, 0, 0x1234000, 0x5678000);
	UK_EXPECT_EQ(uk_acpi_parse_rsdp(p, sizeof(p), &size), 0x1234000);
	UK_EXPECT_EQ(size, 4);
	make_rsdp(p, 2, 0x1234000, 0x5678000);
	UK_EXPECT_EQ(uk_acpi_parse_rsdp(p, sizeof(p), &size), 0x5678000);
	UK_EXPECT_EQ(size, 8);
	/* Cut off, or with a wrong second sum: the part of revision 1 still counts. */
	UK_EXPECT_EQ(uk_acpi_parse_rsdp(p, 20, &size), 0x1234000);
	p[33] ^= 1;
	UK_EXPECT_EQ(uk_acpi_parse_rsdp(p, sizeof(p), &size), 0x1234000);
	UK_EXPECT_EQ(size, 4);
	p[9] ^= 1;
	UK_EXPECT_EQ(uk_acpi_parse_rsdp(p, sizeof(p), &size), 0);
	UK_EXPECT_EQ(uk_acpi_parse_rsdp(p, 19, &size), 0);
}

UK_TEST(acpi, scan_of_bios_area)
{
	memset(buf, 0, sizeof(buf));
	make_rsdp(buf + 72, 0, 0x1000, 0); /* not on a 16-byte boundary */
	UK_EXPECT_EQ(uk_acpi_parse_scan(buf, sizeof(buf)), -ENOENT);
	memcpy(buf + 112, "RSD PTR ", 8); /* no checksum */
	make_rsdp(buf + 320, 0, 0x1000, 0);
	UK_EXPECT_EQ(uk_acpi_parse_scan(buf, sizeof(buf)), 320);
	UK_EXPECT_EQ(uk_acpi_parse_scan(buf, 339), -ENOENT);
	UK_EXPECT_EQ(uk_acpi_parse_scan(buf, 340), 320);
}

UK_TEST(acpi, madt_entries)
{
	struct uk_acpi_madt_entry e;
	size_t pos = 0;

	begin("APIC");
	PUT(0, 0, 0xe0, 0xfe, 1, 0, 0, 0);
	PUT(0, 8, 0, 7, 1, 0, 0, 0);                          /* LAPIC 7 */
	PUT(0x7f, 3, 0);                                      /* unknown */
	PUT(1, 12, 2, 0, 0, 0, 0xc0, 0xfe, 24, 0, 0, 0);      /* IO-APIC 2 */
	PUT(2, 10, 0, 0, 2, 0, 0, 0, 0xd, 0);                 /* IRQ 0 is GSI 2 */
	PUT(9, 16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0); /* x2APIC 256, off */
	const struct uk_acpi_table *t = finish();

	UK_EXPECT_EQ(uk_acpi_madt_lapic(t), 0xfee00000);
	UK_REQUIRE(uk_acpi_madt_next(t, &pos, &e));
	UK_EXPECT(e.type == UK_ACPI_MADT_LAPIC && e.cpu.id == 7 && e.cpu.usable);
	UK_REQUIRE(uk_acpi_madt_next(t, &pos, &e));
	UK_EXPECT(e.type == UK_ACPI_MADT_IOAPIC && e.ioapic.id == 2);
	UK_EXPECT(e.ioapic.address == 0xfec00000 && e.ioapic.gsi_base == 24);
	UK_REQUIRE(uk_acpi_madt_next(t, &pos, &e));
	UK_EXPECT(e.type == UK_ACPI_MADT_OVERRIDE && e.override.source == 0);
	UK_EXPECT(e.override.gsi == 2 && e.override.flags == 0xd);
	UK_REQUIRE(uk_acpi_madt_next(t, &pos, &e));
	UK_EXPECT(e.type == UK_ACPI_MADT_X2APIC && e.cpu.id == 256 && !e.cpu.usable);
	UK_EXPECT(!uk_acpi_madt_next(t, &pos, &e));
	UK_EXPECT(!uk_acpi_madt_next(t, &pos, &e));
}

UK_TEST(acpi, madt_hostile)
{
	struct uk_acpi_madt_entry e;
	size_t pos = 0;

	begin("APIC");
	PUT(0, 0, 0, 0, 0, 0, 0, 0);
	PUT(0, 4, 0, 0); /* too short for its type: skipped */
	PUT(0, 0);       /* would never end */
	PUT(0, 8, 0, 1, 1, 0, 0, 0);
	UK_EXPECT(!uk_acpi_madt_next(finish(), &pos, &e));
	pos = 0;
	begin("APIC");
	PUT(0, 0, 0, 0, 0, 0, 0, 0);
	PUT(0, 8, 0, 1); /* cut off */
	UK_EXPECT(!uk_acpi_madt_next(finish(), &pos, &e));
	pos = 0;
	begin("APIC");
	UK_EXPECT(!uk_acpi_madt_next(finish(), &pos, &e));
	UK_EXPECT_EQ(uk_acpi_madt_lapic(finish()), 0);
}

static void set32(size_t at, uint32_t v)
{
	memcpy(buf + at, &v, 4);
}

static void set64(size_t at, uint64_t v)
{
	memcpy(buf + at, &v, 8);
}

UK_TEST(acpi, fadt_revision_1)
{
	struct uk_acpi_fadt f;

	begin("FACP");
	used = 116;
	set32(40, 0x3fe0040);
	set32(64, 0x604);
	set32(76, 0x608);
	buf[89] = 2;
	buf[91] = 4;
	set32(112, 1u << 8);
	UK_EXPECT_EQ(uk_acpi_parse_fadt(buf, used, &f), 0);
	UK_EXPECT_EQ(f.dsdt, 0x3fe0040);
	UK_EXPECT(f.pm1a_control.space == UK_ACPI_IO && f.pm1a_control.address == 0x604);
	UK_EXPECT(f.pm_timer.address == 0x608 && f.pm_timer_32bit);
	UK_EXPECT(f.pm1b_control.address == 0 && !f.has_reset && !f.hw_reduced);
	UK_EXPECT_EQ(uk_acpi_parse_fadt(buf, 115, &f), -EINVAL);
}

UK_TEST(acpi, fadt_hardware_reduced)
{
	struct uk_acpi_fadt f;

	begin("FACP");
	used = 268;
	set32(112, 1u << 20 | 1u << 10);
	set64(120, 0xfea00202);
	buf[128] = 0x42;
	set64(140, 0x100000efcc0);
	set64(248, 0xfea00200);
	UK_EXPECT_EQ(uk_acpi_parse_fadt(buf, used, &f), 0);
	UK_EXPECT(f.hw_reduced && f.has_reset && f.reset_value == 0x42);
	UK_EXPECT_EQ(f.reset.address, 0xfea00202);
	UK_EXPECT_EQ(f.sleep_control.address, 0xfea00200);
	UK_EXPECT_EQ(f.dsdt, 0x100000efcc0);
	UK_EXPECT_EQ(uk_acpi_parse_fadt(buf, 255, &f), 0);
	UK_EXPECT_EQ(f.sleep_control.address, 0);
}

UK_TEST(acpi, mcfg)
{
	struct uk_acpi_mcfg_entry e;

	begin("MCFG");
	PUT(0, 0, 0, 0, 0, 0, 0, 0);
	PUT(0, 0, 0, 0xb0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0, 0, 0, 0);
	UK_EXPECT(uk_acpi_parse_mcfg(finish(), 0, &e));
	UK_EXPECT(e.base == 0xb0000000 && e.first_bus == 0 && e.last_bus == 255);
	UK_EXPECT(!uk_acpi_parse_mcfg(finish(), 1, &e));
	UK_EXPECT(!uk_acpi_parse_mcfg(finish(), ~0u, &e));
	used -= 1;
	UK_EXPECT(!uk_acpi_parse_mcfg(finish(), 0, &e));
}

UK_TEST(acpi, s5_package)
{
	static const uint8_t q35[] = { 0x08, '_', 'S', '5', '_', 0x12, 6, 4, 0, 0, 0, 0 };
	static const uint8_t other[] = { 0x08, '\\', '_',  'S', '5',  '_', 0x12,
					 7,    4,    0x0a, 5,   0x0a, 6,   0 };
	static const uint8_t cut[] = { 0x08, '_', 'S', '5', '_', 0x12, 40, 4, 0x0a, 5 };
	static const uint8_t odd[] = { 0x08, '_', 'S', '5', '_', 0x12, 3, 2, 0x0a };
	uint8_t type[2];

	UK_EXPECT_EQ(uk_acpi_aml_s5(q35, sizeof(q35), type), 0);
	UK_EXPECT(type[0] == 0 && type[1] == 0);
	UK_EXPECT_EQ(uk_acpi_aml_s5(other, sizeof(other), type), 0);
	UK_EXPECT(type[0] == 5 && type[1] == 6);
	UK_EXPECT_EQ(uk_acpi_aml_s5(cut, sizeof(cut), type), -ENOENT);
	UK_EXPECT_EQ(uk_acpi_aml_s5(odd, sizeof(odd), type), -ENOENT);
	UK_EXPECT_EQ(uk_acpi_aml_s5(q35, 5, type), -ENOENT);
	UK_EXPECT_EQ(uk_acpi_aml_s5(q35, 0, type), -ENOENT);
}

/* Device (NAME) { Name (_HID, "LNRO0005") Name (_CRS, one Memory32Fixed, one interrupt) } */
#define VIRTIO_DEVICE(a, b, base1, irq) \
	0x5b, 0x82, 0x34, 'V', 'R', a, b, 0x08, '_', 'H', 'I', 'D', 0x0d, 'L', 'N', 'R', 'O', '0', \
		'0', '0', '5', 0, 0x08, '_', 'C', 'R', 'S', 0x11, 0x1a, 0x0a, 0x17, 0x86, 9, 0, 1, \
		0, base1, 0xb0, 0xfe, 0, 2, 0, 0, 0x89, 6, 0, 1, 1, irq, 0, 0, 0, 0x79, 0

UK_TEST(acpi, virtio_devices)
{
	static const uint8_t aml[] = { 0x5b,
				       0x82,
				       0x0f,
				       'P',
				       'W',
				       'R',
				       'B',
				       0x08,
				       '_',
				       'H',
				       'I',
				       'D',
				       0x0d,
				       'P',
				       'N',
				       0,
				       VIRTIO_DEVICE('2', '3', 0x2e, 47),
				       VIRTIO_DEVICE('2', '2', 0x2c, 46) };
	struct uk_acpi_device d;
	size_t pos = 0;

	UK_REQUIRE(uk_acpi_aml_device(aml, sizeof(aml), "LNRO0005", &pos, &d));
	UK_EXPECT(d.base == 0xfeb02e00 && d.size == 512 && d.has_irq && d.gsi == 47);
	UK_EXPECT(!d.edge && !d.active_low);
	UK_REQUIRE(uk_acpi_aml_device(aml, sizeof(aml), "LNRO0005", &pos, &d));
	UK_EXPECT(d.base == 0xfeb02c00 && d.gsi == 46);
	UK_EXPECT(!uk_acpi_aml_device(aml, sizeof(aml), "LNRO0005", &pos, &d));
	pos = 0;
	UK_EXPECT(!uk_acpi_aml_device(aml, sizeof(aml), "LNRO000", &pos, &d));
}

/* As QEMU's microvm has it: an interrupt, and registers in an OperationRegion alone. */
UK_TEST(acpi, event_device)
{
	static const uint8_t ged[] = {
		0x5b, 0x82, 0x36, 'G',  'E', 'D', ' ', 0x08, '_',  'H', 'I',  'D',  0x0d, 'A',
		'C',  'P',  'I',  '0',  '0', '1', '3', 0,    0x08, '_', 'C',  'R',  'S',  0x11,
		14,   0x0a, 11,   0x89, 6,   0,   3,   1,    9,    0,   0,    0,    0x79, 0,
		0x5b, 0x80, 'E',  'R',  'E', 'G', 0,   0x0c, 0,    0,   0xa0, 0xfe, 0x0a, 4,
	};
	struct uk_acpi_device d;
	size_t pos = 0;

	UK_REQUIRE(uk_acpi_aml_device(ged, sizeof(ged), "ACPI0013", &pos, &d));
	UK_EXPECT(d.base == 0xfea00000 && d.size == 4);
	UK_EXPECT(d.has_irq && d.gsi == 9 && d.edge && !d.active_low);
	/* Cut off anywhere: no device, and nothing is read behind the end. */
	for (size_t len = 0; len < sizeof(ged); len++) {
		uint8_t *copy = buf + sizeof(buf) - len;

		memcpy(copy, ged, len);
		pos = 0;
		UK_EXPECT(!uk_acpi_aml_device(copy, len, "ACPI0013", &pos, &d));
	}
}

UK_TEST(acpi, device_inside_a_device)
{
	static const uint8_t aml[] = { 0x5b, 0x82, 0x3a, 'B',
				       'U',  'S',  '0',  VIRTIO_DEVICE('0', '1', 0, 5) };
	struct uk_acpi_device d;
	size_t pos = 0;
	unsigned int n = 0;

	while (uk_acpi_aml_device(aml, sizeof(aml), "LNRO0005", &pos, &d))
		n++;
	UK_EXPECT_EQ(n, 1);
}

/* The inner one is longer than what is looked at of a device: it is still not the outer one's. */
UK_TEST(acpi, long_device_inside_a_device)
{
	static const uint8_t inner[] = { VIRTIO_DEVICE('0', '1', 0, 5) };
	static uint8_t aml[2000];
	struct uk_acpi_device d;
	size_t pos = 0;
	unsigned int n = 0;

	memcpy(aml, "\x5b\x82\x4e\x7cPCI0", 8);         /* up to the end */
	memcpy(aml + 8, "\x5b\x82\x46\x7c", 4);         /* here two bytes of length */
	memcpy(aml + 12, inner + 3, sizeof(inner) - 3); /* and then the same */
	while (uk_acpi_aml_device(aml, sizeof(aml), "LNRO0005", &pos, &d))
		n++;
	UK_EXPECT_EQ(n, 1);
}

/* Every truncation and many changed bytes: nothing is read outside (the sanitizers see it). */
UK_TEST(acpi, hostile_aml)
{
	static const uint8_t good[] = { VIRTIO_DEVICE('2', '3', 0x2e, 47),
					0x08,
					'_',
					'S',
					'5',
					'_',
					0x12,
					7,
					4,
					0x0a,
					5,
					0,
					0,
					0 };
	struct uk_acpi_device d;
	uint8_t type[2];

	for (unsigned int round = 0; round < 20000; round++) {
		size_t len = uk_test_random_below(sizeof(good) + 1);
		uint8_t *copy = buf + sizeof(buf) - len; /* the end of buf is guarded */
		size_t pos = 0;

		memcpy(copy, good, len);
		for (unsigned int i = 0; len && i < round % 4; i++)
			copy[uk_test_random_below(len)] = (uint8_t)uk_test_random();
		while (uk_acpi_aml_device(copy, len, "LNRO0005", &pos, &d))
			;
		(void)uk_acpi_aml_s5(copy, len, type);
	}
	UK_EXPECT(true);
}
