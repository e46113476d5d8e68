/* SPDX-License-Identifier: BSD-3-Clause */

#define _GNU_SOURCE
#include "counts.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

#define SPINNERS 2

static atomic_int over;
static atomic_ulong spun[SPINNERS];

/* Makes no call, so nothing but preemption takes the CPU from it. */
static void *spin(void *arg)
{
	while (!atomic_load_explicit(&over, memory_order_relaxed))
		atomic_fetch_add_explicit(&spun[(long)arg], 1, memory_order_relaxed);
	return arg;
}

static int had, yields; /* read after join */

/* All on this CPU. */
static void *yield(void *arg)
{
	int turns = *(int *)arg;

	for (; had < turns; yields++) {
		unsigned long before[SPINNERS], went_on = 0;

		for (int s = 0; s < SPINNERS; s++)
			before[s] = spun[s];
		sched_yield();
		for (int s = 0; s < SPINNERS; s++)
			went_on += spun[s] != before[s];
		had += went_on > 0; /* it was a turn: others ran between */
	}
	over = 1;
	return arg;
}

int spin_run(int turns)
{
	pthread_t thread[SPINNERS + 1];
	unsigned long least = ~0ul, most = 0;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (pthread_setaffinity_np(pthread_self(), sizeof(set), &set))
		return 1;
	for (long s = 0; s <= SPINNERS; s++) {
		if (pthread_create(&thread[s], NULL, s < SPINNERS ? spin : yield,
				   s < SPINNERS ? (void *)s : &turns))
			return 1;
	}
	for (int s = 0; s <= SPINNERS; s++)
		pthread_join(thread[s], NULL);
	for (int s = 0; s < SPINNERS; s++) {
		least = spun[s] < least ? spun[s] : least;
		most = spun[s] > most ? spun[s] : most;
	}
	printf("spin: %d of %d turns by %d yields; the least of %d spinners counted %lu %% of the "
	       "most\n",
	       had, turns, yields, SPINNERS, most > 0 ? least * 100 / most : 0);
	return least == 0;
}
