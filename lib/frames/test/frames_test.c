/* SPDX-License-Identifier: BSD-3-Clause */
/* These run in the guest too, on what memory there is: nothing here resets the allocator. */

#include <uk/atomic.h>
#include <uk/cpu.h>
#include <uk/frames.h>
#include <uk/string.h>
#include <uk/test.h>

UK_TEST(frames, single_pages_are_distinct)
{
	uk_paddr_t pages[64];

	for (unsigned int i = 0; i < UK_ARRAY_SIZE(pages); i++) {
		pages[i] = uk_frames_alloc(0);
		UK_REQUIRE(pages[i] != 0 && UK_IS_ALIGNED(pages[i], UK_PAGE_SIZE));
		*(uint64_t *)uk_phys_to_virt(pages[i]) = i;
	}
	for (unsigned int i = 0; i < UK_ARRAY_SIZE(pages); i++) {
		UK_EXPECT_EQ(*(uint64_t *)uk_phys_to_virt(pages[i]), i);
		uk_frames_free(pages[i], 0);
	}
}

UK_TEST(frames, blocks_are_aligned)
{
	for (unsigned int order = 0; order <= 6; order++) {
		uk_paddr_t pa = uk_frames_alloc(order);

		UK_REQUIRE(pa != 0);
		UK_EXPECT(UK_IS_ALIGNED(pa, UK_PAGE_SIZE << order));
		memset(uk_phys_to_virt(pa), 0xa5, UK_PAGE_SIZE << order);
		uk_frames_free(pa, order);
	}
}

UK_TEST(frames, too_large)
{
	UK_EXPECT_EQ(uk_frames_alloc(UK_FRAMES_ORDER_MAX + 1), 0);
	UK_EXPECT_EQ(uk_frames_alloc(~0u), 0);
	UK_EXPECT_EQ(uk_frames_alloc_run(0), 0);
	UK_EXPECT_EQ(uk_frames_alloc_run(~(size_t)0), 0);
}

UK_TEST(frames, runs_waste_nothing)
{
	struct uk_frames_stats before, now;
	uk_paddr_t warm = uk_frames_alloc_run(11);

	UK_REQUIRE(warm != 0);
	uk_frames_free_run(warm, 11);
	uk_frames_stats(&before);

	uk_paddr_t pa = uk_frames_alloc_run(11);

	uk_frames_stats(&now);
	UK_EXPECT_EQ(before.free - now.free, 11);
	uk_frames_free_run(pa, 11);
	uk_frames_stats(&now);
	UK_EXPECT_EQ(before.free, now.free);
}

UK_TEST(frames, split_blocks_grow_together)
{
	struct uk_frames_stats before, now;
	uk_paddr_t pa = uk_frames_alloc(4);

	UK_REQUIRE(pa != 0);
	uk_frames_split(pa, 4);
	uk_frames_stats(&before);
	for (unsigned int i = 0; i < 16; i++)
		uk_frames_free(pa + i * UK_PAGE_SIZE, 0);
	uk_frames_stats(&now);
	UK_EXPECT_EQ(now.free - before.free, 16);
}

static void free_twice(void *arg)
{
	uk_frames_free(*(uk_paddr_t *)arg, 1);
	uk_frames_free(*(uk_paddr_t *)arg, 1);
}

static void free_page_twice(void *arg)
{
	uk_frames_free(*(uk_paddr_t *)arg, 0);
	uk_frames_free(*(uk_paddr_t *)arg, 0);
}

static void free_smaller(void *arg)
{
	uk_frames_free(*(uk_paddr_t *)arg, 0);
}

static void free_foreign(void *arg)
{
	(void)arg;
	uk_frames_free(0, 0);
}

static void free_inside(void *arg)
{
	uk_frames_free(*(uk_paddr_t *)arg + UK_PAGE_SIZE, 0);
}

UK_TEST(frames, bugs_of_callers_panic)
{
	uk_paddr_t one = uk_frames_alloc(0);
	uk_paddr_t two = uk_frames_alloc(1);

	UK_REQUIRE(one != 0 && two != 0);
	UK_EXPECT(uk_test_panics(free_page_twice, &one));
	UK_EXPECT(uk_test_panics(free_twice, &two));
	UK_EXPECT(uk_test_panics(free_smaller, &two));
	UK_EXPECT(uk_test_panics(free_inside, &two));
	UK_EXPECT(uk_test_panics(free_foreign, NULL));
	uk_frames_free(one, 0);
	uk_frames_free(two, 1);
}

static void churn(unsigned int cpu, void *arg)
{
	uk_paddr_t held[40] = { 0 };
	uint64_t random = cpu + 1;

	(void)arg;
	for (unsigned int i = 0; i < 4000; i++) {
		random = random * 6364136223846793005ull + 1442695040888963407ull;

		unsigned int at = (unsigned int)(random >> 33) % UK_ARRAY_SIZE(held);
		unsigned int order = at < 30 ? 0 : at % 4;
		uint64_t *words = held[at] ? uk_phys_to_virt(held[at]) : NULL;

		if (words) {
			UK_EXPECT_EQ(words[0], held[at] + cpu);
			uk_frames_free(held[at], order);
			held[at] = 0;
			continue;
		}
		held[at] = uk_frames_alloc(order);
		if (held[at])
			*(uint64_t *)uk_phys_to_virt(held[at]) = held[at] + cpu;
	}
	for (unsigned int at = 0; at < UK_ARRAY_SIZE(held); at++) {
		if (held[at])
			uk_frames_free(held[at], at < 30 ? 0 : at % 4);
	}
}

static struct {
	unsigned int n; /* that take part */
	unsigned int here;
	unsigned int turn;
	struct uk_frames_stats before, after;
} meeting;

static void count(unsigned int cpu, void *arg)
{
	(void)cpu;
	(void)arg;
	uk_fetch_add(&meeting.n, 1u);
}

/* Until all are here. Acquire and release: what each did before is seen by all. */
static void meet(void)
{
	unsigned int turn = uk_load_acquire(&meeting.turn);

	if (uk_fetch_add(&meeting.here, 1u) + 1 == uk_load(&meeting.n)) {
		uk_store(&meeting.here, 0u);
		uk_store_release(&meeting.turn, turn + 1);
	}
	while (uk_load_acquire(&meeting.turn) == turn)
		uk_cpu_relax();
}

/* Nobody makes or ends a thread in between: CPUs keep stacks, now more and now fewer. */
static void churn_between(unsigned int cpu, void *arg)
{
	churn(cpu, arg);
	meet();
	if (cpu == 0)
		uk_frames_stats(&meeting.before);
	meet();
	churn(cpu, arg);
	meet();
	if (cpu == 0)
		uk_frames_stats(&meeting.after);
	meet();
}

UK_TEST(frames, all_cpus_at_once)
{
	meeting.n = 0;
	uk_test_smp(count, NULL);
	uk_test_smp(churn_between, NULL);
	UK_EXPECT_EQ(meeting.before.opened - meeting.before.free,
		     meeting.after.opened - meeting.after.free);
}
