/* SPDX-License-Identifier: BSD-3-Clause */

/* The clock on the guest's hardware; its rate is compared with the host's from outside. */

#include <uk/clock_source.h>
#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/test.h>

UK_TEST(clock, does_not_go_back)
{
	uk_nsec_t last = uk_clock_now();
	uk_nsec_t first = last;

	for (int i = 0; i < 200000; i++) {
		uk_nsec_t now = uk_clock_now();

		if (!UK_EXPECT(now >= last))
			return;
		last = now;
	}
	UK_EXPECT(last > first);
}

UK_TEST(clock, converts_deadlines)
{
	uint64_t soon, late;
	uk_nsec_t now = uk_clock_now();

	/* A rate takes a millisecond. */
	while (uk_clock_now() < now + (uk_nsec_t)(3 * UK_NSEC_PER_MSEC))
		uk_cpu_relax();
	now = uk_clock_now();
	UK_REQUIRE(uk_clock_to_cycles(now + 1000000, &soon));
	UK_REQUIRE(uk_clock_to_cycles(now + 2000000, &late));
	UK_EXPECT(late > soon);
	while (uk_clock_now() < now + 1000000)
		uk_cpu_relax();
	/* Within 1 %. */
	UK_EXPECT(uk_cpu_cycles() + (late - soon) / 100 >= soon);
}

#if CONFIG_CLOCK_WALL
UK_TEST(clock, knows_the_date)
{
	uk_nsec_t wall = uk_clock_wall();
	uk_nsec_t year = 365 * 24 * 3600ll * (uk_nsec_t)UK_NSEC_PER_SEC;

	uk_test_note("date: %lld s", (long long)(wall / (uk_nsec_t)UK_NSEC_PER_SEC));
	if (wall < year)
		return uk_test_skip("no device tells the date");
	UK_EXPECT(wall > 50 * year && wall < 200 * year);
	UK_EXPECT(uk_clock_wall() >= wall);
	UK_EXPECT_EQ(uk_clock_wall_set(-1), -EINVAL);
	UK_EXPECT_EQ(uk_clock_wall_set(60 * year), 0);
	UK_EXPECT(uk_clock_wall() >= 60 * year && uk_clock_wall() < 61 * year);
	UK_EXPECT_EQ(uk_clock_wall_set(wall), 0);
}
#endif
