/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Futexes with priority inheritance: the word has the number of the thread that has the lock, so
 * that who finds it free, or nobody waiting, needs no call. Whoever is given a lock here finds its
 * number in the word; the word, and who waits, change together under uk_pi_lock().
 *
 * The word is the application's, and it may write what it likes. So nothing is concluded from it
 * but whom to wait for, and each waiter that is woken looks whether the lock is its own.
 */

#include "futex.h"
#include "proc.h"
#include <uk/errno.h>
#include <uk/pi.h>
#include <uk/proc.h>
#include <uk/signal.h>
#include <uk/uaccess.h>

#define BUCKETS 16u

static struct uk_list buckets[BUCKETS]; /* uk_pi_lock(); all zero: empty, as in next == NULL */

static struct uk_list *bucket_of(const int32_t *word)
{
	uint64_t hash = (uint64_t)(uintptr_t)word * 0x9e3779b97f4a7c15ull;
	struct uk_list *bucket = &buckets[hash >> 60];

	if (!bucket->next)
		uk_list_init(bucket);
	return bucket;
}

static struct uk_proc_thread *proc_of(const struct uk_thread *thread)
{
	return thread->owner_data ? thread->owner_data : uk__posix_proc_first();
}

static void note(struct uk_thread *thread, void *arg)
{
	if (!proc_of(thread)->ended)
		*(struct uk_thread **)arg = thread;
}

/* With the lock held, it cannot end before it has given up what it is found to have. */
static struct uk_thread *find(int tid)
{
	struct uk_thread *thread = NULL;

	if (uk_posix_proc_with(tid, note, &thread))
		return NULL;
	return thread;
}

/* Who has the lock, of which the word is `old`; -ESRCH: nobody that there is. */
static int owner_of(int32_t *word, int32_t old, struct uk_thread **owner)
{
	struct uk_pi_waiter *first = uk_pi_first(bucket_of(word), word);
	int tid = old & UK_FUTEX_TID_MASK;

	/* Its owner has ended, and will pass it on; libc has marked it so. */
	if (tid == 0) {
		*owner = first->owner;
		return 0;
	}
	*owner = first && first->owner && uk__posix_proc_tid(first->owner) == tid ? first->owner
										  : find(tid);
	if (!*owner)
		return -ESRCH;
	/* Somebody took it from one that had ended before that could be passed on. */
	if (first && first->owner != *owner)
		uk_pi_own(*owner, bucket_of(word), word);
	return 0;
}

#define WAITS 1

/* Under the lock: 0: taken; WAITS: queued; else why not. */
static int take_or_wait(int32_t *word, struct uk_pi_waiter *waiter, bool try)
{
	int32_t self = uk__posix_proc_self()->tid, old;
	struct uk_thread *owner;
	int err = uk_uaccess_load(&old, word);

	while (err == 0) {
		int tid = old & UK_FUTEX_TID_MASK;

		if (tid == self)
			return -EDEADLK;
		if (tid == 0 && !uk_pi_first(bucket_of(word), word)) {
			err = uk_uaccess_compare_exchange(word, &old,
							  self | (old & UK_FUTEX_OWNER_DIED));
			if (err == 0)
				return 0;
		} else if (try) {
			return -EAGAIN;
		} else if (!(old & UK_FUTEX_WAITERS)) {
			err = uk_uaccess_compare_exchange(word, &old, old | UK_FUTEX_WAITERS);
			old |= err ? 0 : UK_FUTEX_WAITERS;
		} else {
			err = owner_of(word, old, &owner);
			if (err == 0)
				err = uk_pi_enqueue(waiter, bucket_of(word), word, owner);
			return err ? err : WAITS;
		}
		err = err == -EAGAIN ? 0 : err;
	}
	return err;
}

static bool is_mine(int32_t *word)
{
	int32_t now;

	return uk_uaccess_load(&now, word) == 0 &&
	       (now & UK_FUTEX_TID_MASK) == uk__posix_proc_self()->tid;
}

/* Once more without the lock, where what is missing may come: written to, but not changed. */
static bool is_there(int32_t *word)
{
	int32_t now;

	return uk_uaccess_load(&now, word) == 0 &&
	       uk_uaccess_compare_exchange(word, &now, now) != -EFAULT;
}

