/* SPDX-License-Identifier: BSD-3-Clause */

/* Futexes between CPUs; each host thread is a CPU with one thread. */

#include "../futex.h"
#include "../proc.h"
#include <uk/abi/time.h>
#include <uk/atomic.h>
#include <uk/clock.h>
#include <uk/cpu.h>
#include <uk/test.h>
#include <uk/thread.h>

#define ROUNDS 3000

static struct uk_thread threads[UK_CPUS_MAX];

static struct {
	int32_t state;     /* 0: free, 1: locked, 2: and somebody may wait */
	unsigned long sum; /* plain: TSan sees if the lock does not exclude */
} counter;

static void lock(void)
{
	int32_t free = 0;

	if (uk_compare_exchange(&counter.state, &free, 1))
		return;
	while (uk_exchange(&counter.state, 2) != 0)
		(void)uk__posix_proc_futex_wait(&counter.state, 2, UK_FUTEX_BITSET_ANY,
						UK_NSEC_NEVER);
}

static void unlock(void)
{
	if (uk_exchange(&counter.state, 0) == 2)
		uk__posix_proc_futex_wake(&counter.state, 1, UK_FUTEX_BITSET_ANY);
}

static void add(unsigned int cpu, void *unused)
{
	(void)unused;
	uk_cpu_thread_set(&threads[cpu]);
	for (int i = 0; i < ROUNDS; i++) {
		lock();
		counter.sum++;
		unlock();
	}
}

UK_TEST(futex, makes_a_lock)
{
	counter.state = 0;
	counter.sum = 0;
	uk_test_smp(add, NULL);
	UK_EXPECT_EQ(counter.sum, ROUNDS * UK_CPUS_MAX);
	UK_EXPECT_EQ(counter.state, 0);
}

static struct {
	int32_t from;
	int32_t to;
	uint32_t back;
} moved;

static void wait_or_move(unsigned int cpu, void *unused)
{
	long others = UK_CPUS_MAX - 1, seen = 0;

	(void)unused;
	uk_cpu_thread_set(&threads[cpu]);
	if (cpu != 0) {
		UK_EXPECT_EQ(uk__posix_proc_futex_wait(&moved.from, 0, 1u << cpu, UK_NSEC_NEVER),
			     0);
		uk_fetch_add(&moved.back, 1u);
		return;
	}
	/* One is woken, the others move, as they come. */
	while (seen < others)
		seen += uk__posix_proc_futex_requeue(&moved.from, seen == 0, &moved.to, others);
	UK_EXPECT_EQ(uk__posix_proc_futex_wake(&moved.from, others, UK_FUTEX_BITSET_ANY), 0);
	UK_EXPECT_EQ(uk__posix_proc_futex_wake(&moved.to, others, 1u), 0);
	UK_EXPECT_EQ(uk__posix_proc_futex_wake(&moved.to, others, UK_FUTEX_BITSET_ANY),
		     UK_MAX(others - 1, 0l));
}

UK_TEST(futex, moves_who_waits)
{
	moved.back = 0;
	uk_test_smp(wait_or_move, NULL);
	UK_EXPECT_EQ(moved.back, UK_CPUS_MAX - 1);
}

UK_TEST(futex, says_why_it_did_not_wait)
{
	int32_t word = 7;

	uk_cpu_thread_set(&threads[0]);
	UK_EXPECT_EQ(uk__posix_proc_futex_wait(&word, 8, 1, UK_NSEC_NEVER), -EAGAIN);
	UK_EXPECT_EQ(uk__posix_proc_futex_wait(&word, 7, 1, uk_clock_now()), -ETIMEDOUT);
	UK_EXPECT_EQ(uk__posix_proc_futex_wait((int32_t *)4, 0, 1, UK_NSEC_NEVER), -EFAULT);
	UK_EXPECT_EQ(uk__posix_proc_futex_wake(&word, 1, UK_FUTEX_BITSET_ANY), 0);
}
