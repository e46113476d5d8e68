/* SPDX-License-Identifier: BSD-3-Clause */
#include "t.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
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

static pthread_cond_t crowd = PTHREAD_COND_INITIALIZER;
static pthread_mutex_t doors[3];
static int come, gone, open_doors;

static void shortly(struct timespec *until)
{
	clock_gettime(CLOCK_REALTIME, until);
	until->tv_nsec += 1000000;
	if (until->tv_nsec >= 1000000000) {
		until->tv_sec++;
		until->tv_nsec -= 1000000000;
	}
}

/* One in four has little patience. */
static void *go_through(void *arg)
{
	pthread_mutex_t *door = arg;
	struct timespec until;

	for (int i = 0; i < 50; i++) {
		CHECK(pthread_mutex_lock(door) == 0);
		bool impatient = come++ % 4 == 0;

		while (open_doors <= i) {
			shortly(&until);
			if (impatient)
				pthread_cond_timedwait(&crowd, door, &until);
			else
				pthread_cond_wait(&crowd, door);
		}
		gone++;
		CHECK(pthread_mutex_unlock(door) == 0);
	}
	return arg;
}

/* All are told at once, again and again, and come through one by one. */
static void broadcasts(pthread_mutex_t *door)
{
	pthread_t thread[8];

	come = gone = open_doors = 0;
	for (int i = 0; i < 8; i++)
		CHECK(pthread_create(&thread[i], NULL, go_through, door) == 0);
	for (int i = 0; i < 50; i++) {
		pthread_mutex_lock(door);
		while (come < 8 * (i + 1)) {
			pthread_mutex_unlock(door);
			sched_yield();
			pthread_mutex_lock(door);
		}
		open_doors = i + 1;
		if (i % 2)
			pthread_mutex_unlock(door);
		CHECK(pthread_cond_broadcast(&crowd) == 0);
		if (i % 2 == 0)
			pthread_mutex_unlock(door);
	}
	for (int i = 0; i < 8; i++)
		pthread_join(thread[i], NULL);
	CHECK(gone == 400);
}

static void all_kinds_of_mutexes(void)
{
	static const int types[] = { PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ERRORCHECK,
				     PTHREAD_MUTEX_RECURSIVE };
	pthread_mutexattr_t attr;

	for (int i = 0; i < 3; i++) {
		pthread_mutexattr_init(&attr);
		pthread_mutexattr_settype(&attr, types[i]);
		pthread_mutex_init(&doors[i], &attr);
		broadcasts(&doors[i]);
		CHECK(pthread_mutex_destroy(&doors[i]) == 0);
	}
	if (pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT) == 0) {
		pthread_mutex_init(&doors[0], &attr);
		broadcasts(&doors[0]);
	}
	CHECK(pthread_cond_destroy(&crowd) == 0);
}

#ifndef __GLIBC__ /* which waits for ever */
/* Somebody waits: it is refused, and goes on as before. */
static void destroyed_in_use(void)
{
	pthread_t thread[3];

	waiting = taken = tokens = 0;
	CHECK(pthread_cond_init(&brief, NULL) == 0);
	for (int i = 0; i < 3; i++)
		CHECK(pthread_create(&thread[i], NULL, take_token, NULL) == 0);
	wait_for(&waiting, 3);
	usleep(10000);
	CHECK(pthread_cond_destroy(&brief) == EBUSY);
	give_tokens(1, pthread_cond_signal);
	wait_for(&taken, 1);
	CHECK(pthread_cond_destroy(&brief) == EBUSY);
	/* While the mutex is ours, which they all need. */
	pthread_mutex_lock(&mutex);
	tokens += 2;
	CHECK(pthread_cond_broadcast(&brief) == 0);
	CHECK(pthread_cond_destroy(&brief) == 0);
	memset(&brief, 0xff, sizeof(brief));
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	CHECK(taken == 3);
}

#define BLOCK ((size_t)4000)

static size_t what_malloc_has(void)
{
	void *first = NULL, *next;
	size_t n = 0;

	while ((next = malloc(BLOCK))) {
		*(void **)next = first;
		first = next;
		n += BLOCK;
	}
	CHECK(errno == ENOMEM);
	for (; first; first = next) {
		next = *(void **)first;
		free(first);
	}
	return n;
}

static void *wait_for_end(void *arg)
{
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
	return arg;
}

/* As many as there is memory for; n of them. */
static int start_many(pthread_t *thread, int n, size_t stack)
{
	pthread_attr_t attr;
	int i = 0, err = 0;

	pthread_attr_init(&attr);
	CHECK(pthread_attr_setstacksize(&attr, stack) == 0);
	pthread_mutex_lock(&mutex);
	while (i < n && !(err = pthread_create(&thread[i], &attr, wait_for_end, NULL)))
		i++;
	pthread_mutex_unlock(&mutex);
	CHECK(i == n || err == EAGAIN);
	for (int j = 0; j < i; j++)
		CHECK(pthread_join(thread[j], NULL) == 0);
	return i;
}

/* Threads beyond memory are refused, the others run; what ended ones leave is memory again. */
static void beyond_memory(void)
{
	static pthread_t thread[400];
	size_t before, after;

	CHECK(start_many(thread, 400, 1 << 20) >= 4);
	before = what_malloc_has();
	CHECK(start_many(thread, 4, 200 << 10) == 4);
	after = what_malloc_has();
	if (!CHECK(after + 262144 > before))
		printf("%zu bytes of %zu\n", after, before);
	CHECK(start_many(thread, 4, 200 << 10) == 4);
}
#else
static void destroyed_in_use(void)
{
}

static void beyond_memory(void)
{
}
#endif

static void absurd_stacks(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	CHECK(pthread_attr_setstacksize(&attr, 1) == EINVAL);
	CHECK(pthread_attr_setstacksize(&attr, (size_t)1 << 46) == 0);
	CHECK(pthread_create(&thread, &attr, count, NULL) == EAGAIN);
	pthread_attr_destroy(&attr);
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static int serial;

static void *read_and_meet(void *arg)
{
	struct timespec past = { 1, 0 };

	CHECK(pthread_rwlock_rdlock(&rwlock) == 0);
	int err = pthread_barrier_wait(&barrier);

	__atomic_fetch_add(&serial, err == PTHREAD_BARRIER_SERIAL_THREAD, __ATOMIC_SEQ_CST);
	CHECK(pthread_rwlock_trywrlock(&rwlock) == EBUSY);
	CHECK(pthread_rwlock_timedwrlock(&rwlock, &past) == ETIMEDOUT);
	pthread_barrier_wait(&barrier);
	CHECK(pthread_rwlock_unlock(&rwlock) == 0);
	pthread_barrier_wait(&barrier);
	CHECK(pthread_rwlock_wrlock(&rwlock) == 0);
	CHECK(pthread_rwlock_tryrdlock(&rwlock) == EBUSY);
	CHECK(pthread_rwlock_unlock(&rwlock) == 0);
	return arg;
}

static void readers_meet(void)
{
	pthread_t thread[4];

	CHECK(pthread_barrier_init(&barrier, NULL, 0) == EINVAL);
	CHECK(pthread_barrier_init(&barrier, NULL, 4) == 0);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&thread[i], NULL, read_and_meet, NULL) == 0);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	CHECK(serial == 1);
	CHECK(pthread_barrier_destroy(&barrier) == 0 && pthread_rwlock_destroy(&rwlock) == 0);
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
	all_kinds_of_mutexes();
	destroyed_in_use();
	readers_meet();
	absurd_stacks();
	beyond_memory();
	timed();
}
