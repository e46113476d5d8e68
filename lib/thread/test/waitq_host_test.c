/* SPDX-License-Identifier: BSD-3-Clause */

/* Wait queues between CPUs; each host thread is a CPU with one thread. */

#include <uk/atomic.h>
#include <uk/test.h>
#include <uk/thread.h>

static struct uk_thread threads[UK_CPUS_MAX];

UK_TEST(waitq, nothing_to_wait_for)
{
	struct uk_waitq wq = UK_WAITQ_INIT(wq);

	uk_cpu_thread_set(&threads[0]);
	UK_EXPECT_EQ(uk_waitq_wait_until(&wq, true, UK_NSEC_NEVER), 0);
	UK_EXPECT_EQ(uk_waitq_wait_until(&wq, false, 1), -ETIMEDOUT);
	UK_EXPECT(uk_list_empty(&wq.waiters));
	UK_EXPECT_EQ(uk_waitq_wake_all(&wq), 0);
}

UK_TEST(waitq, woken_before_it_sleeps)
{
	struct uk_waitq wq = UK_WAITQ_INIT(wq);
	struct uk_waiter waiter;

	uk_cpu_thread_set(&threads[0]);
	uk_waitq_waiter_init(&waiter, &wq);
	uk_waitq_prepare(&waiter);
	uk_waitq_prepare(&waiter); /* queued once */
	UK_EXPECT_EQ(uk_waitq_wake_all(&wq), 1);
	UK_EXPECT_EQ(uk_waitq_commit(&waiter, UK_NSEC_NEVER), 0);
	uk_waitq_finish(&waiter);
}

/* The token goes round; every hand-over is one wake-up that must not be lost. */
#define LAPS 2000

static struct {
	struct uk_waitq wq[UK_CPUS_MAX];
	unsigned int turn;
	unsigned int steps;
} ring;

static void pass(unsigned int cpu, void *unused)
{
	(void)unused;
	uk_cpu_thread_set(&threads[cpu]);
	for (int i = 0; i < LAPS; i++) {
		unsigned int next = (cpu + 1) % UK_CPUS_MAX;

		uk_waitq_wait(&ring.wq[cpu], uk_load_acquire(&ring.turn) == cpu);
		ring.steps++;
		uk_store_release(&ring.turn, next);
		uk_waitq_wake_one(&ring.wq[next]);
	}
}

UK_TEST(waitq, no_wake_up_is_lost)
{
	for (unsigned int i = 0; i < UK_CPUS_MAX; i++)
		uk_waitq_init(&ring.wq[i]);
	ring.turn = 0;
	ring.steps = 0;
	uk_test_smp(pass, NULL);
	UK_EXPECT_EQ(ring.steps, LAPS * UK_CPUS_MAX);
}

/* All wait on one queue for a number to grow; whoever finds it right makes it grow. */
static struct {
	struct uk_waitq wq;
	unsigned int number;
} crowd;

static void grow(unsigned int cpu, void *unused)
{
	(void)unused;
	uk_cpu_thread_set(&threads[cpu]);
	for (unsigned int i = 0; i < LAPS; i++) {
		unsigned int mine = i * UK_CPUS_MAX + cpu;

		uk_waitq_wait(&crowd.wq, uk_load_acquire(&crowd.number) == mine);
		uk_store_release(&crowd.number, mine + 1);
		uk_waitq_wake_all(&crowd.wq);
	}
}

UK_TEST(waitq, all_are_woken)
{
	uk_waitq_init(&crowd.wq);
	crowd.number = 0;
	uk_test_smp(grow, NULL);
	UK_EXPECT_EQ(crowd.number, LAPS * UK_CPUS_MAX);
	UK_EXPECT(uk_list_empty(&crowd.wq.waiters));
}
