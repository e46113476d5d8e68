/* SPDX-License-Identifier: BSD-3-Clause */

/* The whole clock on the host: its cycle counter is in nanoseconds, the reference is made of it. */

#include <uk/atomic.h>
#include <uk/clock_source.h>
#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/host.h>
#include <uk/test.h>

#define PIT_HZ 1193182u

static void read_pit(struct uk_clock_sample *sample)
{
	sample->before = uk_cpu_cycles();
	uint64_t now = uk_cpu_cycles();

	sample->count = (uint64_t)(((unsigned __int128)now * PIT_HZ) / 1000000000) & 0xffff;
	sample->after = uk_cpu_cycles();
}

static const struct uk_clock_reference pit = { "pit", PIT_HZ, 16, read_pit };

/* Two CPUs keep changing the rate; nothing but the clock's own lock orders anything here. */
static void hammer(unsigned int cpu, void *arg)
{
	uk_nsec_t last = 0;
	uint64_t due;

	(void)arg;
	for (unsigned int i = 0; i < 20000; i++) {
		uk_nsec_t now = uk_clock_now();

		if (!UK_EXPECT(now >= last))
			return;
		last = now;
		if (cpu < 2 && i % 16 == 0)
			uk_clock_set_rate(1000000000 + i % 1000 * 1000, "test");
		else if (i % 16 == 0)
			UK_EXPECT(uk_clock_to_cycles(now, &due));
	}
}

static void watch(unsigned int cpu, void *arg)
{
	uk_nsec_t *highest = arg;
	uk_nsec_t end = uk_clock_now() + 60000000;
	uk_nsec_t mine = 0;

	(void)cpu;
	while (mine < end) {
		uk_nsec_t seen = uk_load_acquire(highest);

		mine = uk_clock_now();
		if (!UK_EXPECT(mine >= seen))
			return;
		while (mine > seen && !uk_compare_exchange(highest, &seen, mine))
			;
	}
}

static void wait(uint64_t cycles)
{
	uint64_t start = uk_cpu_cycles();

	while (uk_cpu_cycles() - start < cycles)
		uk_cpu_relax();
}

/* One case: the clock starts once. */
UK_TEST(clock_host, goes_on_and_is_right)
{
	uk_nsec_t highest = 0;

	UK_EXPECT_EQ(uk_clock_reference_register(&pit), 0);
	UK_EXPECT_EQ(uk_clock_reference_register(&pit), -EBUSY);
	UK_EXPECT(!uk_clock_has_rate());
	/* Longer than the reference can count, and hardly a rate: none of it is lost unseen. */
	uk_nsec_t before = uk_clock_now();

	wait(40000000);
	uk_nsec_t after = uk_clock_now();

	UK_EXPECT(after - before > 39000000 || (after >= before && before < uk_clock_gap()));
	UK_EXPECT(uk_clock_gap() <= uk_clock_now());
	uk_test_smp(watch, &highest);

	uint64_t cycles = uk_cpu_cycles();
	uk_nsec_t start = uk_clock_now();

	wait(100000000);
	UK_EXPECT(uk_clock_gap() <= start);
	uk_nsec_t took = uk_clock_now() - start;
	uk_nsec_t host = (uk_nsec_t)(uk_cpu_cycles() - cycles);

	/* 1 %: the host is not quiet; the model's own test is the sharp one. */
	UK_EXPECT(took > host - host / 100 - 1000000 && took < host + host / 100 + 1000000);
	uint64_t due;

	UK_EXPECT(uk_clock_to_cycles(uk_clock_now() + 1000000000, &due));
	UK_EXPECT(due > uk_cpu_cycles() + 900000000 && due < uk_cpu_cycles() + 1100000000);
}

UK_TEST(clock_host, told_rate_is_last)
{
	uk_nsec_t before = uk_clock_now();

	uk_clock_set_rate(7, "nonsense");
	UK_EXPECT(!uk_clock_has_rate() || uk_clock_refine() == UK_NSEC_NEVER);
	uk_clock_set_rate(1000000000, "host");
	UK_EXPECT(uk_clock_has_rate());
	UK_EXPECT_EQ(uk_clock_reference_register(&pit), -EALREADY);
	UK_EXPECT_EQ(uk_clock_refine(), UK_NSEC_NEVER);
	UK_EXPECT(uk_clock_now() >= before);
	uk_test_smp(hammer, NULL);
	UK_EXPECT(uk_clock_now() >= before);
	uk_clock_set_rate(1000000000, "host");
}

/* On a CPU whose counter is behind the one that was there when the rate was told, time stands still
 * rather than begin again. */
UK_TEST(clock_host, a_counter_that_is_behind)
{
	uk_clock_set_rate(1000000000, "host");
	uk_nsec_t before = uk_clock_now(), there;

	uk_host_cycles_behind = 3600 * UK_NSEC_PER_SEC;
	there = uk_clock_now();
	uk_host_cycles_behind = 0;
	UK_EXPECT(there > 0 && there <= before);
	UK_EXPECT(uk_clock_now() >= before);
}

/* What the device says; and somebody sets another one while it says so. */
static int tell_date(uk_nsec_t *wall)
{
	*wall = 1000000000 * (uk_nsec_t)UK_NSEC_PER_SEC;
	return uk_clock_wall_set(2 * *wall);
}

UK_TEST(clock_host, date)
{
	static const struct uk_clock_calendar calendar = { "test", tell_date };

	UK_EXPECT_EQ(uk_clock_calendar_register(&calendar), 0);
	UK_EXPECT_EQ(uk_clock_calendar_register(&calendar), -EBUSY);
	uk_nsec_t wall = uk_clock_wall();

	UK_EXPECT(wall >= 2000000000 * (uk_nsec_t)UK_NSEC_PER_SEC);
	UK_EXPECT(wall - uk_clock_wall_offset() <= uk_clock_now());
	UK_EXPECT_EQ(uk_clock_wall_set(-5), -EINVAL);
	UK_EXPECT_EQ(uk_clock_wall_set(0), 0);
	UK_EXPECT(uk_clock_wall() < 60 * (uk_nsec_t)UK_NSEC_PER_SEC);
}
