/* SPDX-License-Identifier: BSD-3-Clause */
/* Signals to threads that compute on other CPUs, and to more of them than there are CPUs. */

#include "t.h"
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

#define THREADS 3
#define SIGNALS 600
#define ROUNDS  40

static atomic_long handled[THREADS], sum;
static atomic_int begun, stop, wrong;
static _Thread_local int me;

static uint64_t compute(void)
{
	uint64_t x = 88172645463325252;
	double y = 0;

	for (int i = 0; i < 2000; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		y = y * 0.999 + (double)(x >> 40);
	}
	return x ^ (uint64_t)(y * 1024);
}

static void hit(int sig)
{
	volatile double d = 1.5;

	d = d * sig;
	atomic_fetch_add(&handled[me], 1);
	atomic_fetch_add(&sum, sig);
}

static void *computes(void *arg)
{
	uint64_t first = compute();

	me = (int)(long)arg;
	atomic_fetch_add(&begun, 1);
	while (!atomic_load(&stop)) {
		if (compute() != first)
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static long total(void)
{
	long n = 0;

	for (int i = 0; i < THREADS; i++)
		n += atomic_load(&handled[i]);
	return n;
}

/* Never more on their way than can be queued. */
static void storm(const pthread_t *thread)
{
	long before = now_ms();
	int sig = SIGRTMIN + 1;

	for (int i = 0; i < SIGNALS; i++) {
		while (i - total() > 16 && now_ms() - before < 60000)
			sched_yield();
		CHECK(pthread_kill(thread[i % THREADS], sig) == 0);
	}
	while (total() < SIGNALS && now_ms() - before < 60000)
		pause_ms(1);
	CHECK(total() == SIGNALS && atomic_load(&sum) == (long)SIGNALS * sig);
	for (int i = 0; i < THREADS; i++)
		CHECK(atomic_load(&handled[i]) == SIGNALS / THREADS);
}

/* This thread makes no call that waits, and neither does the other: nothing interrupts by chance.
 */
static void at_once(pthread_t thread)
{
	bool came = true;

	for (int i = 0; i < ROUNDS && came; i++) {
		long seen = atomic_load(&handled[0]), before = now_ms();

		CHECK(pthread_kill(thread, SIGRTMIN + 1) == 0);
		do
			came = atomic_load(&handled[0]) != seen;
		while (!came && now_ms() - before < 60000); /* a host may be busy */
	}
	CHECK(came);
}

static void start(pthread_t *thread, int n)
{
	begun = stop = 0;
	for (long i = 0; i < n; i++)
		CHECK(pthread_create(&thread[i], NULL, computes, (void *)i) == 0);
	while (atomic_load(&begun) < n)
		pause_ms(1);
}

static void end(const pthread_t *thread, int n)
{
	stop = 1;
	for (int i = 0; i < n; i++)
		CHECK(pthread_join(thread[i], NULL) == 0);
}

/* With one CPU, a scheduler that does not preempt never comes back from them. */
void test_cpus(void)
{
	struct sigaction action = { .sa_flags = SA_RESTART };
	pthread_t thread[THREADS];

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return;
	action.sa_handler = hit;
	CHECK(sigaction(SIGRTMIN + 1, &action, NULL) == 0);
	start(thread, THREADS);
	storm(thread);
	end(thread, THREADS);
	start(thread, 1);
	at_once(thread[0]);
	end(thread, 1);
	CHECK(wrong == 0);
	signal(SIGRTMIN + 1, SIG_DFL);
}
