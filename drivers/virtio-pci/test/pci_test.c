/* SPDX-License-Identifier: BSD-3-Clause */
#include "../caps.h"

#include <uk/errno.h>
#include <uk/string.h>
#include <uk/test.h>
#include <uk/virtio.h>

/* One function; this file is the PCI library here. */
static uint8_t space[512];

static uint32_t get(unsigned int offset, unsigned int width)
{
	uint32_t v = 0;

	UK_EXPECT(offset + width <= 256);
	memcpy(&v, space + offset, width);
	return v;
}

uint8_t uk_pci_read8(const struct uk_pci_dev *dev uk_unused, unsigned int offset)
{
	return (uint8_t)get(offset, 1);
}

uint16_t uk_pci_read16(const struct uk_pci_dev *dev uk_unused, unsigned int offset)
{
	return (uint16_t)get(offset, 2);
}

uint32_t uk_pci_read32(const struct uk_pci_dev *dev uk_unused, unsigned int offset)
{
	return get(offset, 4);
}

/* Without a bound of its own, as the worst that the caller may meet. */
uint8_t uk_pci_capability(const struct uk_pci_dev *dev uk_unused, uint8_t id, uint8_t after)
{
	uint8_t at = space[after ? after + 1 : UK_PCI_CAPABILITIES];

	return at && space[at] == id ? at : 0;
}

/* Registers that keep what is written; vectors that are requested. */
static uint8_t registers[0x4000] uk_aligned(64);
static unsigned int vectors;

void uk_pci_enable(struct uk_pci_dev *dev uk_unused)
{
}

volatile void *uk_pci_map(struct uk_pci_dev *dev, unsigned int bar, uint64_t offset, uint64_t len)
{
	UK_EXPECT(offset + len <= dev->bar[bar].size);
	return registers + offset;
}

int uk_pci_msix_enable(struct uk_pci_dev *dev uk_unused)
{
	return 0;
}

int uk_pci_msix_request(struct uk_pci_dev *dev uk_unused, unsigned int vector, uk_virtio_handler fn,
			void *arg uk_unused)
{
	UK_EXPECT(fn && !(vectors & 1u << vector));
	vectors |= 1u << vector;
	return 0;
}

void uk_pci_msix_free(struct uk_pci_dev *dev uk_unused, unsigned int vector)
{
	vectors &= ~(1u << vector);
}

static void put(uint8_t at, uint8_t next, uint8_t type, uint8_t bar, uint32_t offset, uint32_t len)
{
	memset(space + at, 0, 16);
	space[at] = UK_PCI_CAP_VENDOR;
	space[at + 1] = next;
	space[at + 2] = 16;
	space[at + 3] = type;
	space[at + 4] = bar;
	memcpy(space + at + 8, &offset, 4);
	memcpy(space + at + 12, &len, 4);
}

static struct uk_pci_dev begin(void)
{
	struct uk_pci_dev dev = { .vendor = 0x1af4, .device = 0x1041 };

	memset(space, 0, sizeof(space));
	space[UK_PCI_CAPABILITIES] = 0x40;
	dev.bar[4] = (struct uk_pci_bar){ .base = 0xfe000000, .size = 0x4000 };
	return dev;
}

UK_TEST(virtio_pci, places)
{
	struct uk_pci_dev dev = begin();
	struct place p;

	put(0x40, 0x50, CAP_COMMON, 4, 0, 0x1000);
	put(0x50, 0, CAP_NOTIFY, 4, 0x3000, 0x1000);
	space[0x52] = 20;
	space[0x60] = 4;
	UK_EXPECT(uk__virtio_pci_find(&dev, CAP_COMMON, &p));
	UK_EXPECT(p.bar == 4 && p.offset == 0 && p.length == 0x1000);
	UK_EXPECT(uk__virtio_pci_find(&dev, CAP_NOTIFY, &p));
	UK_EXPECT(p.offset == 0x3000 && p.multiplier == 4);
	UK_EXPECT(!uk__virtio_pci_find(&dev, CAP_DEVICE, &p));
}

UK_TEST(virtio_pci, places_outside_are_refused)
{
	struct uk_pci_dev dev = begin();
	struct place p;
	static const struct {
		uint8_t bar;
		uint32_t offset;
		uint32_t length;
	} wrong[] = {
		{ 4, 0x4000, 1 }, { 4, 0, 0x4001 }, { 4, 0xfffff000, 0x2000 }, { 4, 0, 0 },
		{ 0, 0, 0x1000 }, { 6, 0, 0x1000 }, { 255, 0, 0x1000 },        { 4, 1, 0xffffffff },
	};

	for (unsigned int i = 0; i < UK_ARRAY_SIZE(wrong); i++) {
		put(0x40, 0, CAP_COMMON, wrong[i].bar, wrong[i].offset, wrong[i].length);
		UK_EXPECT(!uk__virtio_pci_find(&dev, CAP_COMMON, &p));
	}
	/* A later one may be right. */
	put(0x40, 0x50, CAP_COMMON, 9, 0, 0x1000);
	put(0x50, 0, CAP_COMMON, 4, 0x1000, 0x1000);
	UK_EXPECT(uk__virtio_pci_find(&dev, CAP_COMMON, &p));
	UK_EXPECT_EQ(p.offset, 0x1000);
	dev.bar[4].is_port = true;
	UK_EXPECT(!uk__virtio_pci_find(&dev, CAP_COMMON, &p));
}

