/* SPDX-License-Identifier: BSD-3-Clause */
#include "../config.h"

#include <uk/string.h>
#include <uk/test.h>

/* A bus of a few functions, with registers that behave as sizes say. */
#define FUNCTIONS 5u

struct fake {
	unsigned int bdf;
	uint32_t space[64];
	uint32_t writable[6]; /* of the BARs */
	uint32_t fixed[6];    /* low bits */
};

static struct fake fakes[FUNCTIONS];
static unsigned int fake_count;
static unsigned long accesses;

static struct fake *fake_at(unsigned int bdf)
{
	for (unsigned int i = 0; i < fake_count; i++) {
		if (fakes[i].bdf == bdf)
			return &fakes[i];
	}
	return NULL;
}

static uint32_t fake_read(unsigned int bdf, unsigned int offset)
{
	const struct fake *f = fake_at(bdf);

	accesses++;
	UK_EXPECT(offset % 4 == 0 && offset < 256);
	return f ? f->space[offset / 4] : ~0u;
}

static void fake_write(unsigned int bdf, unsigned int offset, uint32_t value)
{
	struct fake *f = fake_at(bdf);
	unsigned int bar = offset / 4 - 4;

	UK_EXPECT(offset % 4 == 0 && offset < 256);
	if (f && bar < 6)
		f->space[offset / 4] = (value & f->writable[bar]) | f->fixed[bar];
	else if (f && offset == UK_PCI_COMMAND)
		f->space[1] = (f->space[1] & 0xffff0000) | (value & 0xffff);
}

static const struct access fake_access = { fake_read, fake_write, 256 };

static void begin(void)
{
	memset(fakes, 0, sizeof(fakes));
	fake_count = 0;
	accesses = 0;
	uk__pci_access = &fake_access;
}

static struct fake *add(unsigned int bus, unsigned int slot, unsigned int function, uint32_t id,
			uint32_t header)
{
	struct fake *f = &fakes[fake_count++];

	f->bdf = bus << 8 | slot << 3 | function;
	f->space[0] = id;
	f->space[3] = header << 16;
	return f;
}

static void set_byte(struct fake *f, unsigned int offset, uint8_t value)
{
	unsigned int shift = offset % 4 * 8;

	f->space[offset / 4] &= ~(0xffu << shift);
	f->space[offset / 4] |= (uint32_t)value << shift;
}

static void capability(struct fake *f, uint8_t at, uint8_t id, uint8_t next)
{
	set_byte(f, at, id);
	set_byte(f, at + 1, next);
}

static void count_ids(struct uk_pci_dev *dev, void *arg)
{
	*(uint64_t *)arg += dev->device;
}

UK_TEST(pci, scan_finds_functions_and_bridges)
{
	uint64_t sum = 0;

	begin();
	add(0, 0, 0, 0x00018086, 0);
	add(0, 3, 0, 0x00028086, 0x80);
	add(0, 3, 5, 0x00048086, 0x80);
	add(0, 31, 0, 0x00088086, 1)->space[6] = 0x00070700; /* bus 7 behind it */
	add(7, 1, 0, 0x00108086, 0);
	UK_EXPECT_EQ(uk__pci_scan(count_ids, &sum), 5);
	UK_EXPECT_EQ(sum, 0x1f);
}

UK_TEST(pci, scan_of_bridges_in_a_circle_ends)
{
	uint64_t sum = 0;

	begin();
	add(0, 1, 0, 0x00018086, 1)->space[6] = 0x00020200;
	add(2, 1, 0, 0x00028086, 1)->space[6] = 0x00000000;
	add(2, 2, 0, 0x00048086, 1)->space[6] = 0x00020200;
	UK_EXPECT_EQ(uk__pci_scan(count_ids, &sum), 3);
	UK_EXPECT_EQ(sum, 7);
}

UK_TEST(pci, empty_bus_is_cheap)
{
	uint64_t sum = 0;

	begin();
	UK_EXPECT_EQ(uk__pci_scan(count_ids, &sum), 0);
	UK_EXPECT_EQ(accesses, 32);
}

static struct uk_pci_dev device_of(const struct fake *f)
{
	return (struct uk_pci_dev){ .bus = (uint8_t)(f->bdf >> 8),
				    .slot = f->bdf >> 3 & 31,
				    .function = f->bdf & 7 };
}

