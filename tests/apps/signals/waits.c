/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls that wait, and signals that end them. */

#include "t.h"
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>

static pthread_t victim;
static volatile int over;

/* Sends SIGUSR1 to the thread that started it, after a while; again, if that was too early. */
static void *later(void *arg)
{
	pause_ms(30);
	pthread_kill(victim, SIGUSR1);
	for (int i = 1; !over; i++) {
		pause_ms(10);
		if (i % 100 == 0)
			pthread_kill(victim, SIGUSR1);
	}
	return arg;
}

static pthread_t soon(void)
{
	victim = pthread_self();
	got = over = 0;
	return started(later, NULL);
}

static void ended(pthread_t thread)
{
	over = 1;
	CHECK(pthread_join(thread, NULL) == 0);
}

static void suspends(void)
{
	sigset_t set, now;
	pthread_t thread;

	counting(SIGUSR1, 0);
	mask(SIG_BLOCK, SIGUSR1);
	raise(SIGUSR1);
	sigfillset(&set);
	sigdelset(&set, SIGUSR1);
	FAILS(sigsuspend(&set), EINTR);
	CHECK(got == 1);
	CHECK(sigprocmask(SIG_BLOCK, NULL, &now) == 0 && sigismember(&now, SIGUSR1) &&
	      !sigismember(&now, SIGUSR2));
	thread = soon();
	FAILS(sigsuspend(&set), EINTR);
	CHECK(got == 1);
	ended(thread);
	mask(SIG_UNBLOCK, SIGUSR1);
	thread = soon();
	FAILS(pause(), EINTR);
	CHECK(got == 1);
	ended(thread);
}

static void timed(void)
{
	struct timespec none = { 0, 0 }, some = { 0, 50000000 }, long_time = { 20, 0 };
	union sigval value = { .sival_int = 42 };
	siginfo_t info;
	pthread_t thread;
	sigset_t set;
	long before;

	counting(SIGUSR2, 0);
	mask(SIG_BLOCK, SIGUSR1);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN + 3);
	mask(SIG_BLOCK, SIGRTMIN + 3);
	FAILS(sigtimedwait(&set, &info, &none), EAGAIN);
	before = now_ms();
	FAILS(sigtimedwait(&set, &info, &some), EAGAIN);
	CHECK(now_ms() - before >= 49);
	CHECK(sigqueue(getpid(), SIGRTMIN + 3, value) == 0);
	CHECK(sigtimedwait(&set, &info, &none) == SIGRTMIN + 3);
	CHECK(info.si_value.sival_int == 42 && info.si_code == SI_QUEUE);
	thread = soon();
	CHECK(sigtimedwait(&set, &info, &long_time) == SIGUSR1);
	ended(thread);
	mask(SIG_UNBLOCK, SIGUSR1);
	mask(SIG_UNBLOCK, SIGRTMIN + 3);
}

static volatile int waited;

static void *waits_for_usr2(void *arg)
{
	sigset_t set;
	int sig = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	waited = 1;
	CHECK(sigwait(&set, &sig) == 0 && sig == SIGUSR2);
	waited = 2;
	return arg;
}

/* Blocked everywhere: it goes to the thread that waits for it. */
static void sigwaits(void)
{
	pthread_t thread;

	mask(SIG_BLOCK, SIGUSR2);
	thread = started(waits_for_usr2, NULL);
	changed(&waited, 0);
	pause_ms(20);
	CHECK(kill(getpid(), SIGUSR2) == 0);
	ended(thread);
	CHECK(waited == 2);
	mask(SIG_UNBLOCK, SIGUSR2);
}

static volatile int taken;

static void *takes_one_of_two(void *arg)
{
	sigset_t set;
	int sig = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	__atomic_add_fetch(&waited, 1, __ATOMIC_SEQ_CST);
	CHECK(sigwait(&set, &sig) == 0 && (sig == SIGUSR1 || sig == SIGUSR2));
	__atomic_add_fetch(&taken, 1, __ATOMIC_SEQ_CST);
	return arg;
}

/* Two signals that come at once, and two threads that wait: each has one. */
static void two_wait(void)
{
	pthread_t thread[2];

	mask(SIG_BLOCK, SIGUSR1);
	mask(SIG_BLOCK, SIGUSR2);
	for (int round = 0; round < 20; round++) {
		waited = taken = 0;
		for (int i = 0; i < 2; i++)
			thread[i] = started(takes_one_of_two, NULL);
		for (int i = 0; waited < 2 && i < 1000; i++)
			pause_ms(1);
		pause_ms(2);
		CHECK(kill(getpid(), SIGUSR1) == 0 && kill(getpid(), SIGUSR2) == 0);
		for (int i = 0; taken < 2 && i < 1000; i++)
			pause_ms(1);
		if (!CHECK(taken == 2)) {
			pthread_kill(thread[0], SIGUSR1);
			pthread_kill(thread[1], SIGUSR2);
		}
		for (int i = 0; i < 2; i++)
			pthread_join(thread[i], NULL);
	}
	mask(SIG_UNBLOCK, SIGUSR1);
	mask(SIG_UNBLOCK, SIGUSR2);
}

