/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who is woken to take a mutex passes it on to those that a broadcast has moved behind it, also if
 * two are woken and each thinks that it is the last one. The mutex lies across the end of a page,
 * so that a thread stops at a fault between giving up its place in the count of those that wait and
 * taking the lock: only musl's has that count, and there.
 */

#include "t.h"

#ifdef __GLIBC__

void test_moved(void)
{
}

#else

#include <sched.h>
#include <semaphore.h>
#include <sys/mman.h>

#define PAGE    4096
#define LOCKERS 2
#define WAITERS 3 /* the first one is not moved, it is woken */

static char *pages;
static pthread_mutex_t *mutex; /* type and lock are the first page's last 8 bytes */
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int rung, listening; /* mutex */
static volatile int gone, stopped, served;
static sem_t go_on;

static void stop(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	(void)context;
	stopped++;
	while (sem_wait(&go_on) != 0)
		continue;
}

/* Until so many are stopped, or the time is over: others may have been faster. */
static void wait_for_stopped(int n)
{
	for (int i = 0; i < 200 && stopped < n; i++)
		pause_ms(1);
}

/* The first one that comes through shuts the page behind it. */
static void *listen_for_bell(void *arg)
{
	pthread_mutex_lock(mutex);
	listening++;
	while (!rung)
		pthread_cond_wait(&cond, mutex);
	pthread_mutex_unlock(mutex);
	if (__atomic_fetch_add(&gone, 1, __ATOMIC_SEQ_CST) > 0)
		return arg;
	mprotect(pages, PAGE, PROT_NONE);
	wait_for_stopped(LOCKERS);
	mprotect(pages, PAGE, PROT_READ | PROT_WRITE);
	for (int i = 1; i <= LOCKERS; i++) {
		sem_post(&go_on);
		for (int j = 0; j < 200 && served < i; j++)
			pause_ms(1);
	}
	for (int i = 0; i < WAITERS; i++)
		sem_post(&go_on); /* whoever else came upon the page */
	return arg;
}

static void *lock_once(void *arg)
{
	pthread_mutex_lock(mutex);
	pthread_mutex_unlock(mutex);
	__atomic_fetch_add(&served, 1, __ATOMIC_SEQ_CST);
	return arg;
}

static void run(pthread_t *thread)
{
	int there;

	for (int i = 0; i < WAITERS; i++)
		thread[i] = started(listen_for_bell, NULL);
	do {
		pause_ms(1);
		pthread_mutex_lock(mutex);
		there = listening;
		if (there != WAITERS)
			pthread_mutex_unlock(mutex);
	} while (there != WAITERS);
	for (int i = 0; i < LOCKERS; i++)
		thread[WAITERS + i] = started(lock_once, NULL);
	pause_ms(20); /* they sleep */
	rung = 1;
	pthread_cond_broadcast(&cond);
	pthread_mutex_unlock(mutex);
}

void test_moved(void)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO };
	pthread_t thread[WAITERS + LOCKERS];

	pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!CHECK(pages != MAP_FAILED))
		return;
	mutex = (pthread_mutex_t *)(pages + PAGE - 8);
	pthread_mutex_init(mutex, NULL);
	sem_init(&go_on, 0, 0);
	action.sa_sigaction = stop;
	CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
	run(thread);
	for (int i = 0; i < 5000 && gone < WAITERS; i++)
		pause_ms(1);
	if (!CHECK(gone == WAITERS)) { /* asleep at a free mutex: whoever locks and unlocks wakes */
		printf("%d of %d went, %d of %d were stopped\n", gone, WAITERS, stopped, LOCKERS);
		fflush(stdout);
		_exit(1);
	}
	for (int i = 0; i < WAITERS + LOCKERS; i++)
		pthread_join(thread[i], NULL);
	signal(SIGSEGV, SIG_DFL);
	munmap(pages, 2 * PAGE);
}

#endif