UK_TEST(pci, capabilities_in_order)
{
	begin();
	struct fake *f = add(0, 2, 0, 0x10411af4, 0);
	struct uk_pci_dev dev = device_of(f);

	capability(f, 0x40, UK_PCI_CAP_VENDOR, 0x54);
	capability(f, 0x54, UK_PCI_CAP_MSIX, 0x98);
	capability(f, 0x98, UK_PCI_CAP_VENDOR, 0);
	set_byte(f, UK_PCI_CAPABILITIES, 0x40);
	UK_EXPECT_EQ(uk_pci_capability(&dev, UK_PCI_CAP_MSIX, 0), 0); /* status says none */
	f->space[1] = 0x00100000;
	UK_EXPECT_EQ(uk_pci_capability(&dev, UK_PCI_CAP_VENDOR, 0), 0x40);
	UK_EXPECT_EQ(uk_pci_capability(&dev, UK_PCI_CAP_VENDOR, 0x40), 0x98);
	UK_EXPECT_EQ(uk_pci_capability(&dev, UK_PCI_CAP_VENDOR, 0x98), 0);
	UK_EXPECT_EQ(uk_pci_capability(&dev, UK_PCI_CAP_MSIX, 0), 0x54);
}

UK_TEST(pci, hostile_capability_chains_end)
{
	begin();
	struct fake *f = add(0, 2, 0, 0x10411af4, 0);
	struct uk_pci_dev dev = device_of(f);

	f->space[1] = 0x00100000;
	set_byte(f, UK_PCI_CAPABILITIES, 0x40);
	capability(f, 0x40, UK_PCI_CAP_MSI, 0x50);
	capability(f, 0x50, UK_PCI_CAP_MSI, 0x40); /* a circle */
	UK_EXPECT_EQ(uk_pci_capability(&dev, UK_PCI_CAP_MSIX, 0), 0);
	capability(f, 0x50, UK_PCI_CAP_MSI, 0x08); /* into the header */
	UK_EXPECT_EQ(uk_pci_capability(&dev, UK_PCI_CAP_MSIX, 0), 0);
	for (unsigned int round = 0; round < 2000; round++) {
		for (unsigned int i = 16; i < 64; i++)
			f->space[i] = (uint32_t)uk_test_random();

		uint8_t at = 0;
		unsigned int n = 0;

		while (n < 10000 && (at = uk_pci_capability(&dev, UK_PCI_CAP_VENDOR, at)) != 0)
			n++;
	}
	UK_EXPECT(true);
}

static void set_bar(struct fake *f, unsigned int i, uint64_t size, uint32_t fixed, uint64_t base)
{
	uint64_t mask = ~(size - 1);

	f->writable[i] = (uint32_t)mask;
	f->fixed[i] = fixed;
	f->space[4 + i] = (uint32_t)base | fixed;
	if (fixed & 4) {
		f->writable[i + 1] = (uint32_t)(mask >> 32);
		f->space[5 + i] = (uint32_t)(base >> 32);
	}
}

UK_TEST(pci, bars_have_sizes)
{
	begin();
	struct fake *f = add(0, 2, 0, 0x10411af4, 0);
	struct uk_pci_dev dev = device_of(f);

	set_bar(f, 0, 0x20, 1, 0xc000);
	set_bar(f, 1, 0x1000, 0, 0xfebd1000);
	set_bar(f, 4, 0x4000, 0xc, 0x8000000000);
	f->space[1] = UK_PCI_COMMAND_MEMORY;
	uk__pci_bars_read(&dev);
	UK_EXPECT(dev.bar[0].is_port && dev.bar[0].base == 0xc000 && dev.bar[0].size == 0x20);
	UK_EXPECT(!dev.bar[1].is_port && dev.bar[1].base == 0xfebd1000);
	UK_EXPECT_EQ(dev.bar[1].size, 0x1000);
	UK_EXPECT_EQ(dev.bar[2].size, 0);
	UK_EXPECT(dev.bar[4].is_64bit && dev.bar[4].base == 0x8000000000);
	UK_EXPECT_EQ(dev.bar[4].size, 0x4000);
	UK_EXPECT_EQ(dev.bar[5].size, 0);
	/* As it was. */
	UK_EXPECT_EQ(f->space[8], 0xc);
	UK_EXPECT_EQ(f->space[9], 0x80);
	UK_EXPECT_EQ(f->space[1], UK_PCI_COMMAND_MEMORY);
}