static void quit_thread(int sig)
{
	(void)sig;
	pthread_exit(NULL);
}

static void *waits_until_told(void *arg)
{
	char c;

	mask(SIG_UNBLOCK, SIGUSR1);
	mask(SIG_UNBLOCK, SIGTERM);
	waited = 1;
	(void)!read(*(int *)arg, &c, 1);
	return arg;
}

/* A signal of the process is not lost with a thread that it might have been for. */
static void outlives_a_thread(void)
{
	pthread_t thread;
	int fds[2];

	CHECK(pipe(fds) == 0);
	counting(SIGTERM, 0);
	signal(SIGUSR1, quit_thread);
	mask(SIG_BLOCK, SIGUSR1);
	mask(SIG_BLOCK, SIGTERM);
	waited = 0;
	thread = started(waits_until_told, &fds[0]);
	changed(&waited, 0);
	pause_ms(20);
	/* Both before the thread runs: from one CPU at least. */
	CHECK(pthread_kill(thread, SIGUSR1) == 0 && kill(getpid(), SIGTERM) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	mask(SIG_UNBLOCK, SIGTERM);
	CHECK(got == 1);
	mask(SIG_UNBLOCK, SIGUSR1);
	signal(SIGUSR1, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	close(fds[0]);
	close(fds[1]);
}

void test_waits(void)
{
	suspends();
	timed();
	sigwaits();
	two_wait();
	outlives_a_thread();
}

static int ends[2];

static void *writes(void *arg)
{
	changed(&got, 0);
	pause_ms(20);
	CHECK(write(ends[1], "x", 1) == 1);
	return arg;
}

static void reads(void)
{
	pthread_t thread, writer;
	char c = 0;

	counting(SIGUSR1, 0);
	thread = soon();
	FAILS(read(ends[0], &c, 1), EINTR);
	CHECK(got == 1);
	ended(thread);
	counting(SIGUSR1, SA_RESTART);
	thread = soon();
	writer = started(writes, NULL);
	CHECK(read(ends[0], &c, 1) == 1 && c == 'x' && got >= 1);
	ended(thread);
	ended(writer);
}

/* Never begun again, whatever SA_RESTART says. */
static void polls(void)
{
	struct pollfd pfd = { .fd = ends[0], .events = POLLIN };
	struct timeval tv = { 20, 0 };
	struct epoll_event event;
	int ep = epoll_create1(0);
	pthread_t thread;
	fd_set set;

	counting(SIGUSR1, SA_RESTART);
	thread = soon();
	FAILS(poll(&pfd, 1, 20000), EINTR);
	ended(thread);
	thread = soon();
	FAILS(epoll_wait(ep, &event, 1, 20000), EINTR);
	ended(thread);
	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	thread = soon();
	FAILS(select(ends[0] + 1, &set, NULL, NULL, &tv), EINTR);
	ended(thread);
	CHECK(got == 1);
	close(ep);
}

static void masked_polls(void)
{
	struct pollfd pfd = { .fd = ends[0], .events = POLLIN };
	struct timespec none = { 0, 0 }, ts = { 20, 0 };
	struct epoll_event event;
	int ep = epoll_create1(0);
	sigset_t empty, now;
	fd_set set;

	sigemptyset(&empty);
	counting(SIGUSR1, 0);
	mask(SIG_BLOCK, SIGUSR1);
	raise(SIGUSR1);
	CHECK(ppoll(&pfd, 1, &none, NULL) == 0 && got == 0);
	FAILS(ppoll(&pfd, 1, &ts, &empty), EINTR);
	CHECK(got == 1);
	raise(SIGUSR1);
	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	FAILS(pselect(ends[0] + 1, &set, NULL, NULL, &ts, &empty), EINTR);
	CHECK(got == 2);
	raise(SIGUSR1);
	FAILS(epoll_pwait(ep, &event, 1, 20000, &empty), EINTR);
	CHECK(got == 3);
	CHECK(sigprocmask(SIG_BLOCK, NULL, &now) == 0 && sigismember(&now, SIGUSR1));
	mask(SIG_UNBLOCK, SIGUSR1);
	close(ep);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *unlocks(void *arg)
{
	pthread_mutex_lock(&mutex);
	waited = 1;
	changed(&got, 0);
	pause_ms(20);
	pthread_mutex_unlock(&mutex);
	return arg;
}

/* A mutex is not given up for a signal; a semaphore is. */
static void locks(void)
{
	pthread_t thread, holder;
	sem_t sem;

	counting(SIGUSR1, 0);
	waited = 0;
	holder = started(unlocks, NULL);
	changed(&waited, 0);
	thread = soon();
	CHECK(pthread_mutex_lock(&mutex) == 0 && got >= 1);
	CHECK(pthread_mutex_unlock(&mutex) == 0);
	ended(thread);
	ended(holder);
	CHECK(sem_init(&sem, 0, 0) == 0);
	thread = soon();
	FAILS(sem_wait(&sem), EINTR);
	ended(thread);
}

enum { /* linux/futex.h, which libc does not bring */
       FUTEX_LOCK_PI = 6,
       FUTEX_UNLOCK_PI,
};

static int pi_word;

static void *has_pi_lock(void *arg)
{
	CHECK(syscall(SYS_futex, &pi_word, FUTEX_LOCK_PI, 0, NULL, NULL, 0) == 0);
	waited = 1;
	changed(&got, 0);
	pause_ms(20);
	CHECK(syscall(SYS_futex, &pi_word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0) == 0);
	return arg;
}

/* Never EINTR (futex(2)). */
static void pi_locks(void)
{
	pthread_t thread, holder;

	/* Without THREAD_PI. */
	if (syscall(SYS_futex, &pi_word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0) == -1 &&
	    errno == ENOSYS)
		return;
	counting(SIGUSR1, 0);
	waited = 0;
	holder = started(has_pi_lock, NULL);
	changed(&waited, 0);
	thread = soon();
	CHECK(syscall(SYS_futex, &pi_word, FUTEX_LOCK_PI, 0, NULL, NULL, 0) == 0 && got >= 1);
	CHECK(syscall(SYS_futex, &pi_word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0) == 0);
	ended(thread);
	ended(holder);
}

void test_restarts(void)
{
	CHECK(pipe(ends) == 0);
	reads();
	polls();
	masked_polls();
	locks();
	pi_locks();
	close(ends[0]);
	close(ends[1]);
}

static void *sends_both(void *arg)
{
	union sigval value = { .sival_int = 5 };

	pause_ms(30);
	CHECK(kill(getpid(), SIGUSR1) == 0 && sigqueue(getpid(), SIGRTMIN + 2, value) == 0);
	return arg;
}

static void signalfds(void)
{
	struct signalfd_siginfo info[3];
	struct pollfd pfd = { .events = POLLIN };
	pthread_t thread;
	sigset_t set;

	mask(SIG_BLOCK, SIGUSR1);
	mask(SIG_BLOCK, SIGRTMIN + 2);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pfd.fd = signalfd(-1, &set, SFD_NONBLOCK);
	CHECK(pfd.fd >= 0);
	FAILS(read(pfd.fd, info, sizeof(info)), EAGAIN);
	FAILS(read(pfd.fd, info, 10), EINVAL);
	CHECK(poll(&pfd, 1, 0) == 0);
	sigaddset(&set, SIGRTMIN + 2);
	CHECK(signalfd(pfd.fd, &set, 0) == pfd.fd);
	thread = started(sends_both, NULL);
	CHECK(poll(&pfd, 1, 20000) == 1 && pfd.revents == POLLIN);
	ended(thread);
	CHECK(read(pfd.fd, info, sizeof(info)) == 2 * sizeof(info[0]));
	CHECK(info[0].ssi_signo == SIGUSR1 && info[0].ssi_code == SI_USER);
	CHECK((int)info[1].ssi_signo == SIGRTMIN + 2 && info[1].ssi_int == 5);
	CHECK(poll(&pfd, 1, 0) == 0 && close(pfd.fd) == 0);
	mask(SIG_UNBLOCK, SIGUSR1);
	mask(SIG_UNBLOCK, SIGRTMIN + 2);
}

/* Takes a part, and goes. */
static void *reads_some(void *arg)
{
	char some[5000];

	CHECK(read(ends[0], some, sizeof(some)) == sizeof(some));
	pause_ms(20);
	CHECK(close(ends[0]) == 0);
	return arg;
}

/* It is told by a signal, and how much was taken by the result. */
static void cut_short(void)
{
	static char much[100000];
	pthread_t thread;
	ssize_t n;

	CHECK(pipe(ends) == 0);
	counting(SIGPIPE, 0);
	thread = started(reads_some, NULL);
	n = write(ends[1], much, sizeof(much));
	CHECK(n > 5000 && n < (ssize_t)sizeof(much) && got == 1);
	pthread_join(thread, NULL);
	close(ends[1]);
}

void test_files(void)
{
	signalfds();
	cut_short();
	CHECK(pipe(ends) == 0 && close(ends[0]) == 0);
	counting(SIGPIPE, 0);
	FAILS(write(ends[1], "x", 1), EPIPE);
	CHECK(got == 1);
	signal(SIGPIPE, SIG_IGN);
	FAILS(write(ends[1], "x", 1), EPIPE);
	close(ends[1]);
}
