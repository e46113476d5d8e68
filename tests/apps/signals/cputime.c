/* SPDX-License-Identifier: BSD-3-Clause */
/* CPU time: clocks of threads, and timers that count it. */

#include "t.h"
#include <sys/time.h>

static long cpu_ms(clockid_t clock)
{
	struct timespec ts;

	return clock_gettime(clock, &ts) ? -1 : ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Until *word is not 0, at most a minute. */
static void burn(volatile int *word)
{
	long before = now_ms();

	while (!*word && now_ms() - before < 60000)
		continue;
}

static volatile int stop, begun;

static void *burns(void *arg)
{
	begun = 1;
	burn(&stop);
	return arg;
}

static void clocks(void)
{
	pthread_t thread = started(burns, NULL);
	clockid_t its, ours;
	long before = now_ms(), mine;

	CHECK(pthread_getcpuclockid(thread, &its) == 0 && clock_getcpuclockid(0, &ours) == 0);
	mine = cpu_ms(CLOCK_THREAD_CPUTIME_ID);
	while (cpu_ms(its) < 60 && now_ms() - before < 20000)
		pause_ms(10);
	CHECK(cpu_ms(its) >= 60 && cpu_ms(ours) >= 60);
	CHECK(cpu_ms(CLOCK_THREAD_CPUTIME_ID) - mine < cpu_ms(its));
	stop = 1;
	CHECK(pthread_join(thread, NULL) == 0);
	FAILS(clock_gettime((clockid_t)(~12345u << 3 | 6), &(struct timespec){ 0 }), EINVAL);
}

/* Sleeping is not counted. Linux samples what these timers count. */
static void itimers(void)
{
	struct itimerval it = { .it_value = { 0, 50000 } };
	long before;

	counting(SIGPROF, 0);
	counting(SIGVTALRM, 0);
	before = cpu_ms(CLOCK_PROCESS_CPUTIME_ID);
	CHECK(setitimer(ITIMER_PROF, &it, NULL) == 0);
	pause_ms(150);
	CHECK(got == 0 || cpu_ms(CLOCK_PROCESS_CPUTIME_ID) - before >= 20);
	burn(&got);
	CHECK(got == 1 && cpu_ms(CLOCK_PROCESS_CPUTIME_ID) - before >= 20);
	got = 0;
	CHECK(setitimer(ITIMER_VIRTUAL, &it, NULL) == 0);
	burn(&got);
	CHECK(got == 1 && getitimer(ITIMER_VIRTUAL, &it) == 0 && it.it_value.tv_usec == 0);
}

static void timers(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct itimerspec it = { { 0, 20000000 }, { 0, 20000000 } }, left;
	long before = cpu_ms(CLOCK_THREAD_CPUTIME_ID);
	timer_t timer;

	counting(SIGUSR1, 0);
	CHECK(timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) == 0);
	CHECK(timer_settime(timer, 0, &it, NULL) == 0);
	while (got < 3 && cpu_ms(CLOCK_THREAD_CPUTIME_ID) - before < 20000)
		continue;
	CHECK(got >= 3 && cpu_ms(CLOCK_THREAD_CPUTIME_ID) - before >= 59);
	CHECK(timer_gettime(timer, &left) == 0 && left.it_interval.tv_nsec == 20000000);
	CHECK(timer_delete(timer) == 0);
}

/* A scheduler that does not preempt does not count it either. */
void test_cputime(void)
{
	struct itimerval it = { .it_value = { 1, 0 } };

	if (cpu_ms(CLOCK_PROCESS_CPUTIME_ID) < 0) {
		FAILS(setitimer(ITIMER_PROF, &it, NULL), EINVAL);
		return;
	}
	clocks();
	itimers();
	timers();
}
