/* SPDX-License-Identifier: BSD-3-Clause */

/* Real threads on the host: each CPU's own context is its idle thread, as uk_thread_cpu_run(). */

#include "../switch.h"
#include <uk/atomic.h>
#include <uk/cpu.h>
#include <uk/host.h>
#include <uk/string.h>
#include <uk/test.h>

#define STACK 131072u

static struct uk_thread idles[UK_CPUS_MAX];
static uint32_t finished; /* by the last thread of a case */

static struct uk_thread *spawn(void (*fn)(void *), void *arg)
{
	struct uk_thread_attr attr = { .stack_size = STACK };
	struct uk_thread *thread = NULL;

	UK_EXPECT_EQ(uk_thread_create(&attr, fn, arg, &thread), 0);
	return thread;
}

static void work(unsigned int cpu, void *arg)
{
	if (uk_thread_self() == NULL)
		uk__thread_cpu_init(&idles[cpu]);
	if (cpu == 0) {
		struct uk_thread_attr attr = { .stack_size = STACK, .detached = true };

		UK_EXPECT_EQ(uk_thread_create(&attr, *(void (**)(void *))arg, NULL, NULL), 0);
	}
	/* Acquire: pairs with the release in finish(). */
	while (!uk_load_acquire(&finished)) {
		uk__thread_idle_turn();
		uk_host_interrupts();
	}
}

static void finish(void)
{
	uk_store_release(&finished, 1u);
}

/* Threads of the host are new in each case: so are the idle threads. */
static void run_on_all_cpus(void (*first)(void *))
{
	struct uk_list *list = &uk_thread_list;

	memset(idles, 0, sizeof(idles));
	uk_list_init(list);
	uk_cpu_thread_set(NULL);
	finished = 0;
	uk_test_smp(work, &first);
}

#define THREADS 20
#define ROUNDS  100

static struct {
	struct uk_waitq wq[THREADS];
	uint32_t turn;
	unsigned int steps;
} ring;

static void pass(void *arg)
{
	uint32_t me = (uint32_t)(uintptr_t)arg;

	for (int i = 0; i < ROUNDS; i++) {
		uint32_t next = (me + 1) % THREADS;

		uk_waitq_wait(&ring.wq[me], uk_load_acquire(&ring.turn) == me);
		ring.steps++;
		uk_store_release(&ring.turn, next);
		uk_waitq_wake_one(&ring.wq[next]);
	}
}

static void token(void *unused)
{
	struct uk_thread *threads[THREADS];

	(void)unused;
	for (uintptr_t i = 0; i < THREADS; i++)
		threads[i] = spawn(pass, (void *)i);
	for (int i = 0; i < THREADS; i++)
		uk_thread_join(threads[i]);
	finish();
}

UK_TEST(thread_host, token_goes_round)
{
	for (int i = 0; i < THREADS; i++)
		uk_waitq_init(&ring.wq[i]);
	ring.turn = 0;
	ring.steps = 0;
	run_on_all_cpus(token);
	UK_EXPECT_EQ(ring.steps, THREADS * ROUNDS);
}

static void pass_interrupted(void *arg)
{
	uint32_t me = (uint32_t)(uintptr_t)arg;

	for (int i = 0; i < ROUNDS; i++) {
		uint32_t next = (me + 1) % THREADS;

		uk_waitq_wait(&ring.wq[me], uk_load_acquire(&ring.turn) == me);
		ring.steps++;
		uk_store_release(&ring.turn, next);
		uk_waitq_wake_one(&ring.wq[next]);
		uk_host_interrupts();
	}
}

static void token_among_moving(void *unused)
{
	struct uk_thread *threads[THREADS];

	(void)unused;
	for (uintptr_t i = 0; i < THREADS; i++)
		threads[i] = spawn(pass_interrupted, (void *)i);
	for (unsigned int i = 0; i < 200; i++) {
		uint64_t mask = 1ull << i % UK_CPUS_MAX;

		uk_sched_set(&threads[i % THREADS]->sched, NULL, &mask);
		uk_thread_yield();
		uk_host_interrupts();
	}
	for (int i = 0; i < THREADS; i++)
		uk_thread_join(threads[i]);
	finish();
}

/* Threads that are moved and preempted while they wait for each other. */
UK_TEST(thread_host, moved_and_preempted)
{
	for (int i = 0; i < THREADS; i++)
		uk_waitq_init(&ring.wq[i]);
	ring.turn = 0;
	ring.steps = 0;
	run_on_all_cpus(token_among_moving);
	UK_EXPECT_EQ(ring.steps, THREADS * ROUNDS);
}

/* All wait on one queue for a number to grow; whoever finds it right makes it grow. */
static struct {
	struct uk_waitq wq;
	uint32_t number;
} crowd;

static void grow(void *arg)
{
	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint32_t mine = i * THREADS + (uint32_t)(uintptr_t)arg;

		uk_waitq_wait(&crowd.wq, uk_load_acquire(&crowd.number) == mine);
		uk_store_release(&crowd.number, mine + 1);
		uk_waitq_wake_all(&crowd.wq);
	}
}

static void grow_together(void *unused)
{
	struct uk_thread *threads[THREADS];

	(void)unused;
	for (uintptr_t i = 0; i < THREADS; i++)
		threads[i] = spawn(grow, (void *)i);
	for (int i = 0; i < THREADS; i++)
		uk_thread_join(threads[i]);
	finish();
}

UK_TEST(thread_host, all_are_woken)
{
	uk_waitq_init(&crowd.wq);
	crowd.number = 0;
	run_on_all_cpus(grow_together);
	UK_EXPECT_EQ(crowd.number, THREADS * ROUNDS);
	UK_EXPECT(uk_list_empty(&crowd.wq.waiters));
}

static uint32_t yields;

static void yield_often(void *unused)
{
	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		uk_fetch_add(&yields, 1u);
		uk_thread_yield();
	}
}

static void yielders(void *unused)
{
	struct uk_thread *threads[THREADS];

	(void)unused;
	for (int i = 0; i < THREADS; i++)
		threads[i] = spawn(yield_often, NULL);
	for (int i = 0; i < THREADS; i++)
		uk_thread_join(threads[i]);
	finish();
}

UK_TEST(thread_host, yield_among_cpus)
{
	yields = 0;
	run_on_all_cpus(yielders);
	UK_EXPECT_EQ(yields, THREADS * ROUNDS);
}

static uint32_t gone;

static void note_gone(void *arg)
{
	(void)arg;
	uk_fetch_add(&gone, 1u);
}

static void say_and_end(void *arg)
{
	uk_thread_on_gone(note_gone, arg);
}

static void short_lives(void *unused)
{
	struct uk_thread_attr attr = { .stack_size = STACK, .detached = true };

	(void)unused;
	for (int i = 0; i < 200; i++) {
		if (i % 2) {
			uk_thread_join(spawn(say_and_end, NULL));
		} else {
			UK_EXPECT_EQ(uk_thread_create(&attr, say_and_end, NULL, NULL), 0);
			uk_thread_yield();
		}
	}
	while (uk_load(&gone) < 200)
		uk_thread_yield();
	finish();
}

UK_TEST(thread_host, short_lives)
{
	gone = 0;
	run_on_all_cpus(short_lives);
	UK_EXPECT_EQ(gone, 200);
}
