/* SPDX-License-Identifier: BSD-3-Clause */
/* The graph and the rules, with words as locks; and all CPUs at the same time. */

#include "../internal.h"
#include <uk/test.h>

static uint32_t words[64];
static struct uk_lockcheck_held *const cpu; /* spinlocks: NULL */

unsigned int uk_callers(const void *fp, uintptr_t *at, unsigned int most)
{
	(void)fp;
	at[0] = most;
	return 1;
}

static void take(struct uk_lockcheck_held *held, const void *lock)
{
	uk_lockcheck_want(held, lock);
	uk_lockcheck_got(held, lock);
}

static void begin(void)
{
	uk_cpu_irq_disable(); /* no lock is open to interrupts */
	uk_store(&uk__lockcheck_on, true);
	uk_lockcheck_forget(words, sizeof(words));
}

/* One after the other, and back. */
static void nest(struct uk_lockcheck_held *held, unsigned int a, unsigned int b)
{
	take(held, &words[a]);
	take(held, &words[b]);
	uk_lockcheck_left(held, &words[b]);
	uk_lockcheck_left(held, &words[a]);
}

static void other_way_round(void *arg)
{
	struct uk_lockcheck_held held = { 0 };

	nest(arg ? &held : cpu, 1, 2);
	nest(arg ? &held : cpu, 2, 1);
}

static void three_in_a_circle(void *arg)
{
	(void)arg;
	nest(cpu, 1, 2);
	nest(cpu, 2, 3);
	nest(cpu, 3, 1);
}

static void again(void *arg)
{
	(void)arg;
	take(cpu, &words[1]);
	uk_lockcheck_want(cpu, &words[1]);
}

static void not_mine(void *arg)
{
	struct uk_lockcheck_held one = { 0 }, other = { 0 };

	(void)arg;
	take(&one, &words[1]);
	uk_lockcheck_left(&other, &words[1]);
}

static void sleep_with_spinlock(void *arg)
{
	(void)arg;
	take(cpu, &words[1]);
	uk_lockcheck_may_sleep();
}

static void sleep_in_interrupt(void *arg)
{
	(void)arg;
	uk_lockcheck_irq_enter();
	uk_lockcheck_may_sleep();
}

static void open_to_interrupts(void *arg)
{
	uk_lockcheck_irq_enter();
	take(cpu, &words[1]);
	uk_lockcheck_left(cpu, &words[1]);
	uk_lockcheck_irq_leave();
	if (arg)
		uk_cpu_irq_enable();
	take(cpu, &words[1]);
	uk_lockcheck_left(cpu, &words[1]);
}

void uk_lockcheck_irqs_off(void)
{
}

void uk_lockcheck_irqs_on(void)
{
}

UK_TEST(lockcheck, panics)
{
	begin();
	UK_EXPECT(uk_test_panics(other_way_round, NULL));
	UK_EXPECT(uk_test_panics(other_way_round, words));
	UK_EXPECT(uk_test_panics(three_in_a_circle, NULL));
	UK_EXPECT(uk_test_panics(again, NULL));
	UK_EXPECT(uk_test_panics(not_mine, NULL));
	UK_EXPECT(uk_test_panics(sleep_with_spinlock, NULL));
	UK_EXPECT(uk_test_panics(sleep_in_interrupt, NULL));
	UK_EXPECT(uk_test_panics(open_to_interrupts, words));
	open_to_interrupts(NULL); /* with interrupts off: that is right */
	uk_lockcheck_may_sleep();
}

/* The same order in many ways; trying for a lock waits for nobody; what is released out of order.
 */
UK_TEST(lockcheck, goes_on)
{
	begin();
	for (int i = 0; i < 3; i++) {
		nest(cpu, 1, 2);
		nest(cpu, 2, 3);
		nest(cpu, 1, 3);
	}
	take(cpu, &words[3]);
	uk_lockcheck_got(cpu, &words[1]);
	uk_lockcheck_left(cpu, &words[3]);
	uk_lockcheck_left(cpu, &words[1]);
	uk_lockcheck_may_sleep();
}

/* What lies where a lock was is another lock. */
UK_TEST(lockcheck, forgets)
{
	begin();
	nest(cpu, 1, 2);
	uk_lockcheck_forget(&words[2], sizeof(words[2]));
	nest(cpu, 2, 1);
	nest(cpu, 2, 3);
	uk_lockcheck_forget(&words[1], 2 * sizeof(words[1]));
	nest(cpu, 3, 2);
	nest(cpu, 2, 1);
	uk_lockcheck_forget(words, sizeof(words));
}

/* More often than 16 bits count: each new order is a search, and the next one is whole again. */
UK_TEST(lockcheck, searches_for_ever)
{
	begin();
	for (unsigned int i = 0; i < 65540; i++) {
		if (i > 65490)
			UK_EXPECT(uk_test_panics(other_way_round, NULL));
		begin();
		nest(cpu, 1, 2);
	}
	uk_lockcheck_forget(words, sizeof(words));
}

/* More than there is room for: counted, and no more than that. */
UK_TEST(lockcheck, room)
{
	static char many[2 * UK__LOCKCHECK_LOCKS];
	uint32_t before = uk__lockcheck_lost;

	begin();
	take(cpu, &many[0]);
	for (unsigned int i = 1; i < sizeof(many); i++) {
		take(cpu, &many[i]);
		uk_lockcheck_left(cpu, &many[i]);
	}
	uk_lockcheck_left(cpu, &many[0]);
	UK_EXPECT(uk__lockcheck_lost > before);
	uk_lockcheck_forget(many, sizeof(many));
	UK_EXPECT_EQ(uk__lockcheck_node_of(&words[9], true) != 0, true);
}

static void all(unsigned int id, void *arg)
{
	struct uk_lockcheck_held held = { 0 };

	(void)arg;
	uk_cpu_irq_disable();
	for (unsigned int i = 0; i < 3000; i++) {
		unsigned int a = i % 30, b = a + 1 + (i + id) % 30;

		nest(&held, a, b);
		nest(cpu, a, b);
		if (i % 100 == id)
			uk_lockcheck_forget(&words[b], sizeof(words[b]));
	}
}

UK_TEST(lockcheck, all_cpus_at_once)
{
	begin();
	uk_test_smp(all, NULL);
	UK_EXPECT_EQ(uk__lockcheck_cpu()->held.count, 0);
	uk_lockcheck_forget(words, sizeof(words));
}