UK_TEST(pci, bars_without_address_get_one)
{
	struct hole hole = { 0xe0000000, 0xfec00000 };

	begin();
	struct fake *f = add(0, 2, 0, 0x10411af4, 0);
	struct fake *g = add(0, 3, 0, 0x10411af4, 0);
	struct uk_pci_dev a = device_of(f);
	struct uk_pci_dev b = device_of(g);

	set_bar(f, 0, 0x1000, 0, 0xe0000000);
	set_bar(g, 1, 0x1000, 0, 0);
	set_bar(g, 4, 0x4000, 0xc, 0);
	uk__pci_bars_read(&a);
	uk__pci_bars_read(&b);
	uk__pci_bars_assign(&hole, &a);
	uk__pci_bars_assign(&hole, &b);
	UK_EXPECT_EQ(a.bar[0].base, 0xe0000000);
	UK_EXPECT_EQ(b.bar[1].base, 0xe0001000);
	UK_EXPECT_EQ(b.bar[4].base, 0xe0004000);
	UK_EXPECT_EQ(g->space[8], 0xe000400c);
	UK_EXPECT_EQ(g->space[9], 0);
	UK_EXPECT_EQ(hole.start, 0xe0008000);
}

/* Firmware gave some addresses, to devices with a driver here or without, at the hole's end. */
UK_TEST(pci, bars_fill_the_gaps)
{
	struct hole hole = { 0xe0000000, 0xfec00000 };

	begin();
	set_bar(add(0, 1, 0, 0x00018086, 0), 0, 0x1000, 0, 0xfebff000);
	set_bar(add(0, 2, 0, 0x00028086, 0), 0, 0x1000, 0, 0xe0001000);
	set_bar(add(0, 3, 0, 0x00038086, 0), 4, 0x4000, 0xc, 0xe0004000);
	struct fake *f = add(0, 4, 0, 0x10411af4, 0);
	struct uk_pci_dev dev = device_of(f);

	set_bar(f, 0, 0x1000, 0, 0);
	set_bar(f, 1, 0x1000, 0, 0);
	set_bar(f, 2, 0x4000, 0, 0);
	uk__pci_bars_read(&dev);
	uk__pci_bars_assign(&hole, &dev);
	UK_EXPECT_EQ(dev.bar[0].base, 0xe0000000);
	UK_EXPECT_EQ(dev.bar[1].base, 0xe0002000);
	UK_EXPECT_EQ(dev.bar[2].base, 0xe0008000);
	UK_EXPECT_EQ(fakes[0].space[4], 0xfebff000);
}

/* A BAR that is everywhere at each look: no endless search. */
static uint32_t moving_read(unsigned int bdf, unsigned int offset)
{
	if (bdf == 1u << 3 && offset == UK_PCI_BAR0)
		return 0xe0000000 + (uint32_t)(accesses++ % 0x1000 * 0x1000);
	return fake_read(bdf, offset);
}

UK_TEST(pci, hostile_bar_that_moves)
{
	static const struct access moving = { moving_read, fake_write, 256 };
	struct hole hole = { 0xe0000000, 0xfec00000 };

	begin();
	add(0, 1, 0, 0x00018086, 0);
	struct fake *f = add(0, 4, 0, 0x10411af4, 0);
	struct uk_pci_dev dev = device_of(f);

	set_bar(f, 0, 0x1000, 0, 0);
	uk__pci_bars_read(&dev);
	uk__pci_access = &moving;
	uk__pci_bars_assign(&hole, &dev);
	UK_EXPECT(dev.bar[0].base == 0 || dev.bar[0].base < 0xfec00000);
	uk__pci_access = &fake_access;
}

UK_TEST(pci, bars_that_do_not_fit_get_none)
{
	struct hole hole = { 0xfeb00000, 0xfec00000 };

	begin();
	struct fake *f = add(0, 2, 0, 0x10411af4, 0);
	struct uk_pci_dev dev = device_of(f);

	set_bar(f, 0, 0x10000000, 0, 0);
	set_bar(f, 2, 1ull << 40, 4, 0);
	uk__pci_bars_read(&dev);
	uk__pci_bars_assign(&hole, &dev);
	UK_EXPECT_EQ(dev.bar[0].base, 0);
	UK_EXPECT_EQ(dev.bar[2].size, 1ull << 40);
	UK_EXPECT_EQ(dev.bar[2].base, 0);
	UK_EXPECT_EQ(hole.start, 0xfeb00000);
}

UK_TEST(pci, narrow_writes_keep_the_rest)
{
	begin();
	struct fake *f = add(0, 2, 0, 0x10411af4, 0);
	struct uk_pci_dev dev = device_of(f);

	f->space[1] = 0x00100000;
	dev.bar[1] = (struct uk_pci_bar){ .base = 0x1000, .size = 0x1000 };
	uk_pci_enable(&dev);
	UK_EXPECT_EQ(f->space[1], 0x00100406);
	UK_EXPECT_EQ(uk_pci_read16(&dev, UK_PCI_DEVICE), 0x1041);
	UK_EXPECT_EQ(uk_pci_read8(&dev, 1), 0x1a);
}
