/* SPDX-License-Identifier: BSD-3-Clause */

/* Timers on the guest's hardware: order, not duration. */

#include <uk/atomic.h>
#include <uk/clock.h>
#include <uk/cpu.h>
#include <uk/test.h>
#include <uk/timer.h>

#define MSEC  ((uk_nsec_t)UK_NSEC_PER_MSEC)
#define COUNT 20

static struct {
	struct uk_timer timer[COUNT];
	int order[COUNT];
	int fired;
	bool early;
} many;

static void note(void *arg)
{
	int i = (int)(uintptr_t)arg;

	many.early |= uk_clock_now() < many.timer[i].deadline;
	many.order[many.fired] = i;
	uk_store(&many.fired, many.fired + 1);
}

static void wait_for(int *counter, int n)
{
	uk_nsec_t end = uk_clock_now() + 30000 * MSEC;

	while (uk_load(counter) < n && uk_clock_now() < end)
		uk_cpu_relax();
}

UK_TEST(timer, fire_in_order)
{
	uk_nsec_t start = uk_clock_now() + MSEC;

	many.fired = 0;
	many.early = false;
	/* 7 and 20 are coprime: every place once. None fires before all are started. */
	uk_irqflags_t flags = uk_cpu_irq_save();

	for (int i = 0; i < COUNT; i++) {
		int place = i * 7 % COUNT;

		uk_timer_init(&many.timer[place], note, (void *)(uintptr_t)place);
		uk_timer_start(&many.timer[place], start + place * MSEC / 2);
	}
	uk_cpu_irq_restore(flags);
	wait_for(&many.fired, COUNT);
	UK_REQUIRE(many.fired == COUNT);
	for (int i = 0; i < COUNT; i++)
		UK_EXPECT_EQ(many.order[i], i);
	UK_EXPECT(!many.early);
}

static void count(void *arg)
{
	uk_store((int *)arg, *(int *)arg + 1);
}

UK_TEST(timer, stopped_ones_do_not_run)
{
	int a = 0, b = 0;
	struct uk_timer stopped = UK_TIMER_INIT(count, &a);
	struct uk_timer other = UK_TIMER_INIT(count, &b);
	uk_nsec_t now = uk_clock_now();

	uk_timer_start(&stopped, now + 2 * MSEC);
	uk_timer_start(&other, now + 4 * MSEC);
	bool was_active = uk_timer_stop_sync(&stopped);

	wait_for(&b, 1);
	/* A slow machine may have let it run before it was stopped. */
	UK_EXPECT_EQ(a, was_active ? 0 : 1);
	UK_EXPECT_EQ(b, 1);
	UK_EXPECT(!uk_timer_stop(&other));
}

UK_TEST(timer, past_and_far_deadlines)
{
	int past = 0, far = 0;
	struct uk_timer a = UK_TIMER_INIT(count, &past);
	struct uk_timer b = UK_TIMER_INIT(count, &far);

	uk_timer_start(&b, UK_NSEC_NEVER - 1);
	uk_timer_start(&a, 0);
	wait_for(&past, 1);
	UK_EXPECT_EQ(past, 1);
	uk_timer_start(&b, uk_clock_now() + MSEC);
	wait_for(&far, 1);
	UK_EXPECT_EQ(far, 1);
}

static struct uk_timer again;
static int rounds;

static void restart(void *arg)
{
	count(arg);
	if (*(int *)arg < 1000)
		uk_timer_start(&again, 0); /* in the past, each time */
}

UK_TEST(timer, restarts_itself)
{
	rounds = 0;
	uk_timer_init(&again, restart, &rounds);
	uk_timer_start(&again, 0);
	wait_for(&rounds, 1000);
	UK_EXPECT_EQ(rounds, 1000);
}
