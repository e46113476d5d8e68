/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Wait queues: threads that wait until something becomes true.
 *
 *	consumer: err = uk_waitq_wait_until(&q->readers, q->count > 0, deadline);
 *	producer: q->count++; uk_waitq_wake_one(&q->readers);
 *
 * The producer changes the state first and wakes then; the consumer is queued first and looks
 * then: no wake-up is lost. Whoever wakes may be in any context but NMI; waiting is for threads
 * that hold no spinlock. A queue must outlive every wake call on it.
 */

#include <stdbool.h>
#include <uk/clock.h>
#include <uk/defs.h>
#include <uk/errno.h>
#include <uk/list.h>
#include <uk/spinlock.h>
#include <uk/timer.h>

struct uk_thread;

struct uk_waitq {
	struct uk_spinlock lock;
	struct uk_list waiters; /* struct uk_waiter, in the order they came */
};

#define UK_WAITQ_INIT(name) { .waiters = UK_LIST_INIT((name).waiters) }

/*
 * One place in a queue, usually on the waiting thread's stack. With `fn` set it does not stand
 * for a thread: each wake-up calls fn (in the waker's context, the queue's lock held, so no
 * waking of the same queue) and the place stays queued until uk_waitq_remove(): poll waits on
 * many queues this way.
 */
struct uk_waiter {
	struct uk_list node; /* queue's lock */
	struct uk_waitq *wq;
	struct uk_thread *thread;
	void (*fn)(struct uk_waiter *waiter);
	uint32_t woken; /* thread's lock; what the thread sleeps on */
	bool timed_out; /* queue's lock */
	bool timing;    /* the thread's own */
	struct uk_timer timer;
};

void uk_waitq_init(struct uk_waitq *wq);

/* Wake the first waiting thread, or all. Returns how many were woken. Any context but NMI. */
unsigned int uk_waitq_wake_one(struct uk_waitq *wq);
unsigned int uk_waitq_wake_all(struct uk_waitq *wq);

/*
 * wait_until: returns 0 once `condition` is true (it may be evaluated many times, by this
 * thread, without locks), -ETIMEDOUT if it is false and uk_clock_now() has passed `deadline`.
 * UK_NSEC_NEVER waits for ever. Thread context.
 */
#define uk_waitq_wait_until(wq, condition, deadline) \
	UK__WAITQ_WAIT(wq, condition, deadline, uk_waitq_commit)
/* The same, and -EINTR if it is false and somebody has interrupted the thread
 * (uk_thread_interrupt(); never without THREAD_INTERRUPT). */
#define uk_waitq_wait_interruptible(wq, condition, deadline) \
	UK__WAITQ_WAIT(wq, condition, deadline, uk_waitq_commit_interruptible)
#define uk_waitq_wait(wq, condition) ((void)uk_waitq_wait_until(wq, condition, UK_NSEC_NEVER))

#define UK__WAITQ_WAIT(wq, condition, deadline, commit) \
	__extension__({ \
		int uk_err_ = 0; \
		if (!(condition)) { \
			struct uk_waiter uk_w_; \
			uk_waitq_waiter_init(&uk_w_, (wq)); \
			for (;;) { \
				uk_waitq_prepare(&uk_w_); \
				if (condition) \
					break; \
				uk_err_ = commit(&uk_w_, (deadline)); \
				if (uk_err_ != 0) { \
					if (condition) \
						uk_err_ = 0; \
					break; \
				} \
			} \
			uk_waitq_finish(&uk_w_); \
		} \
		uk_err_; \
	})

/*
 * The steps that the macro is made of, for who must drop a lock in between. After init:
 * prepare queues the thread at the end (nothing if it is queued), commit sleeps until a wake-up
 * that came after prepare or until the deadline (0, -ETIMEDOUT), finish takes it out and must
 * be called before the waiter's memory goes. Thread context, no spinlock held.
 */
void uk_waitq_waiter_init(struct uk_waiter *waiter, struct uk_waitq *wq);
void uk_waitq_prepare(struct uk_waiter *waiter);
int uk_waitq_commit(struct uk_waiter *waiter, uk_nsec_t deadline);
#if CONFIG_THREAD_INTERRUPT
/* Also -EINTR: interrupted, and no longer queued. */
int uk_waitq_commit_interruptible(struct uk_waiter *waiter, uk_nsec_t deadline);
#else
#define uk_waitq_commit_interruptible uk_waitq_commit
#endif
void uk_waitq_finish(struct uk_waiter *waiter);

/*
 * Who keeps waiters in lists of its own, in place of prepare, does so under the lock of the queue
 * that they were made for; deadline and finish take them out. Wakes this one, which is in such a
 * list. That lock held, interrupts off.
 */
void uk_waitq_wake(struct uk_waiter *waiter);

/* For waiters with `fn`: queue and take out. After remove fn does not run any more. */
void uk_waitq_add(struct uk_waitq *wq, struct uk_waiter *waiter, void (*fn)(struct uk_waiter *));
void uk_waitq_remove(struct uk_waiter *waiter);
