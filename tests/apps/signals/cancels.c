/* SPDX-License-Identifier: BSD-3-Clause */
/* Cancellation of threads that wait. */

#include "t.h"
#include <semaphore.h>

static int ends[2];
static volatile int begun, cleaned;
static sem_t never;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

static void clean(void *arg)
{
	(void)arg;
	cleaned = 1;
}

static void by_read(void)
{
	char c;

	(void)!read(ends[0], &c, 1);
}

static void by_sleep(void)
{
	struct timespec ts = { 30, 0 };

	nanosleep(&ts, NULL);
}

static void by_pause(void)
{
	pause();
}

static void by_sem(void)
{
	sem_wait(&never);
}

static void by_cond(void)
{
	pthread_mutex_lock(&mutex);
	pthread_cond_wait(&cond, &mutex);
}

static void *waits(void *arg)
{
	void (*const *how)(void) = arg;

	pthread_cleanup_push(clean, NULL);
	begun = 1;
	(*how)();
	pthread_cleanup_pop(0);
	return NULL;
}

static void *disabled(void *arg)
{
	int old;
	char c;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	begun = 1;
	CHECK(read(ends[0], &c, 1) == 1);
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
	cleaned = 2;
	pthread_testcancel();
	return arg;
}

void test_cancels(void)
{
	static void (*const ways[])(void) = { by_read, by_sleep, by_pause, by_sem, by_cond };
	pthread_t thread;
	void *result;

	CHECK(pipe(ends) == 0 && sem_init(&never, 0, 0) == 0);
	for (unsigned int i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		begun = cleaned = 0;
		thread = started(waits, (void *)&ways[i]);
		changed(&begun, 0);
		pause_ms(20);
		CHECK(pthread_cancel(thread) == 0 && pthread_join(thread, &result) == 0);
		CHECK(result == PTHREAD_CANCELED && cleaned == 1);
	}
	CHECK(pthread_mutex_trylock(&mutex) == EBUSY); /* it was cancelled with it */
	begun = cleaned = 0;
	thread = started(disabled, NULL);
	changed(&begun, 0);
	pause_ms(20);
	CHECK(pthread_cancel(thread) == 0);
	pause_ms(20);
	CHECK(cleaned == 0 && write(ends[1], "x", 1) == 1);
	CHECK(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED && cleaned == 2);
	close(ends[0]);
	close(ends[1]);
}
