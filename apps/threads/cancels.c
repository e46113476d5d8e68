/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Threads that are cancelled while they wait, just before, or just after. Each is cancelled, cleans
 * up once, and is joined: one that is not would wait for ever.
 */

#include "counts.h"
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

static int ends[2];
static sem_t never;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static atomic_long created, started, cleaned, unlocked, cancelled, conditions;

static void by_read(void)
{
	char c;

	(void)!read(ends[0], &c, 1);
}

static void by_poll(void)
{
	struct pollfd pfd = { .fd = ends[0], .events = POLLIN };

	poll(&pfd, 1, -1);
}

static void by_sleep(void)
{
	struct timespec ts = { 1000, 0 };

	nanosleep(&ts, NULL);
}

static void by_semaphore(void)
{
	sem_wait(&never);
}

static void by_pause(void)
{
	pause();
}

/* POSIX: the mutex is locked again before the first cleanup handler. */
static void unlock(void *arg)
{
	atomic_fetch_add(&unlocked, 1);
	pthread_mutex_unlock(arg);
}

static void by_condition(void)
{
	atomic_fetch_add(&conditions, 1);
	pthread_mutex_lock(&lock);
	pthread_cleanup_push(unlock, &lock);
	for (;;)
		pthread_cond_wait(&cond, &lock);
	pthread_cleanup_pop(0);
}

static void clean(void *arg)
{
	atomic_fetch_add((atomic_long *)arg, 1);
}

static void *wait(void *arg)
{
	static void (*const ways[])(void) = {
		by_read, by_poll, by_sleep, by_semaphore, by_pause, by_condition,
	};

	pthread_cleanup_push(clean, &cleaned);
	atomic_fetch_add(&started, 1);
	for (;;)
		ways[(long)arg % 6]();
	pthread_cleanup_pop(0);
	return arg;
}

/* Nothing, or until it waits or nearly so. */
static void give_time(long i)
{
	struct timespec ts = { 0, i % 7 * 20000 };

	if (i % 4 == 1)
		sched_yield();
	else if (i % 4 == 2)
		nanosleep(&ts, NULL);
	else if (i % 4 == 3)
		for (volatile long n = i * 37 % 3000; n > 0; n--)
			continue;
}

static long rounds;

static void *cancel(void *arg)
{
	for (long i = 0; i < rounds; i++) {
		pthread_t thread;
		void *result;

		if (pthread_create(&thread, NULL, wait, (void *)(i + (long)arg)))
			continue; /* no memory for one more */
		atomic_fetch_add(&created, 1);
		give_time(i);
		pthread_cancel(thread);
		pthread_join(thread, &result);
		if (result == PTHREAD_CANCELED)
			atomic_fetch_add(&cancelled, 1);
	}
	return NULL;
}

void counts_cancels(int threads, long r)
{
	rounds = r;
	if (pipe(ends) != 0 || sem_init(&never, 0, 0) != 0) {
		counts_add_up("cancelled waits: no pipe", 1, 0);
		return;
	}
	created = started = cleaned = unlocked = cancelled = conditions = 0;
	counts_run_all(cancel, threads, NULL);
	counts_add_up("cancelled waits", created, cancelled);
	counts_add_up("cancelled waits, cleaned up", started, cleaned);
	counts_add_up("cancelled conditions, mutex locked", conditions, unlocked);
	sem_destroy(&never);
	close(ends[0]);
	close(ends[1]);
}
