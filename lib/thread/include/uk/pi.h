/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Priority inheritance, with THREAD_PI: who waits for a lock lends its level (<uk/sched.h>) to the
 * thread that has it, and that one to whom it waits for itself (Sha, Rajkumar, Lehoczky, IEEE
 * Transactions on Computers 39(9), 1990: the basic protocol). Levels of SCHED_FIFO and SCHED_RR
 * are lent, nice values are not, as on Linux.
 *
 * The one primitive beneath lib/sync's mutex and the PI futexes. What a lock is, and that it is
 * taken, is theirs: a word of memory, a struct. Here a lock is an address that waiters name. One
 * spinlock, uk_pi_lock(), guards all of this and is held in every call but where said: take it
 * before the list of all threads and before a scheduler's queue. Each call costs time in
 * proportion to the waiters of one thread, times the length of the chain, which is at most
 * UK_PI_DEPTH.
 */

#include <uk/defs.h>
#include <uk/list.h>
#include <uk/spinlock.h>
#include <uk/thread.h>
#include <uk/waitq.h>

#define UK_PI_DEPTH 1024u /* of a chain of locks and owners, as in Linux */

/* One that waits, on its thread's stack. */
struct uk_pi_waiter {
	struct uk_waiter place;  /* its node: in `queue`, the highest level first; else empty */
	struct uk_list of_owner; /* in the owner's list */
	struct uk_thread *owner; /* who has the lock; NULL: nobody has it just now */
	struct uk_list *queue;
	const void *lock;
	unsigned int level;
};

/* No lock held. */
uk_irqflags_t uk_pi_lock(void);
void uk_pi_unlock(uk_irqflags_t flags);

/* The calling thread's; no lock held, and need not be. */
void uk_pi_waiter_init(struct uk_pi_waiter *waiter);

/*
 * The calling thread will wait for `lock`, whose waiters stand in `queue` (with those of other
 * locks, if that is convenient), and `owner`, which may be NULL, inherits. -EDEADLK: that thread
 * waits for the caller, directly or not, or the chain is too long; nothing has changed then.
 */
int uk_pi_enqueue(struct uk_pi_waiter *waiter, struct uk_list *queue, const void *lock,
		  struct uk_thread *owner);

/*
 * Without the lock: sleep until woken by uk_pi_wake() or uk_pi_give(): 0, or until the deadline:
 * -ETIMEDOUT. uk_pi_leave() follows in any case.
 */
int uk_pi_sleep(struct uk_pi_waiter *waiter, uk_nsec_t deadline);
/* Also -EINTR: uk_thread_interrupt(). */
int uk_pi_sleep_interruptible(struct uk_pi_waiter *waiter, uk_nsec_t deadline);

/* Without the lock: the waiter waits no more, nobody inherits from it, and its memory may go. */
void uk_pi_leave(struct uk_pi_waiter *waiter);

/* Who is to have the lock next: the longest waiting one of the highest level; NULL: nobody. */
struct uk_pi_waiter *uk_pi_first(const struct uk_list *queue, const void *lock);

/* `owner` has the lock no longer, and nobody has it: it does not inherit from those that wait. */
void uk_pi_disown(struct uk_thread *owner, const void *lock);
/* `owner` has the lock, and inherits from those that wait in the queue; nobody else does. */
void uk_pi_own(struct uk_thread *owner, struct uk_list *queue, const void *lock);

/* Take it out of its queue and wake its thread, which looks again. Nobody inherits from it. */
void uk_pi_wake(struct uk_pi_waiter *waiter);
/* The same, and its thread has the lock. */
void uk_pi_give(struct uk_pi_waiter *waiter);

/* What the thread asked the scheduler for has changed: who it waits for is told. */
void uk_pi_changed(struct uk_thread *thread);
/* One of those that wait for a lock of that thread, NULL: none. For the end of a thread. */
struct uk_pi_waiter *uk_pi_any(const struct uk_thread *thread);
