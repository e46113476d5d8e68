/* SPDX-License-Identifier: BSD-3-Clause */
/* What loaders say, right and wrong; by both protocols. */

#include "../kvm.h"

#include <uk/errno.h>
#include <uk/string.h>
#include <uk/test.h>

#define BASE        0x6000ul /* of the memory that can be read */
#define IMAGE_START 0x100000ul
#define IMAGE_END   0x180000ul
#define MIB         (1ull << 20)

/* Layout of a start info and its tables in `memory`, by offset. */
enum { SI = 0, MODULE = 0x40, MAP = 0x80, LINE = 0x1000 };

static uint8_t memory[0x2000];
static struct uk_bootinfo info;
static struct uk_boot_range known[8];
static struct boot_source src;

static bool fake_read(void *dst, uk_paddr_t pa, size_t len)
{
	if (pa < BASE || pa - BASE > sizeof(memory) || len > sizeof(memory) - (pa - BASE))
		return false;
	memcpy(dst, memory + (pa - BASE), len);
	return true;
}

static void put32(size_t at, uint32_t value)
{
	memcpy(memory + at, &value, sizeof(value));
}

static void put64(size_t at, uint64_t value)
{
	memcpy(memory + at, &value, sizeof(value));
}

static void entry(unsigned int i, uint64_t start, uint64_t size, uint32_t type)
{
	put64(MAP + i * 24, start);
	put64(MAP + i * 24 + 8, size);
	put32(MAP + i * 24 + 16, type);
	put32(SI + 48, i + 1);
}

/* A sound start info with 64 MiB; tests then change it. */
static void prepare(void)
{
	memset(memory, 0, sizeof(memory));
	memset(&info, 0, sizeof(info));
	put32(SI, 0x336ec578);
	put32(SI + 4, 1);
	put64(SI + 24, BASE + LINE);
	put64(SI + 32, 0xf5a90);
	put64(SI + 40, BASE + MAP);
	entry(0, 0, 0x9fc00, 1);
	entry(1, 0x9fc00, 0x400, 2);
	entry(2, 0xf0000, 0x10000, 2);
	entry(3, MIB, 63 * MIB, 1);
	memcpy(memory + LINE, "a.b=1 -- x", 11);
	src = (struct boot_source){
		.read = fake_read,
		.image_start = IMAGE_START,
		.image_end = IMAGE_END,
		.ram = { .v = info.ram, .max = UK_BOOT_RANGES_MAX },
		.known = { .v = known, .max = UK_ARRAY_SIZE(known) },
	};
}

static int parse(void)
{
	return uk__kvm_start_info_parse(&src, BASE, &info);
}

/* Sorted, aligned, disjoint, without page 0, image and initrd. */
static bool sound(void)
{
	uint64_t last = UK_PAGE_SIZE;

	for (unsigned int i = 0; i < info.nram; i++) {
		uint64_t start = info.ram[i].start, end = start + info.ram[i].size;

		if (start < last || end <= start || ((start | end) & (UK_PAGE_SIZE - 1)) != 0)
			return false;
		if (start < IMAGE_END && end > IMAGE_START)
			return false;
		if (info.initrd.size && start < info.initrd.start + info.initrd.size &&
		    end > info.initrd.start)
			return false;
		last = end;
	}
	return info.nram <= UK_BOOT_RANGES_MAX;
}

UK_TEST(start_info, usual)
{
	prepare();
	UK_EXPECT_EQ(parse(), 0);
	UK_EXPECT(sound());
	UK_REQUIRE(info.nram == 2);
	UK_EXPECT_EQ(info.ram[0].start, 0x1000);
	UK_EXPECT_EQ(info.ram[0].size, 0x9f000 - 0x1000);
	UK_EXPECT_EQ(info.ram[1].start, IMAGE_END);
	UK_EXPECT_EQ(info.ram[1].start + info.ram[1].size, 64 * MIB);
	UK_EXPECT_EQ(info.ram_total, 63 * MIB + 0x9fc00);
	UK_EXPECT_EQ(info.rsdp, 0xf5a90);
	UK_EXPECT_STR_EQ(info.cmdline, "a.b=1 -- x");
}