UK_TEST(virtio_pci, hostile_chains_end)
{
	struct uk_pci_dev dev = begin();
	struct place p;

	put(0x40, 0x50, CAP_ISR, 4, 0, 4);
	put(0x50, 0x40, CAP_ISR, 4, 0, 4);
	UK_EXPECT(!uk__virtio_pci_find(&dev, CAP_COMMON, &p));
	put(0x40, 0xf8, CAP_ISR, 4, 0, 4);
	put(0xf8, 0, CAP_COMMON, 4, 0, 0x1000); /* half behind the end */
	UK_EXPECT(!uk__virtio_pci_find(&dev, CAP_COMMON, &p));
	put(0x40, 0xf0, CAP_ISR, 4, 0, 4);
	put(0xf0, 0, CAP_NOTIFY, 4, 0, 0x1000); /* its multiplier is */
	UK_EXPECT(!uk__virtio_pci_find(&dev, CAP_NOTIFY, &p));
}

UK_TEST(virtio_pci, doorbells_lie_inside)
{
	struct place p = { .length = 0x1000, .multiplier = 4 };

	UK_EXPECT_EQ(uk__virtio_pci_doorbell(&p, 0), 0);
	UK_EXPECT_EQ(uk__virtio_pci_doorbell(&p, 3), 12);
	UK_EXPECT_EQ(uk__virtio_pci_doorbell(&p, 0x3ff), 0xffc);
	UK_EXPECT_EQ(uk__virtio_pci_doorbell(&p, 0x400), -EIO);
	p.multiplier = 0xffffffff;
	UK_EXPECT_EQ(uk__virtio_pci_doorbell(&p, 0xffff), -EIO);
	UK_EXPECT_EQ(uk__virtio_pci_doorbell(&p, 0), 0);
	p.length = 1;
	UK_EXPECT_EQ(uk__virtio_pci_doorbell(&p, 0), -EIO);
	p = (struct place){ .length = 2, .multiplier = 0 };
	UK_EXPECT_EQ(uk__virtio_pci_doorbell(&p, 7), 0);
}

UK_TEST(virtio_pci, types)
{
	struct uk_pci_dev dev = begin();

	UK_EXPECT_EQ(uk__virtio_pci_type(&dev), 1);
	dev.device = 0x1000;
	space[UK_PCI_SUBSYSTEM + 2] = 1;
	UK_EXPECT_EQ(uk__virtio_pci_type(&dev), 1);
	dev.device = 0x1110; /* ivshmem */
	UK_EXPECT_EQ(uk__virtio_pci_type(&dev), 0);
	dev.vendor = 0x8086;
	dev.device = 0x1041;
	UK_EXPECT_EQ(uk__virtio_pci_type(&dev), 0);
}

/* A driver for network devices that takes an interrupt and then has its word. */
static int verdict;
static struct uk_virtio_dev *offered;

static void nothing(void *arg uk_unused)
{
}

static int driver_probe(struct uk_virtio_dev *virtio)
{
	offered = virtio;
	UK_EXPECT_EQ(virtio->ops->config_irq(virtio, nothing, NULL), 0);
	return verdict;
}

UK_VIRTIO_DRIVER(test) = { .name = "test", .type = UK_VIRTIO_NET, .probe = driver_probe };

static const struct uk_pci_driver *driver(void)
{
	const struct uk_pci_driver *found = NULL;

	UK_TABLE_FOREACH(struct uk_pci_driver, pci_driver, it)
		found = it;
	return found;
}

UK_TEST(virtio_pci, only_what_has_a_driver_is_taken)
{
	struct uk_pci_dev dev = begin();

	UK_EXPECT(driver()->match(&dev));
	dev.device = 0x1045; /* a balloon */
	UK_EXPECT(!driver()->match(&dev));
	dev.device = 0x1002; /* one that is transitional */
	space[UK_PCI_SUBSYSTEM + 2] = 5;
	UK_EXPECT(!driver()->match(&dev));
}

UK_TEST(virtio_pci, what_the_driver_refuses_is_given_back)
{
	struct uk_pci_dev dev = begin();

	put(0x40, 0x50, CAP_COMMON, 4, 0, 0x1000);
	put(0x50, 0, CAP_NOTIFY, 4, 0x3000, 0x1000);
	space[0x52] = 20;
	verdict = -EIO;
	UK_EXPECT_EQ(driver()->probe(&dev), -EIO);
	UK_EXPECT(offered && vectors == 0);
	verdict = 0;
	UK_EXPECT_EQ(driver()->probe(&dev), 0);
	UK_EXPECT_EQ(vectors, 1);
}
