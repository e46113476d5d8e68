/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Interrupts, time, threads on this machine. Arguments:
 *	[THREADS [ROUNDS]]	by default two for each CPU, and 1000: threads that meet in all
 *			ways that POSIX has, and count; the status is 1 if it does not add up
 *	soak SECONDS [THREADS [ROUNDS]]	the same again and again, with up to THREADS threads
 *	spin TURNS	threads that only compute, on one CPU with one that yields so often
 *	test FILTER	the unit tests whose suite.name matches
 *	clock N		ten lines "clock NANOSECONDS", and ten more N seconds later, for the host
 *			to compare with its own
 *	switch N	what N switches between two threads, locks, threads cost; instructions
 *			under QEMU's -icount shift=0,sleep=off
 *	overflow	a thread that needs more stack than there is: ends in a panic
 */

#include "counts.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uk/clock.h>
#include <uk/cpu.h>
#include <uk/sync.h>
#include <uk/test.h>
#include <uk/thread.h>
#include <unistd.h>

/* A line is late by what the host does in between: of ten lines the least late counts. */
static void show_marks(uk_nsec_t start)
{
	for (int i = 0; i < 10; i++) {
		uk_thread_sleep_until(start + i * 20 * (uk_nsec_t)UK_NSEC_PER_MSEC);
		printf("clock %lld\n", (long long)uk_clock_now());
		fflush(stdout);
	}
}

static int show_clock(int seconds)
{
	uk_nsec_t start = uk_clock_now();

	show_marks(start);
	show_marks(start + seconds * (uk_nsec_t)UK_NSEC_PER_SEC);
	return 0;
}

static void yield_many(void *arg)
{
	for (long i = 0; i < *(long *)arg; i++)
		uk_thread_yield();
}

static void empty(void *arg)
{
	(void)arg;
}

static int show_switch(long n)
{
	struct uk_thread *thread;
	struct uk_mutex mutex = UK_MUTEX_INIT(mutex);

	if (uk_thread_create(NULL, yield_many, &n, &thread) != 0)
		return 1;
	uint64_t t0 = uk_cpu_cycles();

	yield_many(&n);
	uint64_t t1 = uk_cpu_cycles();

	uk_thread_join(thread);
	printf("yield: %lu cycles per switch\n", (unsigned long)((t1 - t0) / (2 * (uint64_t)n)));
	t0 = uk_cpu_cycles();
	for (long i = 0; i < n; i++) {
		uk_mutex_lock(&mutex);
		uk_mutex_unlock(&mutex);
	}
	t1 = uk_cpu_cycles();
	printf("mutex: %lu cycles per pair\n", (unsigned long)((t1 - t0) / (uint64_t)n));
	t0 = uk_cpu_cycles();
	for (long i = 0; i < n; i++)
		(void)uk_clock_now();
	t1 = uk_cpu_cycles();
	printf("clock: %lu cycles per reading\n", (unsigned long)((t1 - t0) / (uint64_t)n));
	t0 = uk_cpu_cycles();
	for (long i = 0; i < n; i++) {
		if (uk_thread_create(NULL, empty, NULL, &thread) != 0)
			return 1;
		uk_thread_join(thread);
	}
	t1 = uk_cpu_cycles();
	printf("create and join: %lu cycles\n", (unsigned long)((t1 - t0) / (uint64_t)n));
	return 0;
}

static unsigned int uk_noinline fall(volatile unsigned int *above)
{
	volatile unsigned int here[64] = { *above };

	return here[0] == 0 ? 0 : here[0] + fall(here);
}

static void overflow(void *arg)
{
	volatile unsigned int bottom = 1;

	*(unsigned int *)arg = fall(&bottom);
}

static int show_overflow(void)
{
	struct uk_thread *thread;
	unsigned int result;

	if (uk_thread_create(NULL, overflow, &result, &thread) != 0)
		return 1;
	uk_thread_join(thread);
	return 2;
}

/* argv[1], or two for each CPU; at least two. */
static int threads_of(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 2 * (int)sysconf(_SC_NPROCESSORS_ONLN);

	return n < 2 ? 2 : n;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "clock") == 0)
		return show_clock(atoi(argv[2]));
	if (argc == 3 && strcmp(argv[1], "switch") == 0)
		return show_switch(atol(argv[2]));
	if (argc == 2 && strcmp(argv[1], "overflow") == 0)
		return show_overflow();
	if (argc == 3 && strcmp(argv[1], "spin") == 0)
		return spin_run(atoi(argv[2]));
	if (argc > 2 && strcmp(argv[1], "soak") == 0)
		return soak_run(atoi(argv[2]), threads_of(argc - 2, argv + 2),
				argc > 4 ? atol(argv[4]) : 200);
	if (argc == 3 && strcmp(argv[1], "test") == 0)
		return uk_test_run(argv[2]) != 0;
	return counts_run(threads_of(argc, argv), argc > 2 ? atol(argv[2]) : 1000, 0);
}