UK_TEST(start_info, not_one)
{
	prepare();
	put32(SI, 0x12345678);
	UK_EXPECT_EQ(parse(), -EINVAL);
	prepare();
	put32(SI + 4, 0);
	UK_EXPECT_EQ(parse(), -EINVAL);
	prepare();
	UK_EXPECT_EQ(uk__kvm_start_info_parse(&src, 0x1000, &info), -EINVAL);
	prepare();
	put64(SI + 40, 0xdead0000);
	UK_EXPECT_EQ(parse(), -EINVAL);
}

UK_TEST(start_info, initrd)
{
	prepare();
	put32(SI + 12, 1);
	put64(SI + 16, BASE + MODULE);
	put64(MODULE, 32 * MIB + 0x123);
	put64(MODULE + 8, 5000);
	UK_EXPECT_EQ(parse(), 0);
	UK_EXPECT(sound());
	UK_EXPECT_EQ(info.initrd.start, 32 * MIB + 0x123);
	UK_EXPECT_EQ(info.initrd.size, 5000);
	UK_EXPECT_EQ(info.nram, 3);
	UK_EXPECT(!src.initrd_bad);
}

UK_TEST(start_info, initrd_nowhere)
{
	static const struct uk_boot_range bad[] = {
		{ 64 * MIB - 10, 11 }, { 1ull << 40, 10 }, { IMAGE_END - 1, 2 },
		{ IMAGE_START, 1 },    { MIB * 2, ~0ull }, { ~0ull, 1 },
	};

	for (size_t i = 0; i < UK_ARRAY_SIZE(bad); i++) {
		prepare();
		put32(SI + 12, 1);
		put64(SI + 16, BASE + MODULE);
		put64(MODULE, bad[i].start);
		put64(MODULE + 8, bad[i].size);
		UK_EXPECT_EQ(parse(), 0);
		UK_EXPECT(src.initrd_bad);
		UK_EXPECT_EQ(info.initrd.size, 0);
	}
}

UK_TEST(start_info, module_list_nowhere)
{
	prepare();
	put32(SI + 12, 1);
	put64(SI + 16, 0xdead0000);
	UK_EXPECT_EQ(parse(), 0);
	UK_EXPECT(src.initrd_bad);
	UK_EXPECT_EQ(info.initrd.size, 0);
}

UK_TEST(start_info, map_contradicts_itself)
{
	prepare();
	entry(4, 8 * MIB, 4 * MIB, 2);
	entry(5, 7 * MIB, 2 * MIB, 1);
	entry(6, 40 * MIB + 1, 1, 3);
	UK_EXPECT_EQ(parse(), 0);
	UK_EXPECT(sound());
	UK_REQUIRE(info.nram == 4);
	UK_EXPECT_EQ(info.ram[1].start + info.ram[1].size, 8 * MIB);
	UK_EXPECT_EQ(info.ram[2].start, 12 * MIB);
	UK_EXPECT_EQ(info.ram[2].start + info.ram[2].size, 40 * MIB);
	UK_EXPECT_EQ(info.ram[3].start, 40 * MIB + 4096);
}

UK_TEST(start_info, sizes_wrap)
{
	prepare();
	entry(4, 1ull << 62, ~0ull, 1);
	entry(5, 1ull << 32, ~0ull, 1);
	entry(6, ~0ull, ~0ull, 2);
	UK_EXPECT_EQ(parse(), 0);
	UK_EXPECT(sound());
	UK_REQUIRE(info.nram == 3);
	UK_EXPECT_EQ(info.ram[2].start + info.ram[2].size, 1ull << 45);
}

UK_TEST(start_info, no_memory)
{
	prepare();
	entry(0, IMAGE_START, IMAGE_END - IMAGE_START + 100, 1);
	UK_EXPECT_EQ(parse(), -ENOMEM);
	prepare();
	put32(SI + 48, 0);
	UK_EXPECT_EQ(parse(), -ENOMEM);
}

