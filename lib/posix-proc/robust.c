/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Robust lists (Linux, set_robust_list(2), Documentation/locking/robust-futex-ABI.rst): a thread
 * that ends marks the locks that it has, and wakes who waits. The list is the application's memory:
 * it is followed for so many steps, and no entry is believed to be more than an address.
 */

#include "proc.h"
#include <uk/atomic.h>
#include <uk/errno.h>
#include <uk/proc.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

static void get(struct uk_thread *thread, void *arg)
{
	const struct uk_proc_thread *proc = thread->owner_data;

	*(uintptr_t *)arg = proc ? proc->robust : uk__posix_proc_first()->robust;
}

UK_SYSCALL_FULL3(get_robust_list, int, tid, uintptr_t *, head, size_t *, size)
{
	size_t is = sizeof(struct uk_robust_list_head);
	uintptr_t at = 0;
	int err = uk_posix_proc_with(tid, get, &at);

	if (err)
		return err == -EINVAL ? -ESRCH : err;
	if (uk_uaccess_write(size, &is, sizeof(is)))
		return -EFAULT;
	return uk_uaccess_write(head, &at, sizeof(at));
}

/* pending: it may have been left already, and not have woken who waits. */
static void leave(int32_t *word, bool pi, bool pending)
{
	int32_t tid = uk__posix_proc_self()->tid, old;
	int err;

	if (((uintptr_t)word & 3) || uk_uaccess_load(&old, word))
		return;
	if (pending && !pi && old == 0) {
		uk__posix_proc_futex_wake(word, 1, UK_FUTEX_BITSET_ANY);
		return;
	}
	do {
		if ((old & UK_FUTEX_TID_MASK) != tid)
			return;
		err = uk_uaccess_compare_exchange(word, &old,
						  (old & UK_FUTEX_WAITERS) | UK_FUTEX_OWNER_DIED);
	} while (err == -EAGAIN);
	/* Those of FUTEX_LOCK_PI are given to the next one: uk__posix_proc_futex_exit(). */
	if (err == 0 && !pi && (old & UK_FUTEX_WAITERS))
		uk__posix_proc_futex_wake(word, 1, UK_FUTEX_BITSET_ANY);
}

static void leave_entry(uintptr_t entry, int64_t offset, bool pending)
{
	int32_t *word = (int32_t *)((entry & ~UK_ROBUST_LIST_PI) + (uintptr_t)offset);

	leave(word, entry & UK_ROBUST_LIST_PI, pending);
}

static void leave_all(void)
{
	uintptr_t list = uk__posix_proc_self()->robust;
	struct uk_robust_list_head head;
	uintptr_t entry, next = 0;
	int left = UK_ROBUST_LIST_LIMIT, err = 0;

	if (!list || uk_uaccess_read(&head, (void *)list, sizeof(head)))
		return;
	uk__posix_proc_self()->robust = 0;
	for (entry = head.first; !err && (entry & ~UK_ROBUST_LIST_PI) != list && left--;
	     entry = next) {
		/* Before it is left: another thread may then take it out. */
		err = uk_uaccess_read(&next, (void *)(entry & ~UK_ROBUST_LIST_PI), sizeof(next));
		if (entry != head.pending)
			leave_entry(entry, head.offset, false);
	}
	if (head.pending)
		leave_entry(head.pending, head.offset, true);
}

/* Where nothing calls set_robust_list(), all of the above is not in the image. */
static void (*at_exit)(void);

UK_SYSCALL_LEAF2(set_robust_list, uintptr_t, head, size_t, size)
{
	if (size != sizeof(struct uk_robust_list_head))
		return -EINVAL;
	uk__posix_proc_self()->robust = head;
	uk_store(&at_exit, leave_all);
	return 0;
}

void uk__posix_proc_robust_exit(void)
{
	void (*leave)(void) = uk_load(&at_exit);

	if (leave)
		leave();
}
