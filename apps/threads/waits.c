/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Waits that may end in two ways: what comes in time, and what is late by then. Nothing may be lost
 * between the two.
 */

#include "counts.h"
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <time.h>

static long rounds;
static int there;

static struct timespec soon(long ns)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_nsec += ns;
	ts.tv_sec += ts.tv_nsec / 1000000000;
	ts.tv_nsec %= 1000000000;
	return ts;
}

static sem_t sem;
static atomic_long given, taken;

/* Gives and takes as often as all others: whoever finds nothing in time tries again. */
static void *give_and_take(void *arg)
{
	for (long i = 0; i < rounds; i++) {
		atomic_fetch_add(&given, 1);
		sem_post(&sem);
	}
	for (long i = 0; i < rounds; i++) {
		struct timespec until = soon((i % 5) * 20000);

		while (sem_timedwait(&sem, &until) != 0 && (errno == ETIMEDOUT || errno == EINTR))
			until = soon(100000);
		atomic_fetch_add(&taken, 1);
	}
	return arg;
}

static void semaphores(int threads)
{
	int left = -1;

	given = taken = 0;
	sem_init(&sem, 0, 0);
	long n = counts_run_all(give_and_take, threads, NULL);

	sem_getvalue(&sem, &left);
	counts_add_up("semaphore, given", n * rounds, given);
	counts_add_up("semaphore, taken", given, taken);
	counts_add_up("semaphore, left", 0, left);
	sem_destroy(&sem);
}

static struct {
	pthread_mutex_t lock;
	pthread_cond_t turned;
	long turn;
	long late;
} table = { .lock = PTHREAD_MUTEX_INITIALIZER, .turned = PTHREAD_COND_INITIALIZER };

/* Each in its turn; who waits is woken by the one before, or looks again by itself. */
static void *take_turns(void *arg)
{
	for (long i = 0; i < rounds; i++) {
		pthread_mutex_lock(&table.lock);
		while (table.turn % there != (long)arg) {
			struct timespec until = soon(50000);

			if (pthread_cond_timedwait(&table.turned, &table.lock, &until))
				table.late++;
		}
		table.turn++;
		pthread_cond_broadcast(&table.turned);
		pthread_mutex_unlock(&table.lock);
	}
	return arg;
}

static void set_table(int n)
{
	there = n;
	table.turn = table.late = 0;
}

static void turns(int threads)
{
	long n = counts_run_all(take_turns, threads < 4 ? threads : 4, set_table);

	counts_add_up("condition, turns", n * rounds, table.turn);
}

static sem_t ended;
static atomic_long made, detached;

static void *end_alone(void *arg)
{
	atomic_fetch_add(&detached, 1);
	sem_post(&ended);
	return arg;
}

static void *leave_alone(void *arg)
{
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	for (long i = 0; i < rounds / 10; i++) {
		pthread_t thread;

		if (pthread_create(&thread, &attr, end_alone, NULL) == 0)
			atomic_fetch_add(&made, 1);
	}
	pthread_attr_destroy(&attr);
	return arg;
}

static void detachments(int threads)
{
	made = detached = 0;
	sem_init(&ended, 0, 0);
	counts_run_all(leave_alone, threads < 4 ? threads : 4, NULL);
	for (long i = 0; i < made; i++)
		sem_wait(&ended);
	counts_add_up("detached threads", made, detached);
}

static atomic_long slept, early;

static void *sleep_often(void *arg)
{
	for (long i = 0; i < rounds / 10; i++) {
		struct timespec before, pause = { 0, 20000 * (1 + i % 5) }, after;

		clock_gettime(CLOCK_MONOTONIC, &before);
		nanosleep(&pause, NULL);
		clock_gettime(CLOCK_MONOTONIC, &after);
		if ((after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec <
		    pause.tv_nsec)
			atomic_fetch_add(&early, 1);
		atomic_fetch_add(&slept, 1);
	}
	return arg;
}

static void sleeps(int threads)
{
	slept = early = 0;
	long n = counts_run_all(sleep_often, threads, NULL);

	counts_add_up("sleeps", n * (rounds / 10), slept);
	counts_add_up("sleeps, too short", 0, early);
}

void counts_waits(int threads, long r)
{
	rounds = r;
	semaphores(threads);
	turns(threads);
	detachments(threads);
	sleeps(threads);
}