/* 48 ranges of growing size in a map of 64 entries: the largest stay. */
UK_TEST(start_info, more_than_fit)
{
	prepare();
	for (unsigned int i = 0; i < 48; i++)
		entry(i, (16 + 2 * i) * MIB, (i + 1) * UK_PAGE_SIZE, 1);
	UK_EXPECT_EQ(parse(), 0);
	UK_EXPECT(sound());
	UK_EXPECT_EQ(info.nram, UK_BOOT_RANGES_MAX);
	UK_EXPECT_EQ(src.ram.lost, 16 * 17 / 2 * UK_PAGE_SIZE);
	UK_EXPECT_EQ(info.ram[0].size, 17 * UK_PAGE_SIZE);
	UK_EXPECT(!src.map_cut);
	put32(SI + 48, 65);
	UK_EXPECT_EQ(parse(), 0);
	UK_EXPECT(src.map_cut);
}

UK_TEST(start_info, command_line)
{
	prepare();
	put64(SI + 24, 0);
	UK_EXPECT_EQ(parse(), 0);
	UK_EXPECT_STR_EQ(info.cmdline, "");

	/* It ends with the last byte that there is. */
	prepare();
	memset(memory + sizeof(memory) - 100, 'x', 99);
	memory[sizeof(memory) - 1] = '\0';
	put64(SI + 24, BASE + sizeof(memory) - 100);
	UK_EXPECT_EQ(parse(), 0);
	UK_EXPECT_EQ(uk_str_len(info.cmdline), 99);

	prepare();
	memset(memory + LINE, 'y', UK_BOOT_CMDLINE_MAX);
	UK_EXPECT_EQ(parse(), 0);
	UK_EXPECT_EQ(uk_str_nlen(info.cmdline, UK_BOOT_CMDLINE_MAX), UK_BOOT_CMDLINE_MAX);

	prepare();
	put64(SI + 24, 0x40);
	UK_EXPECT_EQ(parse(), -EINVAL);
	UK_EXPECT_STR_EQ(info.cmdline, "");
}

/* Bytes flipped at random: whatever comes out is sound. */
UK_TEST(start_info, flipped)
{
	for (int round = 0; round < 20000; round++) {
		prepare();
		put32(SI + 12, 1);
		put64(SI + 16, BASE + MODULE);
		put64(MODULE, 32 * MIB);
		put64(MODULE + 8, 5000);
		for (uint64_t n = uk_test_random_below(8); n; n--)
			memory[uk_test_random_below(MAP + 4 * 24)] = (uint8_t)uk_test_random();
		if (parse() == 0)
			UK_REQUIRE(sound());
	}
}

UK_TEST(boot_params, usual)
{
	prepare();
	memset(memory, 0, 0x1000);
	put32(0x202, 0x53726448);
	put64(0x70, 0xe0000);
	put32(0x218, 16 * MIB);
	put32(0x21c, 4096);
	put32(0x228, BASE + LINE);
	memory[0x1e8] = 2;
	put64(0x2d0, 0);
	put64(0x2d8, 0x9f000);
	put32(0x2e0, 1);
	put64(0x2e4, MIB);
	put64(0x2ec, 31 * MIB);
	put32(0x2f4, 1);
	UK_EXPECT_EQ(uk__kvm_boot_params_parse(&src, BASE, &info), 0);
	UK_EXPECT(sound());
	UK_EXPECT_EQ(info.nram, 3);
	UK_EXPECT_EQ(info.rsdp, 0xe0000);
	UK_EXPECT_EQ(info.initrd.size, 4096);
	UK_EXPECT_STR_EQ(info.cmdline, "a.b=1 -- x");
	put32(0x202, 0);
	UK_EXPECT_EQ(uk__kvm_boot_params_parse(&src, BASE, &info), -EINVAL);
}
