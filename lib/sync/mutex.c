/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The mutex where threads meet. While WAITERS is set neither short path succeeds, so every
 * unlock comes here and wakes; the bit goes when an unlock finds nobody to wake.
 */

#include <uk/panic.h>
#include <uk/sync.h>

#define WAITERS 1ul

void uk_mutex_init(struct uk_mutex *mutex)
{
	mutex->owner = 0;
	if (CONFIG_LOCKCHECK)
		uk_lockcheck_forget(mutex, sizeof(*mutex));
	uk_waitq_init(&mutex->waiters);
}

/* Take it (true), or leave word in it that somebody waits. The caller is queued. */
static bool take_or_mark(struct uk_mutex *mutex)
{
	uintptr_t owner = uk_load(&mutex->owner);

	for (;;) {
		if ((owner & ~WAITERS) == 0) {
			if (uk_compare_exchange(&mutex->owner, &owner,
						uk__sync_mutex_self() | WAITERS))
				return true;
		} else if (owner & WAITERS) {
			return false;
		} else if (uk_compare_exchange(&mutex->owner, &owner, owner | WAITERS)) {
			return false;
		}
	}
}

void uk__sync_mutex_lock_slow(struct uk_mutex *mutex)
{
	struct uk_waiter waiter;

	UK_ASSERT(!uk_mutex_is_mine(mutex));
	uk_waitq_waiter_init(&waiter, &mutex->waiters);
	for (;;) {
		uk_waitq_prepare(&waiter);
		if (take_or_mark(mutex))
			break;
		(void)uk_waitq_commit(&waiter, UK_NSEC_NEVER);
	}
	uk_waitq_finish(&waiter);
}

void uk__sync_mutex_unlock_slow(struct uk_mutex *mutex)
{
	uintptr_t free = WAITERS;

	UK_ASSERT(uk_mutex_is_mine(mutex));
	/* Release: pairs with the acquire of the next lock. The full barrier orders it before
	 * the look at the queue: whoever queued too late for that look sees the lock free. */
	uk_store_release(&mutex->owner, WAITERS);
	uk_mb();
	if (uk_waitq_wake_one(&mutex->waiters) == 0)
		(void)uk_compare_exchange(&mutex->owner, &free, 0);
}
