/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of signals as an application sees them: the same program runs on Linux. Arguments:
 *	(none)		all cases; NAME: that one
 *	die N		ends by signal N
 *	segv, ill, fpe, blocked, overflow, loop, small	ends by a signal that nobody handles: ends.c
 *	alone		what is so only without other processes
 *	term HOW	waits for SIGTERM: by a handler, by signalfd, or not at all
 *	keys		waits for ^C, and computes until the next
 */

#include "t.h"
#include <poll.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>

static unsigned int checks, failures;

volatile int got, got_code, got_value;
pthread_t got_by;

bool check(bool ok, const char *file, int line, const char *what)
{
	checks++;
	if (!ok) {
		failures++;
		printf("FAIL %s:%d: %s (errno %d %s)\n", file, line, what, errno, strerror(errno));
	}
	return ok;
}

void count(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	got_code = info->si_code;
	got_value = info->si_value.sival_int;
	got_by = pthread_self();
	got++;
}

void counting(int sig, int flags)
{
	struct sigaction action = { .sa_flags = flags | SA_SIGINFO };

	action.sa_sigaction = count;
	got = got_code = got_value = 0;
	CHECK(sigaction(sig, &action, NULL) == 0);
}

void mask(int how, int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	CHECK(pthread_sigmask(how, &set, NULL) == 0);
}

void pause_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&ts, &ts) != 0 && errno == EINTR)
		continue;
}

long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int changed(volatile int *word, int value)
{
	for (int i = 0; i < 500 && *word == value; i++)
		pause_ms(10);
	return *word;
}

pthread_t started(void *(*fn)(void *), void *arg)
{
	pthread_t thread;

	CHECK(pthread_create(&thread, NULL, fn, arg) == 0);
	return thread;
}

static const struct {
	const char *name;
	void (*fn)(void);
} cases[] = {
	{ "sends", test_sends },     { "queues", test_queues },     { "threads", test_threads },
	{ "waits", test_waits },     { "restarts", test_restarts }, { "files", test_files },
	{ "traps", test_traps },     { "contexts", test_contexts }, { "stacks", test_stacks },
	{ "cancels", test_cancels }, { "timers", test_timers },     { "async", test_async },
	{ "cpus", test_cpus },       { "cputime", test_cputime },   { "lazy", test_lazy },
	{ "moved", test_moved },     { "sockets", test_sockets },
};

/* What libc's handler of a cancellation asks for between its flag and a call: that call's wait
 * ends, and no other. */
static void next_wait(void)
{
	struct pollfd pfd = { .events = POLLIN };
	int ends[2];
	char c;

	CHECK(pipe(ends) == 0);
	CHECK(syscall(SYS_restart_syscall) == 0);
	FAILS(read(ends[0], &c, 1), EINTR);
	pfd.fd = ends[0];
	CHECK(poll(&pfd, 1, 10) == 0);
	CHECK(syscall(SYS_restart_syscall) == 0);
	CHECK(write(ends[1], "x", 1) == 1 && read(ends[0], &c, 1) == 1);
	CHECK(poll(&pfd, 1, 10) == 0);
	close(ends[0]);
	close(ends[1]);
}

/* There is no process beside this one, and nobody who could continue it. */
static int alone(void)
{
	FAILS(fork(), ENOSYS);
	FAILS(vfork(), ENOSYS);
	FAILS(kill(getpid(), SIGSTOP), ENOSYS);
	FAILS(raise(SIGTSTP), ENOSYS);
	next_wait();
	no_vectors();
	FAILS(kill(12345, SIGTERM), ESRCH);
	printf("%u checks, %u failed\n", checks, failures);
	return failures != 0;
}

static int term(const char *how)
{
	struct signalfd_siginfo info = { 0 };
	sigset_t set;

	counting(SIGTERM, 0);
	if (strcmp(how, "default") == 0)
		signal(SIGTERM, SIG_DFL);
	sigemptyset(&set);
	mask(SIG_BLOCK, SIGTERM); /* it may come before the wait for it */
	puts("waiting");
	fflush(stdout);
	if (strcmp(how, "fd") != 0) {
		FAILS(sigsuspend(&set), EINTR);
		puts("handled");
		return got == 1 ? 7 : 1;
	}
	sigaddset(&set, SIGTERM);
	if (read(signalfd(-1, &set, 0), &info, sizeof(info)) != sizeof(info))
		return 1;
	puts("read");
	return info.ssi_signo == SIGTERM ? 8 : 1;
}

static int keys(void)
{
	struct pollfd pfd = { .fd = 0, .events = POLLIN };
	sigset_t none;

	counting(SIGINT, 0);
	sigemptyset(&none);
	mask(SIG_BLOCK, SIGINT);
	puts("type");
	fflush(stdout);
	FAILS(ppoll(&pfd, 1, NULL, &none), EINTR);
	CHECK(got == 1);
	got = 0;
	mask(SIG_UNBLOCK, SIGINT);
	puts("interrupted");
	fflush(stdout);
	while (!got)
		continue;
	puts("interrupted again");
	return 0;
}

static int special(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "die") == 0)
		kill(getpid(), atoi(argv[2]));
	if (argc > 1 && end_by(argv[1]))
		return 1;
	if (argc > 2 && strcmp(argv[1], "term") == 0)
		return term(argv[2]);
	if (argc > 1 && strcmp(argv[1], "alone") == 0)
		return alone();
	if (argc > 1 && strcmp(argv[1], "window") == 0)
		return window();
	return argc > 1 && strcmp(argv[1], "keys") == 0 ? keys() : -1;
}

int main(int argc, char **argv)
{
	int status = special(argc, argv);

	if (status >= 0)
		return status;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned int before = failures;

		if (argc > 1 && strcmp(argv[1], cases[i].name) != 0)
			continue;
		cases[i].fn();
		printf("%s %s\n", failures == before ? "ok" : "not ok", cases[i].name);
	}
	printf("%u checks, %u failed\n", checks, failures);
	return failures != 0;
}
