/* SPDX-License-Identifier: BSD-3-Clause */
#include "../place.h"

#include <uk/errno.h>
#include <uk/test.h>

UK_TEST(virtio_mmio, parameter)
{
	struct place p;

	UK_EXPECT_EQ(uk__virtio_mmio_parse("512@0xfeb00e00:12", &p), 0);
	UK_EXPECT(p.size == 512 && p.base == 0xfeb00e00 && p.gsi == 12 && !p.level);
	UK_EXPECT_EQ(uk__virtio_mmio_parse("4K@0xd0000000:5:1", &p), 0);
	UK_EXPECT(p.size == 4096 && p.base == 0xd0000000 && p.gsi == 5);
	UK_EXPECT_EQ(uk__virtio_mmio_parse("0x1000@3489660928:0x11", &p), 0);
	UK_EXPECT(p.size == 4096 && p.base == 0xd0000000 && p.gsi == 17);
}

UK_TEST(virtio_mmio, wrong_parameters)
{
	static const char *const wrong[] = {
		"",
		"512",
		"512@",
		"512@0xfeb00e00",
		"512@0xfeb00e00:",
		"512@0xfeb00e00:12:",
		"512@0xfeb00e00:12x",
		"512@0xfeb00e00:12:1:2",
		"@0xfeb00e00:12",
		"512@0x:12",
		"512@0xfeb00e01:12",
		"255@0xfeb00e00:12",
		"512@0:12",
		"512@0xfffffffffffffffc:12",
		"512@0x1ffffffffffffffff:12",
		"5G@0xfeb00e00:12",
		"99999999999999999999@0xfeb00e00:12",
		"512@0xfeb00e00:65536",
		"-512@0xfeb00e00:12",
		" 512@0xfeb00e00:12",
	};
	struct place p;

	for (unsigned int i = 0; i < UK_ARRAY_SIZE(wrong); i++) {
		if (!UK_EXPECT_EQ(uk__virtio_mmio_parse(wrong[i], &p), -EINVAL))
			uk_test_note("%s", wrong[i]);
	}
}
