/* SPDX-License-Identifier: BSD-3-Clause */

#include "counts.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS_MAX 64
#define RING        16

static int threads; /* wanted */
static long rounds;
static int wrong, silent;
static long counted;

void counts_add_up(const char *what, long expected, long got)
{
	if (!silent || expected != got)
		printf("%s: %ld of %ld\n", what, got, expected);
	if (expected != got)
		wrong = 1;
	counted += got;
}

static struct {
	pthread_mutex_t lock;
	pthread_cond_t opened;
	void *(*fn)(void *);
	int there; /* threads, once it is open; 0: it is closed */
} gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER };

static void *wait_at_gate(void *arg)
{
	pthread_mutex_lock(&gate.lock);
	while (gate.there == 0)
		pthread_cond_wait(&gate.opened, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
	return gate.fn(arg);
}

static void open_gate(void *(*fn)(void *), int n)
{
	pthread_mutex_lock(&gate.lock);
	gate.fn = fn;
	gate.there = n;
	pthread_cond_broadcast(&gate.opened);
	pthread_mutex_unlock(&gate.lock);
}

int counts_run_all(void *(*fn)(void *), int wanted, void (*prepare)(int n))
{
	pthread_t thread[THREADS_MAX];
	int n = 0;

	gate.there = 0;
	while (n < wanted && pthread_create(&thread[n], NULL, wait_at_gate, (void *)(long)n) == 0)
		n++;
	if (n < wanted)
		printf("only %d threads\n", n);
	if (prepare)
		prepare(n);
	if (n > 0)
		open_gate(fn, n);
	for (int i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	return n;
}

static int run_all(void *(*fn)(void *), void (*prepare)(int n))
{
	return counts_run_all(fn, threads, prepare);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long counter;

static void *count(void *arg)
{
	for (long i = 0; i < rounds; i++) {
		pthread_mutex_lock(&lock);
		counter++;
		pthread_mutex_unlock(&lock);
	}
	return arg;
}

static void mutexes(void)
{
	counter = 0;
	int n = run_all(count, NULL);

	counts_add_up("mutex", n * rounds, counter);
}

static struct {
	pthread_mutex_t lock;
	pthread_cond_t filled, emptied;
	long item[RING];
	int first, count;
	long open; /* producers that go on */
	long in, out;
} ring = { .lock = PTHREAD_MUTEX_INITIALIZER,
	   .filled = PTHREAD_COND_INITIALIZER,
	   .emptied = PTHREAD_COND_INITIALIZER };

static void produce(long item)
{
	pthread_mutex_lock(&ring.lock);
	while (ring.count == RING)
		pthread_cond_wait(&ring.emptied, &ring.lock);
	ring.item[(ring.first + ring.count++) % RING] = item;
	ring.in += item;
	pthread_cond_signal(&ring.filled);
	pthread_mutex_unlock(&ring.lock);
}

/* 0: no more come. */
static int consume(void)
{
	pthread_mutex_lock(&ring.lock);
	while (ring.count == 0 && ring.open > 0)
		pthread_cond_wait(&ring.filled, &ring.lock);
	int got = ring.count > 0;

	if (got) {
		ring.out += ring.item[ring.first];
		ring.first = (ring.first + 1) % RING;
		ring.count--;
		pthread_cond_signal(&ring.emptied);
	}
	pthread_mutex_unlock(&ring.lock);
	return got;
}

/* Those of even numbers produce, the others consume. */
static void *produce_or_consume(void *arg)
{
	if (gate.there < 2)
		return arg; /* nobody would take it */
	if ((long)arg % 2) {
		while (consume())
			;
		return arg;
	}
	for (long i = 1; i <= rounds; i++)
		produce(i);
	pthread_mutex_lock(&ring.lock);
	ring.open--;
	pthread_cond_broadcast(&ring.filled);
	pthread_mutex_unlock(&ring.lock);
	return arg;
}

static void set_ring(int n)
{
	ring.in = ring.out = 0;
	ring.open = n < 2 ? 0 : (n + 1) / 2;
}

static void producers(void)
{
	long n = run_all(produce_or_consume, set_ring);

	counts_add_up("producers, consumers", n < 2 ? 0 : (n + 1) / 2 * (rounds * (rounds + 1) / 2),
		      ring.out);
}

static pthread_barrier_t barrier;
static atomic_long arrived, serials, early;

static void *meet(void *arg)
{
	for (long i = 1; i <= rounds / 10; i++) {
		atomic_fetch_add(&arrived, 1);
		if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
			atomic_fetch_add(&serials, 1);
		if (atomic_load(&arrived) < i * gate.there)
			atomic_fetch_add(&early, 1);
		/* Nobody comes again before all have looked. */
		pthread_barrier_wait(&barrier);
	}
	return arg;
}

static void set_barrier(int n)
{
	arrived = serials = early = 0;
	if (n > 0)
		pthread_barrier_init(&barrier, NULL, (unsigned int)n);
}

static void barriers(void)
{
	int n = run_all(meet, set_barrier);

	counts_add_up("barrier", rounds / 10 * n, arrived);
	counts_add_up("barrier, last ones", n > 0 ? rounds / 10 : 0, serials);
	counts_add_up("barrier, early ones", 0, early);
	if (n > 0)
		pthread_barrier_destroy(&barrier);
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static long left, right;
static atomic_long torn;

static void *read_or_write(void *arg)
{
	for (long i = 0; i < rounds; i++) {
		if ((i + (long)arg) % 8 == 0) {
			pthread_rwlock_wrlock(&rwlock);
			left++;
			right++;
		} else {
			pthread_rwlock_rdlock(&rwlock);
			if (left != right)
				atomic_fetch_add(&torn, 1);
		}
		pthread_rwlock_unlock(&rwlock);
	}
	return arg;
}

static void rwlocks(void)
{
	long expected = 0;

	left = right = torn = 0;
	int n = run_all(read_or_write, NULL);

	for (int t = 0; t < n; t++)
		for (long i = 0; i < rounds; i++)
			expected += (i + t) % 8 == 0;
	counts_add_up("rwlock, writers", expected, left);
	counts_add_up("rwlock, torn reads", 0, torn);
}

static _Thread_local long mine = 7;
static pthread_key_t key;
static atomic_long destroyed, mixed;

static void destroy(void *value)
{
	atomic_fetch_add(&destroyed, (long)value);
}

static void *keep(void *arg)
{
	long me = (long)arg + 1;

	if (mine != 7)
		atomic_fetch_add(&mixed, 1);
	pthread_setspecific(key, (void *)me);
	for (long i = 0; i < rounds / 10; i++) {
		mine = me + i;
		sched_yield();
		if (mine != me + i || pthread_getspecific(key) != (void *)me)
			atomic_fetch_add(&mixed, 1);
	}
	return arg;
}

static void locals(void)
{
	destroyed = mixed = 0;
	pthread_key_create(&key, destroy);
	long n = run_all(keep, NULL);

	pthread_key_delete(key);
	counts_add_up("thread-local, mixed up", 0, mixed);
	counts_add_up("thread-local, destructors", n * (n + 1) / 2, destroyed);
}

static atomic_long created, started, cleaned, cancelled;

static void clean(void *arg)
{
	(void)arg;
	atomic_fetch_add(&cleaned, 1);
}

static void *be_cancelled(void *arg)
{
	pthread_cleanup_push(clean, arg);
	atomic_fetch_add(&started, 1);
	for (;;) {
		pthread_testcancel();
		sched_yield();
	}
	pthread_cleanup_pop(0);
	return arg;
}

static void *cancel(void *arg)
{
	for (long i = 0; i < rounds / 100; i++) {
		pthread_t thread;
		void *result;

		if (pthread_create(&thread, NULL, be_cancelled, NULL))
			continue; /* no memory for one more */
		atomic_fetch_add(&created, 1);
		pthread_cancel(thread);
		pthread_join(thread, &result);
		if (result == PTHREAD_CANCELED)
			atomic_fetch_add(&cancelled, 1);
	}
	return arg;
}

static void cancellations(void)
{
	created = started = cleaned = cancelled = 0;
	int n = run_all(cancel, NULL);

	if (!silent && created < n * (rounds / 100))
		printf("only %ld threads to be cancelled\n", (long)created);
	counts_add_up("cancellation", created, cancelled);
	counts_add_up("cancellation, cleaned up", started, cleaned);
}

long counts_counted(void)
{
	return counted;
}

int counts_run(int n, long r, int quiet)
{
	threads = n < 2 ? 2 : n > THREADS_MAX ? THREADS_MAX : n;
	rounds = r;
	silent = quiet;
	counts_cpus(rounds / 10);
	mutexes();
	producers();
	barriers();
	rwlocks();
	locals();
	cancellations();
	counts_cancels(threads, rounds / 20);
	counts_waits(threads, rounds / 4);
	if (!quiet || wrong)
		printf("threads: %s\n", wrong ? "wrong" : "all has added up");
	return wrong;
}
