/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Pi as the area below 4/(1+x*x) from 0 to 1, by the midpoint rule. Arguments:
 *	THREADS STEPS	by default as many threads as there are CPUs, and 100 million steps
 *
 * The steps are cut into 64 blocks, which threads take one after the other; the sums of the
 * blocks are added in the order of the blocks, so the digits do not depend on the threads.
 * With PI_BLOCKS in the environment it says how many each CPU took.
 * A POSIX program: cc -O2 -pthread main.c counters.c makes it on Linux.
 */

#define _GNU_SOURCE
#include "counters.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BLOCKS    64
#define CPUS      64
#define STEPS     100000000L
#define STEPS_MAX (1L << 52) /* beyond it x is no longer exact */

static long steps = STEPS;
static double sums[BLOCKS]; /* each written by the thread that took the block, read after join */
static atomic_int next_block;
static atomic_int blocks_by[CPUS]; /* by the CPU that a block began on */

static double area(long first, long end)
{
	double width = 1.0 / (double)steps;
	double sum = 0;

	for (long i = first; i < end; i++) {
		double x = ((double)i + 0.5) * width;

		sum += 4.0 / (1.0 + x * x);
	}
	return sum * width;
}

/* steps * block / BLOCKS without overflow. */
static long begin_of(int block)
{
	return steps / BLOCKS * block + steps % BLOCKS * block / BLOCKS;
}

static void *work(void *arg)
{
	int block;

	while ((block = atomic_fetch_add(&next_block, 1)) < BLOCKS) {
		atomic_fetch_add(&blocks_by[(unsigned int)sched_getcpu() % CPUS], 1);
		sums[block] = area(begin_of(block), begin_of(block + 1));
		sched_yield(); /* where threads are not preempted, all have a part too */
	}
	return arg;
}

/* The caller is one of the threads. Fewer than asked for do the same work. */
static void run(int threads)
{
	pthread_t thread[BLOCKS];
	int started = 1;

	for (; started < threads; started++) {
		int err = pthread_create(&thread[started], NULL, work, NULL);

		if (err == 0)
			continue;
		fprintf(stderr, "pi: %d threads instead of %d: %s\n", started, threads,
			strerror(err));
		break;
	}
	work(NULL);
	for (int i = 1; i < started; i++)
		pthread_join(thread[i], NULL);
}

static double now(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) != 0)
		return 0;
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void show_counters(long cpus)
{
	struct counters c;

	for (unsigned int cpu = 0; cpu < cpus && counters_read(cpu, &c) == 0; cpu++) {
		printf("cpu%u.interrupts: %lu\n", cpu, c.interrupts);
		printf("cpu%u.ipis: %lu\n", cpu, c.ipis);
		printf("cpu%u.wakeups: %lu\n", cpu, c.wakeups);
	}
}

static void show_blocks(long cpus)
{
	for (int cpu = 0; cpu < cpus && cpu < CPUS; cpu++)
		printf("cpu%d.blocks: %d\n", cpu, blocks_by[cpu]);
}

/* The number in text, or -1 with a word about it. */
static long number(const char *what, const char *text, long max)
{
	char *end;

	errno = 0;
	long value = strtol(text, &end, 10);

	if (errno == 0 && end != text && *end == '\0' && value >= 1 && value <= max)
		return value;
	fprintf(stderr, "pi: %s '%s': give a number from 1 to %ld\n", what, text, max);
	return -1;
}

int main(int argc, char **argv)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	long threads = cpus < 1 ? 1 : cpus > BLOCKS ? BLOCKS : cpus;
	double sum = 0;

	if (argc > 1)
		threads = number("THREADS", argv[1], BLOCKS);
	if (argc > 2)
		steps = number("STEPS", argv[2], STEPS_MAX);
	if (argc > 3)
		fprintf(stderr, "pi: '%s' is too much: give THREADS and STEPS\n", argv[3]);
	if (threads < 0 || steps < 0 || argc > 3)
		return 2;
	double start = now();

	run((int)threads);
	double seconds = now() - start;

	for (int i = 0; i < BLOCKS; i++)
		sum += sums[i];
	printf("pi: %.15f\nseconds: %.6f\n", sum, seconds);
	show_counters(cpus);
	if (getenv("PI_BLOCKS"))
		show_blocks(cpus);
	return 0;
}
