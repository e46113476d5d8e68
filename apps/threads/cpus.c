/* SPDX-License-Identifier: BSD-3-Clause */

#define _GNU_SOURCE
#include "counts.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

static long turns;
static atomic_long were, strayed;

static void *stay(void *arg)
{
	int cpu = (int)(long)arg;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (pthread_setaffinity_np(pthread_self(), sizeof(set), &set))
		return arg;
	for (long i = 0; i < turns; i++) {
		if (sched_getcpu() != cpu)
			atomic_fetch_add(&strayed, 1);
		sched_yield();
	}
	if (sched_getcpu() == cpu)
		atomic_fetch_add(&were, 1);
	return arg;
}

void counts_cpus(long rounds)
{
	were = strayed = 0;
	turns = rounds;
	int n = counts_run_all(stay, (int)sysconf(_SC_NPROCESSORS_ONLN), NULL);

	counts_add_up("CPUs", n, were);
	counts_add_up("CPUs, strayed", 0, strayed);
}
