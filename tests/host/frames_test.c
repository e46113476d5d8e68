/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames on machines of every shape, against a model that knows each page. */

#include "internal.h"
#include <stdlib.h>
#include <string.h>
#include <uk/frames.h>
#include <uk/host.h>
#include <uk/test.h>

#define KIB(n)   ((uint64_t)(n) << 10)
#define MIB(n)   ((uint64_t)(n) << 20)
#define GIB(n)   ((uint64_t)(n) << 30)
#define HELD_MAX 3000

static void machine(const struct uk_boot_range *ram, unsigned int n)
{
	memset(&uk_plat_bootinfo, 0, sizeof(uk_plat_bootinfo));
	for (unsigned int i = 0; i < n; i++)
		uk_plat_bootinfo.ram[i] = ram[i];
	uk_plat_bootinfo.nram = n;
	uk_host_memory_reset();
	uk__frames_reset();
}

struct held {
	uk_paddr_t pa;
	size_t pages;
	bool run;
};

struct model {
	struct held held[HELD_MAX];
	unsigned int n;
	unsigned char *taken; /* a byte for each page */
};

static bool in_ram(uk_paddr_t pa, uint64_t size)
{
	for (unsigned int i = 0; i < uk_plat_bootinfo.nram; i++) {
		const struct uk_boot_range *r = &uk_plat_bootinfo.ram[i];

		if (pa >= r->start && pa + size <= r->start + r->size)
			return true;
	}
	return false;
}

/* Ours alone, of RAM, open. */
static void add(struct model *model, struct held held)
{
	UK_EXPECT(in_ram(held.pa, held.pages * UK_PAGE_SIZE));
	for (size_t i = 0; i < held.pages; i++) {
		uint64_t frame = held.pa / UK_PAGE_SIZE + i;

		UK_EXPECT(frame != 0 && !model->taken[frame]);
		UK_EXPECT(uk_host_is_open(held.pa + i * UK_PAGE_SIZE));
		model->taken[frame] = 1;
	}
	memset(uk_phys_to_virt(held.pa), 0xff, UK_PAGE_SIZE);
	model->held[model->n++] = held;
}

static void release(struct model *model, unsigned int at)
{
	struct held held = model->held[at];

	for (size_t i = 0; i < held.pages; i++)
		model->taken[held.pa / UK_PAGE_SIZE + i] = 0;
	if (held.run)
		uk_frames_free_run(held.pa, held.pages);
	else
		uk_frames_free(held.pa, (unsigned int)__builtin_ctzll(held.pages));
	model->held[at] = model->held[--model->n];
}

static bool acquire(struct model *model, unsigned int order_max)
{
	struct held held = { .run = uk_test_random_below(4) == 0 };
	unsigned int order = (unsigned int)uk_test_random_below(order_max + 1);

	if (uk_test_random_below(3))
		order = 0;
	held.pages = (size_t)1 << order;
	if (held.run)
		held.pages = 1 + uk_test_random_below(held.pages);
	held.pa = held.run ? uk_frames_alloc_run(held.pages) : uk_frames_alloc(order);
	if (!held.pa)
		return false;
	if (!held.run)
		UK_EXPECT(UK_IS_ALIGNED(held.pa, UK_PAGE_SIZE << order));
	add(model, held);
	return true;
}

static uint64_t used(void)
{
	struct uk_frames_stats stats;

	uk_frames_stats(&stats);
	UK_EXPECT(stats.free <= stats.opened && stats.opened <= stats.total);
	return stats.opened - stats.free;
}

/* Grows and shrinks for some rounds; at the end only pages for tables are missing. */
static void churn(unsigned int rounds, unsigned int order_max)
{
	static struct model model;

	model.taken = calloc(1, GIB(17) / UK_PAGE_SIZE);
	for (unsigned int i = 0; i < rounds; i++) {
		bool grow = uk_test_random_below(100) < ((i / 500) % 2 ? 35 : 65);

		if (grow && model.n < HELD_MAX)
			acquire(&model, order_max);
		else if (model.n > 0)
			release(&model, (unsigned int)uk_test_random_below(model.n));
	}
	while (model.n > 0)
		release(&model, model.n - 1);
	free(model.taken);
	UK_EXPECT(used() <= 3 + 2 * UK_BOOT_RANGES_MAX);
}

UK_TEST(frames_host, two_mib)
{
	const struct uk_boot_range ram[] = { { KIB(4), KIB(632) },
					     { MIB(1) + KIB(120), KIB(904) } };

	machine(ram, 2);
	churn(6000, 6);
}

UK_TEST(frames_host, four_gib_with_hole)
{
	const struct uk_boot_range ram[] = { { KIB(4), KIB(632) },
					     { MIB(1) + KIB(120), GIB(3) - MIB(1) - KIB(124) },
					     { GIB(4), GIB(1) } };

	machine(ram, 3);
	churn(6000, 12);
}

