/* SPDX-License-Identifier: BSD-3-Clause */
/* CPUs and priorities of threads. */

#include "t.h"
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define NOBODY 99999999

static void affinity(void)
{
	cpu_set_t all, one, now;
	int seen = 0;

	CPU_ZERO(&one);
	FAILS(sched_setaffinity(0, sizeof(one), &one), EINVAL);
	FAILS(sched_getaffinity(NOBODY, sizeof(all), &all), ESRCH);
	FAILS(syscall(SYS_sched_getaffinity, 0, 3, &all), EINVAL);
	CHECK(sched_getaffinity(0, sizeof(all), &all) == 0);
	CHECK(CPU_COUNT(&all) == sysconf(_SC_NPROCESSORS_ONLN));
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		CHECK(sched_setaffinity(0, sizeof(one), &one) == 0);
		CHECK(sched_getcpu() == cpu);
		CHECK(sched_getaffinity(0, sizeof(now), &now) == 0 && CPU_EQUAL(&one, &now));
		seen++;
	}
	CHECK(seen == CPU_COUNT(&all));
	CHECK(sched_setaffinity(0, sizeof(all), &all) == 0);
}

static void *have_the_same(void *arg)
{
	cpu_set_t now;

	CHECK(sched_getaffinity(0, sizeof(now), &now) == 0 && CPU_EQUAL((cpu_set_t *)arg, &now));
	return arg;
}

/* A new thread may run where the one that made it may. */
static void inherited(void)
{
	cpu_set_t all, one;
	pthread_t thread;

	CHECK(sched_getaffinity(0, sizeof(all), &all) == 0);
	CPU_ZERO(&one);
	for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; cpu++) {
		if (CPU_ISSET(cpu, &all))
			CPU_SET(cpu, &one);
	}
	CHECK(sched_setaffinity(0, sizeof(one), &one) == 0);
	if (CHECK(pthread_create(&thread, NULL, have_the_same, &one) == 0))
		pthread_join(thread, NULL);
	CHECK(sched_setaffinity(0, sizeof(all), &all) == 0);
}

static void priorities(void)
{
	struct sched_param param = { .sched_priority = 1 };
	int policy = -1;

	CHECK(sched_get_priority_min(SCHED_FIFO) == 1 && sched_get_priority_max(SCHED_FIFO) == 99);
	CHECK(sched_get_priority_min(SCHED_RR) == 1 && sched_get_priority_max(SCHED_RR) == 99);
	CHECK(sched_get_priority_min(SCHED_OTHER) == 0);
	CHECK(sched_get_priority_max(SCHED_OTHER) == 0);
	FAILS(sched_get_priority_max(77), EINVAL);
	CHECK(pthread_setschedparam(pthread_self(), SCHED_OTHER, &param) == EINVAL);
	CHECK(pthread_setschedparam(pthread_self(), 77, &param) == EINVAL);
	param.sched_priority = 0;
	CHECK(pthread_setschedparam(pthread_self(), SCHED_OTHER, &param) == 0);
	param.sched_priority = 5;
	CHECK(pthread_getschedparam(pthread_self(), &policy, &param) == 0);
	CHECK(policy == SCHED_OTHER && param.sched_priority == 0);
	errno = 0;
	int nice = getpriority(PRIO_PROCESS, 0);

	/* On Linux this program may have been started under nice. */
	CHECK(errno == 0 && (nice == 0 || getenv("POSIX_ROOT")));
	FAILS(getpriority(7, 0), EINVAL);
	FAILS(setpriority(PRIO_PROCESS, NOBODY, 0), ESRCH);
	CHECK(setpriority(PRIO_PROCESS, 0, nice) == 0);
}

void test_sched(void)
{
	affinity();
	inherited();
	priorities();
}
