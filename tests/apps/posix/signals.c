/* SPDX-License-Identifier: BSD-3-Clause */
#include "t.h"
#include <signal.h>

static volatile int got, in_handler_blocked;

static void handler(int sig)
{
	sigset_t set;

	got = sig;
	sigprocmask(SIG_BLOCK, NULL, &set);
	in_handler_blocked = sigismember(&set, sig);
}

/* A handler is called once; a signal that is ignored stays ignored. */
static void reset(void)
{
	struct sigaction action = { .sa_flags = (int)SA_RESETHAND }, now;

	action.sa_handler = SIG_IGN;
	CHECK(sigaction(SIGUSR2, &action, NULL) == 0);
	CHECK(raise(SIGUSR2) == 0 && raise(SIGUSR2) == 0);
	CHECK(sigaction(SIGUSR2, NULL, &now) == 0 && now.sa_handler == SIG_IGN);
	action.sa_handler = handler;
	CHECK(sigaction(SIGUSR2, &action, NULL) == 0 && raise(SIGUSR2) == 0 && got == SIGUSR2);
	CHECK(sigaction(SIGUSR2, NULL, &now) == 0 && now.sa_handler == SIG_DFL);
}

void test_signals(void)
{
	struct sigaction old;
	sigset_t set, pending;

	CHECK(signal(SIGUSR1, handler) == SIG_DFL);
	CHECK(raise(SIGUSR1) == 0 && got == SIGUSR1 && in_handler_blocked);
	CHECK(sigaction(SIGUSR1, NULL, &old) == 0 && old.sa_handler == handler);
	got = 0;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	CHECK(raise(SIGUSR1) == 0 && got == 0);
	CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1));
	CHECK(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0 && got == SIGUSR1);
	CHECK(signal(SIGUSR1, SIG_IGN) == handler && raise(SIGUSR1) == 0);
	CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	CHECK(kill(getpid(), 0) == 0);
	FAILS(kill(getpid(), 999), EINVAL);
	FAILS(sigaction(SIGKILL, &old, NULL), EINVAL);
	reset();
}
