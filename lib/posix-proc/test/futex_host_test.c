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
	while (seen < others) {
		struct uk__posix_proc_requeue r = { .word = &moved.from,
						    .target = &moved.to,
						    .wakes = seen == 0,
						    .moves = others };

		seen += uk__posix_proc_futex_requeue(&r);
	}
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

static struct {
	int32_t number; /* of signals, as libc's conditions count them */
	int32_t mutex;  /* as counter.state */
	int32_t tokens;
	uint32_t taken;
} broadcast;

#define TOKENS 400
#define WHOLE  20 /* broadcasts that everybody waits for */

static void lock_word(int32_t *word)
{
	while (uk_exchange(word, 2) != 0)
		(void)uk__posix_proc_futex_wait(word, 2, UK_FUTEX_BITSET_ANY, UK_NSEC_NEVER);
}

static void unlock_word(int32_t *word)
{
	uk_store_release(word, 0);
	uk_mb();
	uk__posix_proc_futex_wake(word, 1, UK_FUTEX_BITSET_ANY);
}

static void tell_all(void)
{
	struct uk__posix_proc_requeue r = { .word = &broadcast.number,
					    .target = &broadcast.mutex,
					    .wakes = 1,
					    .moves = INT32_MAX,
					    .compare = true };

	r.value = uk_fetch_add(&broadcast.number, 1) + 1;
	UK_EXPECT(uk__posix_proc_futex_requeue(&r) >= 0);
}

/* Mutex held, and given up in between. Nobody is moved to where he is: they are counted. */
static void until_all_wait(void)
{
	struct uk__posix_proc_requeue r = { .word = &broadcast.number,
					    .target = &broadcast.number,
					    .moves = INT32_MAX };

	while (uk__posix_proc_futex_requeue(&r) < (long)UK_CPUS_MAX - 1) {
		unlock_word(&broadcast.mutex);
		uk_cpu_relax();
		lock_word(&broadcast.mutex);
	}
}

static void take_tokens(unsigned int cpu, void *unused)
{
	(void)unused;
	uk_cpu_thread_set(&threads[cpu]);
	for (int i = 0; i < TOKENS; i++) {
		lock_word(&broadcast.mutex);
		if (cpu == 0) {
			if (i < WHOLE)
				until_all_wait();
			broadcast.tokens += UK_CPUS_MAX - 1;
			tell_all();
		}
		while (cpu != 0 && broadcast.tokens == 0) {
			int32_t number = uk_load(&broadcast.number);

			unlock_word(&broadcast.mutex);
			(void)uk__posix_proc_futex_wait(&broadcast.number, number,
							UK_FUTEX_BITSET_ANY, UK_NSEC_NEVER);
			lock_word(&broadcast.mutex);
		}
		broadcast.tokens -= cpu != 0;
		broadcast.taken += cpu != 0;
		unlock_word(&broadcast.mutex);
	}
}

/* A broadcast wakes one, and moves the others to the mutex, where they come in turn. */
UK_TEST(futex, a_broadcast_moves_to_the_mutex)
{
	broadcast.tokens = 0;
	broadcast.taken = 0;
	uk_test_smp(take_tokens, NULL);
	UK_EXPECT_EQ(broadcast.taken, TOKENS * (UK_CPUS_MAX - 1));
	UK_EXPECT_EQ(broadcast.tokens, 0);
}

UK_TEST(futex, a_changed_word_moves_nobody)
{
	int32_t word = 7, other = 0;
	struct uk__posix_proc_requeue r = {
		.word = &word,
		.target = &other,
		.wakes = 1,
		.moves = 1,
		.compare = true,
		.value = 8,
	};

	UK_EXPECT_EQ(uk__posix_proc_futex_requeue(&r), -EAGAIN);
	r.value = 7;
	UK_EXPECT_EQ(uk__posix_proc_futex_requeue(&r), 0);
	r.word = (int32_t *)4;
	UK_EXPECT_EQ(uk__posix_proc_futex_requeue(&r), -EFAULT);
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
