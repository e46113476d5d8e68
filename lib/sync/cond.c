/* SPDX-License-Identifier: BSD-3-Clause */

#include <uk/panic.h>
#include <uk/sync.h>

void uk_cond_init(struct uk_cond *cond)
{
	uk_waitq_init(&cond->waiters);
}

int uk_cond_wait_until(struct uk_cond *cond, struct uk_mutex *mutex, uk_nsec_t deadline)
{
	struct uk_waiter waiter;

	UK_ASSERT(uk_mutex_is_mine(mutex));
	uk_waitq_waiter_init(&waiter, &cond->waiters);
	/* Queued before the mutex is free: a signal after that finds this thread. */
	uk_waitq_prepare(&waiter);
	uk_mutex_unlock(mutex);
	int err = uk_waitq_commit(&waiter, deadline);

	uk_waitq_finish(&waiter);
	uk_mutex_lock(mutex);
	return err;
}

void uk_cond_signal(struct uk_cond *cond)
{
	uk_waitq_wake_one(&cond->waiters);
}

void uk_cond_broadcast(struct uk_cond *cond)
{
	uk_waitq_wake_all(&cond->waiters);
}
