/* SPDX-License-Identifier: BSD-3-Clause */

/* Timers on simulated hardware: each CPU has a deadline that a test lets pass. */

#include <uk/atomic.h>
#include <uk/clock_source.h>
#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/test.h>
#include <uk/timer.h>

static uk_nsec_t now;
static uk_nsec_t armed[UK_CPUS_MAX];
static unsigned int arms;

uk_nsec_t uk_clock_now(void)
{
	return uk_load(&now);
}

uk_nsec_t uk_clock_refine(void)
{
	return UK_NSEC_NEVER;
}

/* Reaches no further than 1,000,000 ns. */
static void arm(uk_nsec_t deadline, uk_nsec_t delta)
{
	(void)deadline;
	uk_store(&armed[uk_cpu_id()], uk_load(&now) + UK_MIN(delta, 1000000));
	uk_fetch_add(&arms, 1u);
}

static const struct uk_timer_device device = { .arm = arm };

static void start_device(void)
{
	static bool done;

	if (!done)
		UK_EXPECT_EQ(uk_timer_device_register(&device), 0);
	done = true;
	UK_EXPECT_EQ(uk_timer_device_register(&device), -EBUSY);
	uk_store(&now, 0);
}

/* Time goes on to `end`, with the interrupts that are due on the way. */
static void run_until(uk_nsec_t end)
{
	uk_nsec_t *mine = &armed[uk_cpu_id()];

	while (uk_load(mine) != 0 && uk_load(mine) <= end) {
		uk_store(&now, UK_MAX(uk_load(mine), uk_load(&now)));
		uk_store(mine, 0);
		uk_timer_expire();
	}
	uk_store(&now, end);
}

static struct {
	uk_nsec_t at[8];
	int n;
} fired;

static void note(void *arg)
{
	(void)arg;
	fired.at[fired.n++ & 7] = now;
}

UK_TEST(timer_sim, at_its_deadline)
{
	struct uk_timer a = UK_TIMER_INIT(note, NULL), b = UK_TIMER_INIT(note, NULL);

	start_device();
	fired.n = 0;
	uk_timer_start(&a, 300);
	uk_timer_start(&b, 100);
	run_until(99);
	UK_EXPECT_EQ(fired.n, 0);
	run_until(500);
	UK_EXPECT_EQ(fired.n, 2);
	UK_EXPECT_EQ(fired.at[0], 100);
	UK_EXPECT_EQ(fired.at[1], 300);
	UK_EXPECT(!uk_timer_active(&a) && !uk_timer_stop(&a));
}

UK_TEST(timer_sim, further_than_the_hardware)
{
	struct uk_timer t = UK_TIMER_INIT(note, NULL);

	start_device();
	fired.n = 0;
	arms = 0;
	uk_timer_start(&t, 10000000);
	run_until(9999999);
	UK_EXPECT_EQ(fired.n, 0);
	run_until(10000000);
	UK_EXPECT_EQ(fired.n, 1);
	UK_EXPECT_EQ(arms, 10);
}

UK_TEST(timer_sim, moved_and_stopped)
{
	struct uk_timer t = UK_TIMER_INIT(note, NULL);

	start_device();
	fired.n = 0;
	uk_timer_start(&t, 1000);
	uk_timer_start(&t, 5000);
	run_until(4000);
	UK_EXPECT_EQ(fired.n, 0);
	uk_timer_start(&t, 4500);
	run_until(4600);
	UK_EXPECT_EQ(fired.n, 1);
	uk_timer_start(&t, 6000);
	UK_EXPECT(uk_timer_stop_sync(&t));
	run_until(10000);
	UK_EXPECT_EQ(fired.n, 1);
}

static struct uk_timer endless;

static void at_once_again(void *arg)
{
	note(arg);
	uk_timer_start(&endless, 0);
}

UK_TEST(timer_sim, an_endless_one_lets_go)
{
	start_device();
	fired.n = 0;
	uk_timer_init(&endless, at_once_again, NULL);
	uk_timer_start(&endless, 0);
	uk_timer_expire();
	UK_EXPECT(fired.n > 0);
	uk_timer_stop_sync(&endless);
	uk_timer_expire();
}

/* All CPUs start and stop the same timers; each that was started ran or was stopped. */
#define SHARED 8
#define ROUNDS 20000

static struct {
	struct uk_timer timer;
	unsigned int runs;
} shared[SHARED];

static void count(void *arg)
{
	uk_fetch_add((unsigned int *)arg, 1u);
}

static void mix(unsigned int cpu, void *unused)
{
	(void)unused;
	uint32_t seed = cpu + 1;

	for (int i = 0; i < ROUNDS; i++) {
		seed = seed * 1664525 + 1013904223;
		struct uk_timer *t = &shared[(seed >> 8) % SHARED].timer;

		if (seed >> 30 == 0)
			(void)uk_timer_stop_sync(t);
		else
			uk_timer_start(t, (uk_nsec_t)(seed >> 16 & 63));
		uk_fetch_add(&now, 1);
		if (i % 8 == 0)
			uk_timer_expire();
	}
	uk_timer_expire();
}

UK_TEST(timer_sim, on_all_cpus)
{
	unsigned int runs = 0;

	start_device();
	for (int i = 0; i < SHARED; i++)
		uk_timer_init(&shared[i].timer, count, &shared[i].runs);
	uk_test_smp(mix, NULL);
	for (int i = 0; i < SHARED; i++) {
		(void)uk_timer_stop_sync(&shared[i].timer);
		runs += shared[i].runs;
	}
	UK_EXPECT(runs > 0);
}
