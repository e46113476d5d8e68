/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Mutex, condition variable and semaphore that sleep. Thread context, without spinlocks held;
 * uk_mutex_trylock() and uk_sem_up() as said below. Deadlines are of uk_clock_now().
 */

#include <stdbool.h>
#include <uk/atomic.h>
#include <uk/thread.h>
#include <uk/waitq.h>

/*
 * Mutex: owned by a thread, not recursive, not fair (who comes while the lock is free takes it,
 * before a thread that was just woken). Not for interrupts. With THREAD_PI its owner runs as the
 * first of those that wait would (<uk/pi.h>), and one of SCHED_FIFO or SCHED_RR gets it in its
 * turn.
 */
struct uk_mutex {
	uintptr_t owner; /* struct uk_thread *, or 0; bit 0: threads may be waiting */
	struct uk_waitq waiters;
};

#define UK_MUTEX_INIT(name) { .waiters = UK_WAITQ_INIT((name).waiters) }

void uk_mutex_init(struct uk_mutex *mutex);
void uk__sync_mutex_lock_slow(struct uk_mutex *mutex);
void uk__sync_mutex_unlock_slow(struct uk_mutex *mutex);
void uk__sync_mutex_lock_pi(struct uk_mutex *mutex);
void uk__sync_mutex_unlock_pi(struct uk_mutex *mutex);

/* Never 0, so that a mutex also works in boot context, before there are threads. */
uk_inline uintptr_t uk__sync_mutex_self(void)
{
	return (uintptr_t)uk_thread_self() | 2;
}

/* What the calling thread holds, for LOCKCHECK. */
#if CONFIG_LOCKCHECK
struct uk_lockcheck_held *uk__sync_held(void);
#else
uk_inline struct uk_lockcheck_held *uk__sync_held(void)
{
	return NULL;
}
#endif

/* True if the calling thread holds it. */
uk_inline bool uk_mutex_is_mine(const struct uk_mutex *mutex)
{
	return (uk_load(&mutex->owner) & ~1ul) == uk__sync_mutex_self();
}

/* Never sleeps; true: taken. Also false while it is free and a woken thread is about to take it. */
uk_inline bool uk_mutex_trylock(struct uk_mutex *mutex)
{
	uintptr_t nobody = 0;

	/* Acquire: pairs with the release of the unlock before. */
	if (!uk_compare_exchange(&mutex->owner, &nobody, uk__sync_mutex_self()))
		return false;
	if (CONFIG_LOCKCHECK)
		uk_lockcheck_got(uk__sync_held(), mutex);
	return true;
}

uk_inline void uk_mutex_lock(struct uk_mutex *mutex)
{
	if (CONFIG_LOCKCHECK) {
		uk_lockcheck_may_sleep();
		uk_lockcheck_want(uk__sync_held(), mutex);
	}
	if (uk_unlikely(!uk_mutex_trylock(mutex))) {
		if (CONFIG_THREAD_PI)
			uk__sync_mutex_lock_pi(mutex);
		else
			uk__sync_mutex_lock_slow(mutex);
		if (CONFIG_LOCKCHECK)
			uk_lockcheck_got(uk__sync_held(), mutex);
	}
}

/* By its owner. */
uk_inline void uk_mutex_unlock(struct uk_mutex *mutex)
{
	uintptr_t self = uk__sync_mutex_self();

	if (CONFIG_LOCKCHECK)
		uk_lockcheck_left(uk__sync_held(), mutex);
	/* Release: pairs with the acquire of the next lock. */
	if (uk_likely(uk_compare_exchange(&mutex->owner, &self, 0)))
		return;
	if (CONFIG_THREAD_PI)
		uk__sync_mutex_unlock_pi(mutex);
	else
		uk__sync_mutex_unlock_slow(mutex);
}

/* Condition variable: the usual one; waking needs no lock and is for any context but NMI. */
struct uk_cond {
	struct uk_waitq waiters;
};

#define UK_COND_INIT(name) { .waiters = UK_WAITQ_INIT((name).waiters) }

void uk_cond_init(struct uk_cond *cond);
/* Gives the mutex back while it sleeps, and has it again on return: 0 or -ETIMEDOUT. May wake
 * without reason: test the condition again. */
int uk_cond_wait_until(struct uk_cond *cond, struct uk_mutex *mutex, uk_nsec_t deadline);
uk_inline void uk_cond_wait(struct uk_cond *cond, struct uk_mutex *mutex)
{
	(void)uk_cond_wait_until(cond, mutex, UK_NSEC_NEVER);
}
void uk_cond_signal(struct uk_cond *cond);
void uk_cond_broadcast(struct uk_cond *cond);

/* Counting semaphore. */
struct uk_sem {
	uint32_t count;
	struct uk_waitq waiters;
};

#define UK_SEM_INIT(name, n) { .count = (n), .waiters = UK_WAITQ_INIT((name).waiters) }

void uk_sem_init(struct uk_sem *sem, uint32_t count);
/* 0 or -ETIMEDOUT. */
int uk_sem_down_until(struct uk_sem *sem, uk_nsec_t deadline);
uk_inline void uk_sem_down(struct uk_sem *sem)
{
	(void)uk_sem_down_until(sem, UK_NSEC_NEVER);
}
/* Never sleeps; true: taken. Any context but NMI. */
bool uk_sem_trydown(struct uk_sem *sem);
/* Any context but NMI. */
void uk_sem_up(struct uk_sem *sem);
