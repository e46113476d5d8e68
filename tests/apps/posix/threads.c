/* SPDX-License-Identifier: BSD-3-Clause */
#include "t.h"
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int counter, turn;
static _Thread_local int own;

static void *count(void *arg)
{
	for (int i = 0; i < 1000; i++) {
		pthread_mutex_lock(&mutex);
		counter++;
		own++;
		if (i % 100 == 0)
			sched_yield();
		pthread_mutex_unlock(&mutex);
	}
	CHECK(own == 1000);
	return arg;
}

/* Eight threads take turns, each woken by the condition. */
static void *take_turn(void *arg)
{
	int me = (int)(long)arg;

	for (int round = 0; round < 20; round++) {
		pthread_mutex_lock(&mutex);
		while (turn % 8 != me)
			pthread_cond_wait(&cond, &mutex);
		turn++;
		pthread_cond_broadcast(&cond);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void *post(void *arg)
{
	sem_post(arg);
	return NULL;
}

static void detached(void)
{
	pthread_attr_t attr;
	pthread_t thread;
	sem_t sem;

	sem_init(&sem, 0, 0);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	for (int i = 0; i < 200; i++) {
		if (!CHECK(pthread_create(&thread, &attr, post, &sem) == 0))
			break;
		sem_wait(&sem);
	}
}

static void timed(void)
{
	struct timespec until;
	sem_t sem;

	sem_init(&sem, 0, 0);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 20000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	FAILS(sem_timedwait(&sem, &until), ETIMEDOUT);
	pthread_mutex_lock(&mutex);
	CHECK(pthread_cond_timedwait(&cond, &mutex, &until) == ETIMEDOUT);
	pthread_mutex_unlock(&mutex);
}

void test_threads(void)
{
	pthread_t thread[8];
	void *result;

	for (long i = 0; i < 8; i++)
		CHECK(pthread_create(&thread[i], NULL, count, (void *)(i + 100)) == 0);
	for (long i = 0; i < 8; i++)
		CHECK(pthread_join(thread[i], &result) == 0 && result == (void *)(i + 100));
	CHECK(counter == 8000 && own == 0);
	for (long i = 0; i < 8; i++)
		CHECK(pthread_create(&thread[i], NULL, take_turn, (void *)i) == 0);
	for (int i = 0; i < 8; i++)
		pthread_join(thread[i], NULL);
	CHECK(turn == 160);
	detached();
	timed();
}
