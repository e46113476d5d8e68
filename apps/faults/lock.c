/* SPDX-License-Identifier: BSD-3-Clause */
/* Misuse of locks: what LOCKCHECK finds, and a deadlock. */

#include "faults.h"

#include <pthread.h>
#include <stdatomic.h>
#include <uk/clock.h>
#include <uk/cpu.h>
#include <uk/spinlock.h>
#include <uk/sync.h>
#include <uk/thread.h>
#include <uk/timer.h>

#define SOON (1000 * (uk_nsec_t)UK_NSEC_PER_USEC)

static struct uk_mutex first = UK_MUTEX_INIT(first), second = UK_MUTEX_INIT(second);
static struct uk_spinlock spin;

static uk_noinline void second_in_first(void *arg)
{
	(void)arg;
	uk_mutex_lock(&first);
	uk_mutex_lock(&second);
	uk_mutex_unlock(&second);
	uk_mutex_unlock(&first);
}

static uk_noinline void first_in_second(void *arg)
{
	(void)arg;
	uk_mutex_lock(&second);
	uk_mutex_lock(&first);
	uk_mutex_unlock(&first);
	uk_mutex_unlock(&second);
}

static void in_thread(void (*fn)(void *), const char *name)
{
	struct uk_thread_attr attr = { .name = name };
	struct uk_thread *thread;

	if (uk_thread_create(&attr, fn, NULL, &thread) == 0)
		uk_thread_join(thread);
}

/* One after the other: nobody ever waits, and yet it is wrong. */
void lock_order(void)
{
	in_thread(second_in_first, "one");
	in_thread(first_in_second, "other");
}

void lock_again(void)
{
	uk_spin_lock(&spin);
	uk_spin_lock(&spin);
}

static void take(void *arg)
{
	(void)arg;
	uk_mutex_lock(&first);
}

void lock_not_mine(void)
{
	in_thread(take, "owner");
	uk_mutex_unlock(&first);
}

/* The mutex is free: it would not sleep this time. */
void lock_sleep(void)
{
	uk_spin_lock(&spin);
	uk_mutex_lock(&first);
}

static void sleep_now(void *arg)
{
	(void)arg;
	uk_mutex_lock(&first);
}

static void wait_for_timer(void (*fn)(void *))
{
	static struct uk_timer timer;

	uk_timer_init(&timer, fn, NULL);
	uk_timer_start(&timer, uk_clock_now() + SOON);
	uk_thread_sleep_until(uk_clock_now() + 3 * SOON);
}

void lock_irq_sleep(void)
{
	wait_for_timer(sleep_now);
}

static void spin_once(void *arg)
{
	(void)arg;
	uk_spin_lock(&spin);
	uk_spin_unlock(&spin);
}

/* The timer comes at another time than this: by good luck. */
void lock_irq_open(void)
{
	wait_for_timer(spin_once);
	uk_spin_lock(&spin);
	uk_spin_unlock(&spin);
}

/* For 200,000 instructions and more, of which lockcheck.irqs_off=N counts cycles. */
void lock_irqs_off(void)
{
	uk_irqflags_t flags = uk_cpu_irq_save();

	for (volatile int i = 0; i < 100000; i++)
		continue;
	uk_cpu_irq_restore(flags);
}

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static atomic_int holders;

static uk_noinline void hold_and_want(pthread_mutex_t *mine, pthread_mutex_t *other)
{
	pthread_mutex_lock(mine);
	atomic_fetch_add(&holders, 1);
	while (atomic_load(&holders) < 2)
		uk_thread_yield();
	pthread_mutex_lock(other);
	pthread_mutex_unlock(other);
	pthread_mutex_unlock(mine);
}

static void *run(void *arg)
{
	hold_and_want(&b, &a);
	return arg;
}

void deadlock(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, NULL) == 0)
		hold_and_want(&a, &b);
}
