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

static pthread_key_t key;
static _Thread_local char zeros[100];

/* libc's part of the stack is as new, whoever used it before. */
static void *find_fresh(void *arg)
{
	int used = 0;

	for (size_t i = 0; i < sizeof(zeros); i++)
		used |= zeros[i];
	CHECK(!used && errno == 0 && pthread_getspecific(key) == NULL);
	memset(zeros, 1, sizeof(zeros));
	errno = EPERM;
	CHECK(pthread_setspecific(key, arg) == 0);
	return arg;
}

static void stacks_again(void)
{
	pthread_t thread[6];
	void *result;

	CHECK(pthread_key_create(&key, NULL) == 0);
	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < 6; i++)
			CHECK(pthread_create(&thread[i], NULL, find_fresh, &thread[i]) == 0);
		for (int i = 0; i < 6; i++)
			CHECK(pthread_join(thread[i], &result) == 0 && result == &thread[i]);
	}
	CHECK(pthread_key_delete(key) == 0);
}

static pthread_cond_t brief;
static int waiting, tokens, taken;

static void *take_token(void *arg)
{
	pthread_mutex_lock(&mutex);
	waiting++;
	while (tokens == 0)
		pthread_cond_wait(&brief, &mutex);
	tokens--;
	taken++;
	pthread_mutex_unlock(&mutex);
	return arg;
}

static void wait_for(const int *value, int goal)
{
	int now;

	do {
		sched_yield();
		pthread_mutex_lock(&mutex);
		now = *value;
		pthread_mutex_unlock(&mutex);
	} while (now != goal);
}

static void give_tokens(int n, int (*tell)(pthread_cond_t *))
{
	pthread_mutex_lock(&mutex);
	tokens += n;
	CHECK(tell(&brief) == 0);
	pthread_mutex_unlock(&mutex);
}

/* A signal is for one; who was told last does not look at the condition any more. */
static void destroyed_at_once(void)
{
	pthread_t thread[5];

	CHECK(pthread_cond_init(&brief, NULL) == 0);
	for (int i = 0; i < 5; i++)
		CHECK(pthread_create(&thread[i], NULL, take_token, NULL) == 0);
	wait_for(&waiting, 5);
	for (int i = 1; i <= 2; i++) {
		give_tokens(1, pthread_cond_signal);
		wait_for(&taken, i);
	}
	give_tokens(3, pthread_cond_broadcast);
	CHECK(pthread_cond_destroy(&brief) == 0);
	memset(&brief, 0xff, sizeof(brief));
	for (int i = 0; i < 5; i++)
		pthread_join(thread[i], NULL);
	CHECK(taken == 5 && tokens == 0);
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
	stacks_again();
	destroyed_at_once();
	timed();
}
