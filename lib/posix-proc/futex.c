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
#include <uk/spinlock.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>
#include <uk/waitq.h>

#define BUCKETS 64u

struct waiter {
	struct uk_list node; /* of its bucket; lock */
	const int32_t *word; /* lock */
	uint32_t bits;
	uint32_t woken;
	struct uk_waitq queue; /* the one thread */
};

static struct {
	struct uk_spinlock lock;
	struct uk_list bucket[BUCKETS]; /* all zero: empty, as in next == NULL */
} futexes;

/* Lock held. */
static struct uk_list *bucket_of(const int32_t *word)
{
	uint64_t hash = (uint64_t)(uintptr_t)word * 0x9e3779b97f4a7c15ull;
	struct uk_list *bucket = &futexes.bucket[hash >> 58];

	if (!bucket->next)
		uk_list_init(bucket);
	return bucket;
}

static void enqueue(struct waiter *w)
{
	uk_spin_lock(&futexes.lock);
	uk_list_append(bucket_of(w->word), &w->node);
	uk_spin_unlock(&futexes.lock);
}

/* After this no waker looks at it: who wakes does so with the lock held. True: was woken. */
static bool dequeue(struct waiter *w)
{
	uk_spin_lock(&futexes.lock);
	uk_list_remove(&w->node);
	uk_spin_unlock(&futexes.lock);
	return w->woken;
}

/*
 * Queued first, looked at then: a waker that changed the word before finds us, or we see its
 * change.
 */
long uk__posix_proc_futex_wait(int32_t *word, int32_t value, uint32_t bits, uk_nsec_t deadline)
{
	struct waiter w = { .word = word, .bits = bits };
	int32_t now;
	long err;

	uk_waitq_init(&w.queue);
	enqueue(&w);
	uk_mb(); /* pairs with the waker's lock after its store */
	err = uk_uaccess_read(&now, word, sizeof(now));
	if (err == 0 && now != value)
		err = -EAGAIN;
	if (err == 0)
		err = uk_waitq_wait_until(&w.queue, uk_load_acquire(&w.woken), deadline);
	return dequeue(&w) ? 0 : err;
}

/* Lock held. */
static void wake(struct waiter *w)
{
	uk_list_remove(&w->node);
	uk_store_release(&w->woken, 1);
	uk_waitq_wake_one(&w->queue);
}

long uk__posix_proc_futex_wake(int32_t *word, long count, uint32_t bits)
{
	long n = 0;

	uk_spin_lock(&futexes.lock);

	struct uk_list *bucket = bucket_of(word);

	UK_LIST_FOREACH_SAFE(node, next, bucket) {
		struct waiter *w = UK_LIST_ENTRY(node, struct waiter, node);

		if (n >= count)
			break;
		if (w->word == word && (w->bits & bits)) {
			wake(w);
			n++;
		}
	}
	uk_spin_unlock(&futexes.lock);
	return n;
}

long uk__posix_proc_futex_requeue(int32_t *word, long count, int32_t *target, long moves)
{
	long n = 0;

	uk_spin_lock(&futexes.lock);

	struct uk_list *from = bucket_of(word), *to = bucket_of(target);

	UK_LIST_FOREACH_SAFE(node, next, from) {
		struct waiter *w = UK_LIST_ENTRY(node, struct waiter, node);

		if (w->word != word)
			continue;
		if (n >= count + moves)
			break;
		if (n++ < count) {
			wake(w);
			continue;
		}
		uk_list_remove(node);
		w->word = target;
		uk_list_append(to, node);
	}
	uk_spin_unlock(&futexes.lock);
	return n;
}
