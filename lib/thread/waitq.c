/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Wait queues. A waiter is in the queue or it has been woken (or timed out): both change
 * together under the queue's lock, so a wake-up is neither lost nor counted twice. A waker holds
 * that lock until it is done with the thread, and the thread takes it once more in finish():
 * the waiter's memory outlives the waker's use of it.
 */

#include "switch.h"
#include <uk/panic.h>

void uk_waitq_init(struct uk_waitq *wq)
{
	*wq = (struct uk_waitq)UK_WAITQ_INIT(*wq);
	if (CONFIG_LOCKCHECK)
		uk_lockcheck_forget(wq, sizeof(*wq));
}

void uk_waitq_wake(struct uk_waiter *waiter)
{
	uk_list_remove(&waiter->node);
	uk__thread_unblock(waiter->thread, &waiter->woken);
}

static unsigned int wake(struct uk_waitq *wq, unsigned int max)
{
	unsigned int n = 0;

	/* Alone on the machine a look without the lock is enough; with other CPUs it would need
	 * the order that the lock gives between the caller's store and the look. */
	if (!CONFIG_LIB_SMP && uk_list_empty(&wq->waiters))
		return 0;
	uk_irqflags_t flags = uk_spin_lock_irqsave(&wq->lock);

	/* Those with fn stand first. */
	UK_LIST_FOREACH_SAFE(node, next, &wq->waiters) {
		struct uk_waiter *waiter = UK_LIST_ENTRY(node, struct uk_waiter, node);

		if (waiter->fn) {
			waiter->fn(waiter);
			continue;
		}
		if (n == max)
			break;
		uk_waitq_wake(waiter);
		n++;
	}
	uk_spin_unlock_irqrestore(&wq->lock, flags);
	return n;
}

unsigned int uk_waitq_wake_one(struct uk_waitq *wq)
{
	return wake(wq, 1);
}

unsigned int uk_waitq_wake_all(struct uk_waitq *wq)
{
	return wake(wq, ~0u);
}

/* In the timer's interrupt. */
static void deadline_passed(void *arg)
{
	struct uk_waiter *waiter = arg;
	struct uk_waitq *wq = waiter->wq;
	uk_irqflags_t flags = uk_spin_lock_irqsave(&wq->lock);

	if (!uk_list_empty(&waiter->node)) {
		uk_list_remove(&waiter->node);
		waiter->timed_out = true;
		uk__thread_unblock(waiter->thread, &waiter->woken);
	}
	uk_spin_unlock_irqrestore(&wq->lock, flags);
}

void uk_waitq_waiter_init(struct uk_waiter *waiter, struct uk_waitq *wq)
{
	uk_list_init(&waiter->node);
	waiter->wq = wq;
	waiter->thread = uk_thread_self();
	waiter->fn = NULL;
	waiter->woken = 0;
	waiter->timed_out = false;
	waiter->timing = false;
}

void uk_waitq_prepare(struct uk_waiter *waiter)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&waiter->wq->lock);

	if (uk_list_empty(&waiter->node) && !waiter->timed_out) {
		waiter->woken = 0;
		uk_list_append(&waiter->wq->waiters, &waiter->node);
	}
	uk_spin_unlock_irqrestore(&waiter->wq->lock, flags);
}

static void set_deadline(struct uk_waiter *waiter, uk_nsec_t deadline)
{
	if (deadline != UK_NSEC_NEVER && !waiter->timing) {
		uk_timer_init(&waiter->timer, deadline_passed, waiter);
		waiter->timing = true;
	}
	/* Also where it passed between a wake-up and this: then nobody was there to be told. */
	if (deadline != UK_NSEC_NEVER && !uk_timer_active(&waiter->timer)) {
		if (uk_clock_now() >= deadline)
			deadline_passed(waiter);
		else
			uk_timer_start(&waiter->timer, deadline);
	}
}

int uk_waitq_commit(struct uk_waiter *waiter, uk_nsec_t deadline)
{
	set_deadline(waiter, deadline);
	uk__thread_block(&waiter->woken);
	/* Written before `woken` under locks that this thread has taken since, or by itself. */
	return waiter->timed_out ? -ETIMEDOUT : 0;
}

#if CONFIG_THREAD_INTERRUPT
int uk_waitq_commit_interruptible(struct uk_waiter *waiter, uk_nsec_t deadline)
{
	set_deadline(waiter, deadline);
	uk__thread_block_interruptible(&waiter->woken);
	/* Out of the queue: from here on a wake-up of one thread goes to another, and the caller
	 * looks once more for one that came before. */
	uk_waitq_remove(waiter);
	if (waiter->timed_out)
		return -ETIMEDOUT;
	return waiter->woken ? 0 : -EINTR;
}
#endif

void uk_waitq_finish(struct uk_waiter *waiter)
{
	/* With other CPUs, the lock also waits for a waker that is not done with the thread. */
	if (CONFIG_LIB_SMP || !uk_list_empty(&waiter->node))
		uk_waitq_remove(waiter);
	if (waiter->timing)
		uk_timer_stop_sync(&waiter->timer);
}

void uk_waitq_add(struct uk_waitq *wq, struct uk_waiter *waiter, void (*fn)(struct uk_waiter *))
{
	uk_waitq_waiter_init(waiter, wq);
	waiter->fn = fn;
	uk_irqflags_t flags = uk_spin_lock_irqsave(&wq->lock);

	uk_list_prepend(&wq->waiters, &waiter->node);
	uk_spin_unlock_irqrestore(&wq->lock, flags);
}

void uk_waitq_remove(struct uk_waiter *waiter)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&waiter->wq->lock);

	uk_list_remove(&waiter->node);
	uk_spin_unlock_irqrestore(&waiter->wq->lock, flags);
}