UK_TEST(frames_host, odd_pieces)
{
	for (int round = 0; round < 60; round++) {
		struct uk_boot_range ram[UK_BOOT_RANGES_MAX];
		unsigned int n = 1 + (unsigned int)uk_test_random_below(UK_BOOT_RANGES_MAX);
		uk_paddr_t at = 0;

		for (unsigned int i = 0; i < n; i++) {
			unsigned int bits = (unsigned int)uk_test_random_below(12);

			at += uk_test_random_below((uint64_t)2 << bits) * UK_PAGE_SIZE;
			ram[i].start = at;
			ram[i].size =
				(1 + uk_test_random_below((uint64_t)2 << bits)) * UK_PAGE_SIZE;
			at += ram[i].size + UK_PAGE_SIZE;
		}
		machine(ram, n);
		churn(600, 8);
	}
}

UK_TEST(frames_host, all_of_it_and_no_more)
{
	const struct uk_boot_range ram[] = { { 0, KIB(40) }, { MIB(1) + KIB(500), MIB(7) } };
	struct uk_frames_stats stats;
	uint64_t count = 0;
	uk_paddr_t last = 0, pa;

	machine(ram, 2);
	uk_frames_stats(&stats);
	/* Pages of state: one for each range; frame 0. */
	UK_EXPECT_EQ(stats.total, (KIB(40) + MIB(7)) / UK_PAGE_SIZE - 3);
	while ((pa = uk_frames_alloc(0)) != 0) {
		*(uk_paddr_t *)uk_phys_to_virt(pa) = last;
		last = pa;
		count++;
	}
	UK_EXPECT(count <= stats.total && count + 3 + 32 * CONFIG_CPUS_MAX > stats.total);
	UK_EXPECT_EQ(uk_frames_alloc(0), 0);
	UK_EXPECT_EQ(uk_frames_alloc(9), 0);
	for (; last; last = pa) {
		pa = *(uk_paddr_t *)uk_phys_to_virt(last);
		uk_frames_free(last, 0);
	}
	pa = uk_frames_alloc(9);
	UK_EXPECT(pa != 0);
}

UK_TEST(frames_host, opens_what_it_needs)
{
	const struct uk_boot_range ram[] = { { MIB(1), GIB(12) } };
	struct uk_frames_stats stats;

	machine(ram, 1);
	UK_EXPECT(uk_frames_alloc(0) != 0);
	uk_frames_stats(&stats);
	UK_EXPECT(stats.opened <= 512);
	/* Its state bytes alone fill more than one large page. */
	UK_EXPECT(uk_frames_alloc(18) != 0);
	uk_frames_stats(&stats);
	UK_EXPECT(stats.opened * UK_PAGE_SIZE <= GIB(2));
}

UK_TEST(frames_host, large_blocks_until_none_is_left)
{
	const struct uk_boot_range ram[] = { { MIB(1), GIB(16) } };
	unsigned int n = 0;

	machine(ram, 1);
	while (uk_frames_alloc(18))
		n++;
	UK_EXPECT_EQ(n, 15);
	UK_EXPECT(uk_frames_alloc(17) != 0);
}

UK_TEST(frames_host, no_tables)
{
	const struct uk_boot_range ram[] = { { MIB(1), MIB(64) } };

	machine(ram, 1);
	uk_host_fail_tables_after(0);
	UK_EXPECT_EQ(uk_frames_alloc(0), 0);
	uk_host_fail_tables_after(-1);
	uk_paddr_t pa = uk_frames_alloc(0);

	UK_EXPECT(pa != 0);
	uk_frames_free(pa, 0);
}

UK_TEST(frames_host, no_ram)
{
	machine(NULL, 0);
	UK_EXPECT_EQ(uk_frames_alloc(0), 0);
	UK_EXPECT_EQ(used(), 0);
}

UK_TEST(frames_host, run_of_neighbours)
{
	const struct uk_boot_range ram[] = { { MIB(1), MIB(60) } };
	struct uk_frames_stats before, after;

	machine(ram, 1);
	uk_frames_stats(&before);
	/* No aligned block of 64 MiB is there. */
	uk_paddr_t pa = uk_frames_alloc_run(MIB(40) / UK_PAGE_SIZE + 3);

	UK_EXPECT(pa != 0 && UK_IS_ALIGNED(pa, MIB(2)));
	UK_EXPECT_EQ(uk_frames_alloc_run(MIB(30) / UK_PAGE_SIZE), 0);
	memset(uk_phys_to_virt(pa), 1, MIB(40) + 3 * UK_PAGE_SIZE);
	uk_frames_free_run(pa, MIB(40) / UK_PAGE_SIZE + 3);
	UK_EXPECT(used() <= 3 + 32);
	uk_frames_stats(&after);
	UK_EXPECT_EQ(before.total, after.total);
	UK_EXPECT_EQ(uk_frames_alloc_run(MIB(61) / UK_PAGE_SIZE), 0);
}
