/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * futex (Linux, futex(2)): the slow path of libc's locks. One lock guards all queues: it is held
 * for a few list operations only, and never while memory of the application is touched.
 */

#include "futex.h"
#include "proc.h"
#include <uk/abi/time.h>
#include <uk/clock.h>
#include <uk/errno.h>
#include <uk/list.h>
#include <uk/signal.h>
#include <uk/spinlock.h>
#include <uk/syscall.h>
#include <uk/thread.h>
#include <uk/uaccess.h>
#include <uk/waitq.h>

#define BUCKETS 64u

struct waiter {
	struct uk_waiter place; /* its node is in a bucket */
	const int32_t *word;    /* lock */
	uint32_t bits;
	bool asleep;        /* lock; LOCKCHECK: until somebody wakes it */
	unsigned int level; /* uk_sched_level(), as it began to wait */
};

/* All wait in this queue, as far as its lock goes; they stand in the buckets. */
static struct uk_waitq queue = UK_WAITQ_INIT(queue);
static struct uk_list buckets[BUCKETS]; /* queue.lock; all zero: empty, as in next == NULL */

uk_inline uk_irqflags_t lock(void)
{
	return uk_spin_lock_irqsave(&queue.lock);
}

uk_inline void unlock(uk_irqflags_t flags)
{
	uk_spin_unlock_irqrestore(&queue.lock, flags);
}

/* Lock held. */
static struct uk_list *bucket_of(const int32_t *word)
{
	uint64_t hash = (uint64_t)(uintptr_t)word * 0x9e3779b97f4a7c15ull;
	struct uk_list *bucket = &buckets[hash >> 58];

	if (uk_unlikely(!bucket->next))
		uk_list_init(bucket);
	return bucket;
}

/* Behind those of its level and above (POSIX.1-2017, XSH 2.9.4: the scheduling policy says who is
 * next). Lock held. */
static void insert(struct waiter *w)
{
	struct uk_list *bucket = bucket_of(w->word), *before = bucket;

	if (CONFIG_PREEMPT && w->level) {
		UK_LIST_FOREACH(node, bucket) {
			if (UK_LIST_ENTRY(node, struct waiter, place.node)->level < w->level) {
				before = node;
				break;
			}
		}
	}
	uk_list_append(before, &w->place.node);
}

static void enqueue(struct waiter *w)
{
	uk_irqflags_t flags = lock();

	insert(w);
	unlock(flags);
}

/* Threads that wait until another one wakes them. Lock held. */
static unsigned int sleepers(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < BUCKETS; i++) {
		if (!buckets[i].next)
			continue;
		UK_LIST_FOREACH(node, &buckets[i])
			n += UK_LIST_ENTRY(node, struct waiter, place.node)->asleep;
	}
	return n;
}

void uk__posix_proc_futex_check_stuck(void)
{
	if (!CONFIG_LOCKCHECK)
		return;

	uk_irqflags_t flags = lock();
	unsigned int n = sleepers();
	bool stuck = n > 0 && n == uk__posix_proc_alive();

	unlock(flags);
	/* A handler may do what wakes one. */
	if (stuck && !(CONFIG_LIB_POSIX_SIGNAL && uk_signal_is_handled()))
		uk_lockcheck_stuck();
}

/* It will wait, if it was not woken meanwhile. */
static void asleep(struct waiter *w, uk_nsec_t deadline)
{
	uk_irqflags_t flags;

	if (deadline != UK_NSEC_NEVER)
		return;
	flags = lock();
	w->asleep = true;
	unlock(flags);
	uk__posix_proc_futex_check_stuck();
}

/*
 * Queued first, looked at then: a waker that changed the word before finds us, or we see its
 * change. After -EINTR it stands in no queue.
 */
static int sleep_on(struct waiter *w, int32_t value, uk_nsec_t deadline)
{
	int32_t now;

	enqueue(w);
	if (CONFIG_LIB_SMP)
		uk_mb(); /* pairs with the waker's lock after its store */
	if (uk_uaccess_load(&now, w->word))
		return -EFAULT;
	if (now != value)
		return -EAGAIN;
	if (CONFIG_LOCKCHECK)
		asleep(w, deadline);
	return uk_waitq_commit_interruptible(&w->place, deadline);
}

long uk__posix_proc_futex_wait(int32_t *word, int32_t value, uint32_t bits, uk_nsec_t deadline)
{
	struct waiter w;
	int err;

	w.bits = bits;
	w.level = CONFIG_PREEMPT ? uk_sched_level(&uk_thread_self()->sched) : 0;
	uk_waitq_waiter_init(&w.place, &queue);
	do {
		w.word = word; /* it may have been moved to another */
		if (CONFIG_LOCKCHECK)
			w.asleep = false;
		err = sleep_on(&w, value, deadline);
	} while (CONFIG_THREAD_INTERRUPT && err == -EINTR && !uk_signal_claim());
	uk_waitq_finish(&w.place);
	/* Whoever was woken says so, or the wake-up were lost for others. */
	if (w.place.woken && !w.place.timed_out)
		return 0;
	/* Without a limit it begins again, and may find the word changed. */
	return CONFIG_THREAD_INTERRUPT && err == -EINTR && deadline == UK_NSEC_NEVER ? -UK_ERESTART
										     : err;
}

long uk__posix_proc_futex_wake(int32_t *word, long count, uint32_t bits)
{
	uk_irqflags_t flags = lock();
	struct uk_list *bucket = bucket_of(word);
	long n = 0;

	UK_LIST_FOREACH_SAFE(node, next, bucket) {
		struct waiter *w = UK_LIST_ENTRY(node, struct waiter, place.node);

		if (n >= count)
			break;
		if (w->word == word && (w->bits & bits)) {
			uk_waitq_wake(&w->place);
			n++;
		}
	}
	unlock(flags);
	return n;
}

/* Lock held. Who moves may come by once more, where the target has the same bucket: it waits for
 * another word then. */
static long move(const struct uk__posix_proc_requeue *r)
{
	long n = 0;

	UK_LIST_FOREACH_SAFE(node, next, bucket_of(r->word)) {
		struct waiter *w = UK_LIST_ENTRY(node, struct waiter, place.node);

		if (w->word != r->word)
			continue;
		if (n >= r->wakes + r->moves)
			break;
		if (n++ < r->wakes) {
			uk_waitq_wake(&w->place);
		} else if (r->target != r->word) {
			uk_list_remove(node);
			w->word = r->target;
			insert(w);
		}
	}
	return n;
}

long uk__posix_proc_futex_requeue(const struct uk__posix_proc_requeue *r)
{
	int32_t now;
	long n;

	for (;;) {
		uk_irqflags_t flags = lock();

		/* Under the lock: who comes to wait after a change of the word is not moved. */
		n = r->compare ? uk_uaccess_load(&now, r->word) : 0;
		if (n == 0)
			n = r->compare && now != r->value ? -EAGAIN : move(r);
		unlock(flags);
		if (n != -EFAULT || uk_uaccess_load(&now, r->word))
			return n;
	}
}
