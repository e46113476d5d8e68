/* SPDX-License-Identifier: BSD-3-Clause */
/* From the bus to its drivers: what none of them keeps is left unable to write into memory. */

#include "../config.h"

#include <uk/errno.h>
#include <uk/frames.h>
#include <uk/init.h>
#include <uk/string.h>
#include <uk/test.h>

#define ID_KEPT    0x1234
#define ID_REFUSED 0x1235
#define ID_UNKNOWN 0x1236
#define FUNCTIONS  3u

static uint32_t spaces[FUNCTIONS][64];
static unsigned int probed;

static uint32_t read(unsigned int bdf, unsigned int offset)
{
	return bdf % 8 == 0 && bdf / 8 < FUNCTIONS ? spaces[bdf / 8][offset / 4] : ~0u;
}

static void write(unsigned int bdf, unsigned int offset, uint32_t value)
{
	/* No BARs. */
	if (bdf % 8 == 0 && bdf / 8 < FUNCTIONS && offset == UK_PCI_COMMAND)
		spaces[bdf / 8][1] = value & 0xffff;
}

const struct access *uk__pci_choose(void)
{
	static const struct access fake = { read, write, 1 };

	return &fake;
}

/* In place of lib/frames. */
bool uk_frames_are_ram(uk_paddr_t pa uk_unused, uint64_t size uk_unused)
{
	return false;
}

static bool match(const struct uk_pci_dev *dev)
{
	return dev->device == ID_KEPT || dev->device == ID_REFUSED;
}

static int probe(struct uk_pci_dev *dev)
{
	static struct uk_pci_dev *kept;

	probed++;
	uk_pci_enable(dev);
	if (dev->device == ID_REFUSED)
		return -EIO;
	kept = dev;
	return kept ? 0 : -EIO;
}

UK_PCI_DRIVER(test) = { .name = "test", .match = match, .probe = probe };

static void init(void)
{
	UK_TABLE_FOREACH(struct uk_init, init, it) {
		if (uk_str_eq(it->library, "pci"))
			UK_EXPECT_EQ(it->fn(), 0);
	}
}

UK_TEST(pci, what_nobody_keeps_masters_no_bus)
{
	memset(spaces, 0, sizeof(spaces));
	spaces[0][0] = ID_KEPT << 16 | 0x1af4;
	spaces[1][0] = ID_REFUSED << 16 | 0x1af4;
	spaces[2][0] = ID_UNKNOWN << 16 | 0x1af4;
	spaces[2][1] = UK_PCI_COMMAND_IO; /* as firmware left it */
	init();
	UK_EXPECT_EQ(probed, 2);
	UK_EXPECT(spaces[0][1] & UK_PCI_COMMAND_MASTER);
	UK_EXPECT(!(spaces[1][1] & UK_PCI_COMMAND_MASTER));
	UK_EXPECT_EQ(spaces[2][1], UK_PCI_COMMAND_IO);
}