long uk__posix_proc_futex_lock_pi(int32_t *word, uk_nsec_t deadline, bool try)
{
	struct uk_pi_waiter waiter;
	long err;

	uk_pi_waiter_init(&waiter);
	for (;;) {
		uk_irqflags_t flags = uk_pi_lock();

		err = take_or_wait(word, &waiter, try);
		uk_pi_unlock(flags);
		if (err == -EFAULT && is_there(word))
			continue;
		if (err != WAITS)
			return err;
		err = uk_pi_sleep_interruptible(&waiter, deadline);
		uk_pi_leave(&waiter);
		/* Also where it was given while the wait was ending for another reason. */
		if (is_mine(word))
			return 0;
		if (CONFIG_THREAD_INTERRUPT && err == -EINTR)
			err = uk_signal_claim() ? -UK_ERESTART_ALWAYS : 0;
		if (err)
			return err;
	}
}

/*
 * The lock goes from `owner` to the first one that waits, or is free. The word is `old` until then:
 * -EAGAIN, else, and *old is what it is; -EFAULT. Lock held.
 */
static int pass_on(int32_t *word, int32_t *old, struct uk_thread *owner, int32_t mark)
{
	struct uk_pi_waiter *next = uk_pi_first(bucket_of(word), word);
	int32_t value = next ? uk__posix_proc_tid(next->place.thread) | UK_FUTEX_WAITERS : 0;
	int err = uk_uaccess_compare_exchange(word, old, value | mark);

	if (err)
		return err;
	uk_pi_disown(owner, word);
	if (next)
		uk_pi_give(next);
	return 0;
}

static int unlock(int32_t *word)
{
	int32_t self = uk__posix_proc_self()->tid, old;
	int err = uk_uaccess_load(&old, word);

	while (err == 0) {
		if ((old & UK_FUTEX_TID_MASK) != self)
			return -EPERM;
		err = pass_on(word, &old, uk_thread_self(), 0);
		if (err != -EAGAIN)
			return err;
		err = 0;
	}
	return err;
}

long uk__posix_proc_futex_unlock_pi(int32_t *word)
{
	int err;

	do {
		uk_irqflags_t flags = uk_pi_lock();

		err = unlock(word);
		uk_pi_unlock(flags);
	} while (err == -EFAULT && is_there(word));
	return err;
}

/* It was the calling thread's, which ends; libc may have marked it so, and others taken it. */
static int abandon(int32_t *word)
{
	struct uk_thread *self = uk_thread_self(), *other;
	int32_t old;
	int err = uk_uaccess_load(&old, word);

	while (err == 0) {
		int tid = old & UK_FUTEX_TID_MASK;

		other = tid && tid != uk__posix_proc_self()->tid ? find(tid) : NULL;
		if (!other) {
			err = pass_on(word, &old, self, UK_FUTEX_OWNER_DIED);
		} else {
			err = uk_uaccess_compare_exchange(word, &old, old | UK_FUTEX_WAITERS);
			if (err == 0) {
				uk_pi_disown(self, word);
				uk_pi_own(other, bucket_of(word), word);
			}
		}
		if (err != -EAGAIN)
			return err;
		err = 0;
	}
	return err;
}

/* Nobody can have it any more: they look, and are told. Lock held. */
static void wake_all(int32_t *word)
{
	struct uk_pi_waiter *waiter;

	uk_pi_disown(uk_thread_self(), word);
	while ((waiter = uk_pi_first(bucket_of(word), word)))
		uk_pi_wake(waiter);
}

/* A thread that ends has no locks but these. */
void uk__posix_proc_futex_exit(void)
{
	uk_irqflags_t flags = uk_pi_lock();
	struct uk_pi_waiter *waiter;

	uk__posix_proc_self()->ended = true;
	while ((waiter = uk_pi_any(uk_thread_self()))) {
		int32_t *word = (int32_t *)(uintptr_t)waiter->lock;

		if (abandon(word) == 0)
			continue;
		uk_pi_unlock(flags);
		bool there = is_there(word);

		flags = uk_pi_lock();
		if (!there)
			wake_all(word);
	}
	uk_pi_unlock(flags);
}
