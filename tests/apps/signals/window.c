/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two timers that end shortly after each other: the first one's handler ends a call that waits, and
 * the second one's interrupt comes at each instruction of that end. Under icount, where time
 * is counted in instructions. With handlers on this stack and on an alternate one.
 */

#include "t.h"

#define ROUNDS 6000
#define SECOND 1000000000l

static int fds[2];
static timer_t timers[3];

static void nothing(int sig)
{
	(void)sig;
}

/* The call has begun again: it is given what it waits for. */
static void rescue(int sig)
{
	(void)sig;
	CHECK(write(fds[1], "x", 1) == 1);
}

static void make(int i, int sig)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = sig };

	CHECK(timer_create(CLOCK_MONOTONIC, &event, &timers[i]) == 0);
}

static void start(int i, const struct timespec *now, long ns)
{
	struct itimerspec when = { .it_value = *now };

	when.it_value.tv_nsec += ns;
	if (when.it_value.tv_nsec >= SECOND) {
		when.it_value.tv_nsec -= SECOND;
		when.it_value.tv_sec++;
	}
	CHECK(timer_settime(timers[i], TIMER_ABSTIME, &when, NULL) == 0);
}

static void stop(int i)
{
	CHECK(timer_settime(timers[i], 0, &(struct itimerspec){ { 0, 0 }, { 0, 0 } }, NULL) == 0);
}

static void handle(int sig, void (*fn)(int), int flags)
{
	CHECK(sigaction(sig, &(struct sigaction){ .sa_handler = fn, .sa_flags = flags }, NULL) ==
	      0);
}

static int began_again(int flags)
{
	struct timespec now;
	int wrong = 0;
	char c;

	handle(SIGALRM, nothing, flags);
	handle(SIGUSR2, nothing, flags);
	handle(SIGUSR1, rescue, flags | SA_RESTART);
	for (int i = 0; i < ROUNDS; i++) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		start(2, &now, 5000000);
		start(0, &now, 200000);
		start(1, &now, 200000 + i);
		wrong += read(fds[0], &c, 1) != -1;
		stop(1);
		stop(2);
	}
	return wrong;
}

int window(void)
{
	static char stack[16384];
	int wrong;

	CHECK(pipe(fds) == 0);
	make(0, SIGALRM);
	make(1, SIGUSR2);
	make(2, SIGUSR1);
	wrong = began_again(0);
	CHECK(sigaltstack(&(stack_t){ .ss_sp = stack, .ss_size = sizeof(stack) }, NULL) == 0);
	wrong += began_again(SA_ONSTACK);
	printf("window: %d of %d calls began again\n", wrong, 2 * ROUNDS);
	return wrong != 0;
}
