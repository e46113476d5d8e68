/* SPDX-License-Identifier: BSD-3-Clause */
/* Timers that send signals. */

#include "t.h"
#include <sys/time.h>

static void itimers(void)
{
	struct itimerval it = { .it_value = { 0, 20000 }, .it_interval = { 0, 20000 } }, old;
	long before = now_ms();
	sigset_t none;

	counting(SIGALRM, 0);
	CHECK(setitimer(ITIMER_REAL, &it, NULL) == 0);
	while (got < 3)
		pause();
	CHECK(now_ms() - before >= 59);
	it = (struct itimerval){ 0 };
	CHECK(setitimer(ITIMER_REAL, &it, &old) == 0 && old.it_interval.tv_usec == 20000);
	CHECK(getitimer(ITIMER_REAL, &old) == 0 && old.it_value.tv_usec == 0);
	got = 0;
	CHECK(alarm(100) == 0);
	mask(SIG_BLOCK, SIGALRM); /* it may come before the wait for it */
	before = now_ms();
	CHECK(alarm(1) == 100 && got == 0);
	sigemptyset(&none);
	FAILS(sigsuspend(&none), EINTR);
	mask(SIG_UNBLOCK, SIGALRM);
	CHECK(got == 1 && now_ms() - before >= 990 && alarm(0) == 0);
	it.it_value.tv_usec = 1000000;
	FAILS(setitimer(ITIMER_REAL, &it, NULL), EINVAL);
}

static volatile int ran;
static pthread_t ran_by;

static void notified(union sigval value)
{
	ran_by = pthread_self();
	ran += value.sival_int;
}

static timer_t create(int notify, int sig, int value)
{
	struct sigevent event = { .sigev_notify = notify, .sigev_signo = sig };
	timer_t timer;

	event.sigev_value.sival_int = value;
	event.sigev_notify_function = notified;
	CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	return timer;
}

static void signals(void)
{
	struct itimerspec it = { .it_value = { 0, 10000000 }, .it_interval = { 0, 10000000 } }, now;
	timer_t timer;

	counting(SIGUSR1, 0);
	timer = create(SIGEV_SIGNAL, SIGUSR1, 6);
	CHECK(timer_settime(timer, 0, &it, NULL) == 0);
	FAILS(pause(), EINTR);
	CHECK(got >= 1 && got_code == SI_TIMER && got_value == 6);
	CHECK(timer_gettime(timer, &now) == 0 && now.it_interval.tv_nsec == 10000000);
	mask(SIG_BLOCK, SIGUSR1);
	raise(SIGUSR1);
	mask(SIG_UNBLOCK, SIGUSR1);
	mask(SIG_BLOCK, SIGUSR1);
	got = 0;
	pause_ms(100);
	mask(SIG_UNBLOCK, SIGUSR1);
	CHECK(got == 1 && timer_getoverrun(timer) >= 5);
	CHECK(timer_delete(timer) == 0);
	FAILS(timer_gettime(timer, &now), EINVAL);
	got = 0;
	pause_ms(30);
	CHECK(got == 0);
}

static void threads(void)
{
	struct itimerspec once = { .it_value = { 0, 10000000 } }, past = { .it_value = { 0, 1 } };
	timer_t timer = create(SIGEV_THREAD, 0, 3);

	CHECK(timer_settime(timer, 0, &once, NULL) == 0);
	CHECK(changed(&ran, 0) == 3 && !pthread_equal(ran_by, pthread_self()));
	CHECK(timer_settime(timer, TIMER_ABSTIME, &past, NULL) == 0);
	CHECK(changed(&ran, 3) == 6 && timer_delete(timer) == 0);
}

void test_timers(void)
{
	timer_t timer = create(SIGEV_NONE, 0, 0);
	struct itimerspec bad = { .it_value = { 0, 1000000000 } };

	FAILS(timer_settime(timer, 0, &bad, NULL), EINVAL);
	CHECK(timer_delete(timer) == 0);
	FAILS(timer_create((clockid_t)77, NULL, &timer), EINVAL);
	itimers();
	signals();
	threads();
}
