/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What two threads do together.
 */

#include "micro.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pthread_t peer;
static atomic_int stop;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int turn; /* mutex; 1: the peer's */

static int start_peer(void *(*fn)(void *))
{
	atomic_store(&stop, 0);
	return pthread_create(&peer, NULL, fn, NULL);
}

/* Its loop costs about what REPEAT() costs. */
static void *yield_peer(void *arg)
{
	while (!atomic_load_explicit(&stop, memory_order_relaxed))
		sched_yield();
	return arg;
}

static int begin_yield(void)
{
	return start_peer(yield_peer);
}

static void end_yield(void)
{
	atomic_store(&stop, 1);
	pthread_join(peer, NULL);
}

/* Two switches a round: to the peer and back. */
static void yield(long rounds)
{
	REPEAT(rounds)
	sched_yield();
}

static void *cond_peer(void *arg)
{
	pthread_mutex_lock(&mutex);
	for (;;) {
		while (turn == 0 && !atomic_load(&stop))
			pthread_cond_wait(&cond, &mutex);
		if (atomic_load(&stop))
			break;
		turn = 0;
		pthread_cond_signal(&cond);
	}
	pthread_mutex_unlock(&mutex);
	return arg;
}

static int begin_cond(void)
{
	turn = 0;
	return start_peer(cond_peer);
}

static void end_cond(void)
{
	pthread_mutex_lock(&mutex);
	atomic_store(&stop, 1);
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&mutex);
	pthread_join(peer, NULL);
}

static void round_trip(long rounds)
{
	REPEAT(rounds)
	{
		pthread_mutex_lock(&mutex);
		turn = 1;
		pthread_cond_signal(&cond);
		while (turn != 0)
			pthread_cond_wait(&cond, &mutex);
		pthread_mutex_unlock(&mutex);
	}
}

static void *nothing(void *arg)
{
	return arg;
}

static int can_create(void)
{
	int err = start_peer(nothing);

	return err ? err : pthread_join(peer, NULL);
}

/* A failure on the way makes the figure wrong by one thread, and the join is then left out. */
static void create(long rounds)
{
	REPEAT(rounds)
	{
		if (pthread_create(&peer, NULL, nothing, NULL) == 0)
			pthread_join(peer, NULL);
	}
}

const struct cost micro_threads[] = {
	{ "thread-switch-by-yield", yield, begin_yield, end_yield, 5000, 2 },
	{ "condition-round-trip", round_trip, begin_cond, end_cond, 2000, 1 },
	{ "thread-create-join", create, can_create, NULL, 1000, 1 },
	{ 0 },
};
