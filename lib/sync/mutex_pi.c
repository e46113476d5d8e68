/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The mutex where threads meet, with priority inheritance. Who waits stands in the mutex's queue
 * under uk_pi_lock(), and WAITERS is set as long as somebody does. A lock that a thread of
 * SCHED_FIFO or SCHED_RR waits for is given to it; else it becomes free, and whoever comes first
 * takes it, the one that was woken or another: that costs no switch for each turn.
 */

#include <uk/panic.h>
#include <uk/pi.h>
#include <uk/sync.h>

#define WAITERS 1ul

static struct uk_thread *thread_of(uintptr_t owner)
{
	return (struct uk_thread *)(owner & ~3ul);
}

static void hand_over(struct uk_mutex *mutex, struct uk_pi_waiter *next)
{
	/* Release: pairs with the acquire by which its thread sees that it has been woken. */
	uk_store_release(&mutex->owner, (uintptr_t)next->place.thread | 2 | WAITERS);
	uk_pi_give(next);
}

/* Nobody has it: take it, if nobody waits who goes before. */
static bool take_free(struct uk_mutex *mutex)
{
	struct uk_list *queue = &mutex->waiters.waiters;
	struct uk_pi_waiter *first = uk_pi_first(queue, mutex);
	uintptr_t mine = uk__sync_mutex_self() | (first ? WAITERS : 0), nobody = WAITERS;

	/* It may have got its level since the mutex became free: then nobody has seen to it. */
	if (first && first->level > uk_sched_level(&uk_thread_self()->sched)) {
		hand_over(mutex, first);
		return false;
	}
	/* Acquire: pairs with the release of the unlock before. */
	if (!uk_compare_exchange(&mutex->owner, &nobody, mine))
		return false;
	if (first)
		uk_pi_own(uk_thread_self(), queue, mutex);
	return true;
}

/* True: it is the caller's. False: the caller is queued. Lock held. */
static bool take_or_wait(struct uk_mutex *mutex, struct uk_pi_waiter *waiter)
{
	uintptr_t owner = uk_load(&mutex->owner);

	/* Set, it keeps all others out of the short paths. */
	while (!(owner & WAITERS) && !uk_compare_exchange(&mutex->owner, &owner, owner | WAITERS))
		;
	if ((owner & ~WAITERS) == 0 && take_free(mutex))
		return true;
	owner = uk_load(&mutex->owner);
	int err = uk_pi_enqueue(waiter, &mutex->waiters.waiters, mutex, thread_of(owner));

	/* Who has it waits for the caller. */
	UK_ASSERT(err == 0);
	(void)err;
	return false;
}

void uk__sync_mutex_lock_pi(struct uk_mutex *mutex)
{
	struct uk_pi_waiter waiter;

	UK_ASSERT(!uk_mutex_is_mine(mutex));
	uk_pi_waiter_init(&waiter);
	for (;;) {
		uk_irqflags_t flags = uk_pi_lock();
		bool taken = take_or_wait(mutex, &waiter);

		uk_pi_unlock(flags);
		if (taken)
			return;
		(void)uk_pi_sleep(&waiter, UK_NSEC_NEVER);
		uk_pi_leave(&waiter);
		if (uk_mutex_is_mine(mutex))
			return;
	}
}

void uk__sync_mutex_unlock_pi(struct uk_mutex *mutex)
{
	uk_irqflags_t flags = uk_pi_lock();
	struct uk_pi_waiter *next = uk_pi_first(&mutex->waiters.waiters, mutex);

	UK_ASSERT(uk_mutex_is_mine(mutex));
	uk_pi_disown(uk_thread_self(), mutex);
	if (next && next->level) {
		hand_over(mutex, next);
	} else {
		/* Release: pairs with the acquire of the next lock. */
		uk_store_release(&mutex->owner, next ? WAITERS : 0);
		if (next)
			uk_pi_wake(next);
	}
	uk_pi_unlock(flags);
}
