/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Priority inheritance. A thread has a list of those that wait for its locks, whichever those are,
 * and the waiter that it waits with itself: that is the whole graph, a forest. A change goes from a
 * thread upwards, to whom it waits for, until nothing changes any more.
 */

#include <uk/errno.h>
#include <uk/panic.h>
#include <uk/pi.h>

/* Its lock is the lock; nobody stands in it. */
static struct uk_waitq everybody = UK_WAITQ_INIT(everybody);

uk_irqflags_t uk_pi_lock(void)
{
	return uk_spin_lock_irqsave(&everybody.lock);
}

void uk_pi_unlock(uk_irqflags_t flags)
{
	uk_spin_unlock_irqrestore(&everybody.lock, flags);
}

void uk_pi_waiter_init(struct uk_pi_waiter *waiter)
{
	uk_waitq_waiter_init(&waiter->place, &everybody);
	uk_list_init(&waiter->of_owner);
	waiter->owner = NULL;
}

static struct uk_pi_waiter *by_node(struct uk_list *node)
{
	return UK_LIST_ENTRY(node, struct uk_pi_waiter, place.node);
}

/* Behind those of its level. */
static void insert(struct uk_pi_waiter *waiter)
{
	struct uk_list *before = waiter->queue;

	UK_LIST_FOREACH(node, waiter->queue) {
		if (by_node(node)->level < waiter->level) {
			before = node;
			break;
		}
	}
	uk_list_append(before, &waiter->place.node);
}

static unsigned int highest(const struct uk_thread *thread)
{
	unsigned int level = 0;

	UK_LIST_FOREACH(node, &thread->pi_waiters) {
		level = UK_MAX(level, UK_LIST_ENTRY(node, struct uk_pi_waiter, of_owner)->level);
	}
	return level;
}

/* Those that it lends to have changed, or what it asks for itself. */
static void adjust(struct uk_thread *thread)
{
	for (unsigned int i = 0; thread && i < UK_PI_DEPTH; i++) {
		struct uk_pi_waiter *waiter = thread->pi_waiter;

		uk_sched_boost(&thread->sched, thread->pi_waiters.next ? highest(thread) : 0);
		unsigned int level = uk_sched_level(&thread->sched);

		if (!waiter || waiter->level == level)
			return;
		waiter->level = level;
		/* One that is not queued has been woken, or its time is over. */
		if (!uk_list_empty(&waiter->place.node)) {
			uk_list_remove(&waiter->place.node);
			insert(waiter);
		}
		thread = waiter->owner;
	}
}

static void take_back(struct uk_pi_waiter *waiter)
{
	waiter->owner = NULL;
	uk_list_remove(&waiter->of_owner);
}

static void lend(struct uk_pi_waiter *waiter, struct uk_thread *owner)
{
	take_back(waiter);
	if (!owner->pi_waiters.next)
		uk_list_init(&owner->pi_waiters);
	waiter->owner = owner;
	uk_list_append(&owner->pi_waiters, &waiter->of_owner);
}

/* Whom the thread waits for; NULL: nobody. */
static struct uk_thread *next_of(const struct uk_thread *thread)
{
	const struct uk_pi_waiter *waiter = thread->pi_waiter;

	return waiter && !uk_list_empty(&waiter->place.node) ? waiter->owner : NULL;
}

static bool waits_for(const struct uk_thread *thread, const struct uk_thread *whom)
{
	for (unsigned int i = 0; thread && i < UK_PI_DEPTH; i++) {
		if (thread == whom)
			return true;
		thread = next_of(thread);
	}
	return thread != NULL;
}

int uk_pi_enqueue(struct uk_pi_waiter *waiter, struct uk_list *queue, const void *lock,
		  struct uk_thread *owner)
{
	struct uk_thread *self = waiter->place.thread;

	if (owner && waits_for(owner, self))
		return -EDEADLK;
	waiter->place.woken = 0;
	waiter->queue = queue;
	waiter->lock = lock;
	waiter->level = uk_sched_level(&self->sched);
	self->pi_waiter = waiter;
	insert(waiter);
	if (owner) {
		lend(waiter, owner);
		adjust(owner);
	}
	return 0;
}

int uk_pi_sleep(struct uk_pi_waiter *waiter, uk_nsec_t deadline)
{
	return uk_waitq_commit(&waiter->place, deadline);
}

int uk_pi_sleep_interruptible(struct uk_pi_waiter *waiter, uk_nsec_t deadline)
{
	return uk_waitq_commit_interruptible(&waiter->place, deadline);
}

void uk_pi_leave(struct uk_pi_waiter *waiter)
{
	uk_irqflags_t flags = uk_pi_lock();
	struct uk_thread *owner = waiter->owner;

	uk_list_remove(&waiter->place.node);
	waiter->place.thread->pi_waiter = NULL;
	if (owner) {
		take_back(waiter);
		adjust(owner);
	}
	uk_pi_unlock(flags);
	uk_waitq_finish(&waiter->place);
}

struct uk_pi_waiter *uk_pi_first(const struct uk_list *queue, const void *lock)
{
	UK_LIST_FOREACH(node, queue) {
		if (by_node(node)->lock == lock)
			return by_node(node);
	}
	return NULL;
}

void uk_pi_disown(struct uk_thread *owner, const void *lock)
{
	if (!owner->pi_waiters.next)
		return;
	UK_LIST_FOREACH_SAFE(node, next, &owner->pi_waiters) {
		struct uk_pi_waiter *waiter = UK_LIST_ENTRY(node, struct uk_pi_waiter, of_owner);

		if (waiter->lock == lock)
			take_back(waiter);
	}
	adjust(owner);
}

void uk_pi_own(struct uk_thread *owner, struct uk_list *queue, const void *lock)
{
	struct uk_thread *before = NULL;

	UK_LIST_FOREACH(node, queue) {
		struct uk_pi_waiter *waiter = by_node(node);

		if (waiter->lock != lock)
			continue;
		before = waiter->owner;
		lend(waiter, owner);
	}
	adjust(before);
	adjust(owner);
}

void uk_pi_wake(struct uk_pi_waiter *waiter)
{
	struct uk_thread *before = waiter->owner;

	take_back(waiter);
	waiter->place.thread->pi_waiter = NULL;
	adjust(before);
	uk_waitq_wake(&waiter->place);
}

void uk_pi_give(struct uk_pi_waiter *waiter)
{
	struct uk_thread *before = waiter->owner;

	uk_list_remove(&waiter->place.node);
	take_back(waiter);
	waiter->place.thread->pi_waiter = NULL;
	adjust(before);
	/* With all that it inherits, before it runs. */
	uk_pi_own(waiter->place.thread, waiter->queue, waiter->lock);
	uk_pi_wake(waiter);
}

void uk_pi_changed(struct uk_thread *thread)
{
	adjust(thread);
}

struct uk_pi_waiter *uk_pi_any(const struct uk_thread *thread)
{
	if (!thread->pi_waiters.next || uk_list_empty(&thread->pi_waiters))
		return NULL;
	return UK_LIST_FIRST(&thread->pi_waiters, struct uk_pi_waiter, of_owner);
}
