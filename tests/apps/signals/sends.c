/* SPDX-License-Identifier: BSD-3-Clause */
/* Actions, masks, what is pending, who gets it. */

#include "t.h"

static volatile int order[16], n_order;

static void note(int sig, siginfo_t *info, void *context)
{
	(void)context;
	order[n_order++] = sig * 100 + info->si_value.sival_int;
}

static volatile int nested_blocked, nested_other;

static void look(int sig)
{
	sigset_t set;

	pthread_sigmask(SIG_BLOCK, NULL, &set);
	nested_blocked = sigismember(&set, sig);
	nested_other = sigismember(&set, SIGUSR2);
	got++;
}

static void masks(void)
{
	struct sigaction action = { 0 }, old;
	sigset_t set;

	action.sa_handler = look;
	sigaddset(&action.sa_mask, SIGUSR2);
	got = 0;
	CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && raise(SIGUSR1) == 0);
	CHECK(got == 1 && nested_blocked && nested_other);
	CHECK(pthread_sigmask(SIG_BLOCK, NULL, &set) == 0 && !sigismember(&set, SIGUSR2));
	action.sa_flags = SA_NODEFER | SA_RESETHAND;
	CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && raise(SIGUSR1) == 0);
	CHECK(got == 2 && !nested_blocked);
	CHECK(sigaction(SIGUSR1, NULL, &old) == 0 && old.sa_handler == SIG_DFL);
}

void test_sends(void)
{
	sigset_t set;

	counting(SIGUSR1, 0);
	CHECK(kill(getpid(), SIGUSR1) == 0 && got == 1 && got_code == SI_USER);
	CHECK(raise(SIGUSR1) == 0 && got == 2 && got_code == SI_TKILL);
	mask(SIG_BLOCK, SIGUSR1);
	CHECK(kill(getpid(), SIGUSR1) == 0 && kill(getpid(), SIGUSR1) == 0 && got == 2);
	CHECK(sigpending(&set) == 0 && sigismember(&set, SIGUSR1));
	mask(SIG_UNBLOCK, SIGUSR1);
	CHECK(got == 3);
	CHECK(sigpending(&set) == 0 && !sigismember(&set, SIGUSR1));
	mask(SIG_BLOCK, SIGUSR1);
	CHECK(raise(SIGUSR1) == 0 && signal(SIGUSR1, SIG_IGN) != SIG_ERR);
	CHECK(sigpending(&set) == 0 && !sigismember(&set, SIGUSR1));
	mask(SIG_UNBLOCK, SIGUSR1);
	CHECK(got == 3 && raise(SIGUSR1) == 0 && raise(SIGCHLD) == 0 && raise(SIGWINCH) == 0);
	FAILS(kill(getpid(), 65), EINVAL);
	FAILS(sigaction(SIGSTOP, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL), EINVAL);
	CHECK(kill(getpid(), 0) == 0);
	masks();
}

/* Real-time signals queue, in order, lowest first; others do not. */
void test_queues(void)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO };
	union sigval value = { .sival_int = 1 };
	sigset_t set;
	int n;

	action.sa_sigaction = note;
	sigfillset(&action.sa_mask);
	sigemptyset(&set);
	for (int i = 0; i < 2; i++) {
		sigaction(SIGRTMIN + i, &action, NULL);
		sigaddset(&set, SIGRTMIN + i);
	}
	counting(SIGUSR1, 0);
	CHECK(sigqueue(getpid(), SIGUSR1, value) == 0);
	CHECK(got == 1 && got_code == SI_QUEUE && got_value == 1);
	CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	for (value.sival_int = 1; value.sival_int <= 3; value.sival_int++)
		CHECK(sigqueue(getpid(), SIGRTMIN, value) == 0);
	CHECK(n_order == 0 && sigprocmask(SIG_UNBLOCK, &set, NULL) == 0 && n_order == 3);
	for (int i = 0; i < 3; i++)
		CHECK(order[i] == SIGRTMIN * 100 + i + 1);
	CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	value.sival_int = 9;
	for (n = 0; n < 100000 && sigqueue(getpid(), SIGRTMIN + 1, value) == 0; n++)
		continue;
	CHECK(n >= 32 && errno == EAGAIN);
	CHECK(kill(getpid(), SIGRTMIN) == 0);
	CHECK(sigpending(&set) == 0 && sigismember(&set, SIGRTMIN));
	signal(SIGRTMIN + 1, SIG_IGN);
	signal(SIGRTMIN, SIG_IGN);
	CHECK(sigpending(&set) == 0 && !sigismember(&set, SIGRTMIN + 1));
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGRTMIN + 1);
	CHECK(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0 && n_order == 3);
}

static volatile int state, interrupted;

static void *sleeper(void *arg)
{
	struct timespec ts = { 30, 0 }, left;

	state = 1;
	interrupted = nanosleep(&ts, &left) == -1 && errno == EINTR && left.tv_sec > 0;
	state = 2;
	return arg;
}

static void *blocked(void *arg)
{
	state = 1;
	while (state == 1)
		pause_ms(5);
	return arg;
}

/* To a sleeper, or to the process, where all others block it; again, if it did not sleep yet. */
static void wake(bool process)
{
	pthread_t thread;

	got = state = interrupted = 0;
	thread = started(sleeper, NULL);
	mask(SIG_BLOCK, SIGUSR1);
	changed(&state, 0);
	for (int i = 0; state != 2; i++) {
		pause_ms(20);
		if (i % 50 == 0)
			CHECK((process ? kill(getpid(), SIGUSR1) : pthread_kill(thread, SIGUSR1)) ==
			      0);
	}
	CHECK(pthread_equal(got_by, thread));
	CHECK(pthread_join(thread, NULL) == 0);
	mask(SIG_UNBLOCK, SIGUSR1);
	CHECK(interrupted && got >= 1);
}

/* A signal of the process goes to a thread that does not block it. */
void test_threads(void)
{
	pthread_t thread;

	counting(SIGUSR1, 0);
	wake(false);
	CHECK(got_code == SI_TKILL);
	wake(true);
	CHECK(got_code == SI_USER);
	mask(SIG_BLOCK, SIGUSR1);
	got = state = 0;
	thread = started(blocked, NULL);
	changed(&state, 0);
	CHECK(pthread_kill(thread, SIGUSR1) == 0);
	pause_ms(30);
	CHECK(got == 0);
	mask(SIG_UNBLOCK, SIGUSR1);
	CHECK(got == 0);
	state = 2;
	CHECK(pthread_join(thread, NULL) == 0 && got == 0);
}
