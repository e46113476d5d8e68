/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Threads that wait at words of memory; private to one address space, of which there is one.
 */

#include <stdbool.h>
#include <uk/defs.h>

/* 0: woken; -EAGAIN: *word is not `value`; -ETIMEDOUT; -EFAULT; -EINTR, -UK_ERESTART: a signal. */
long uk__posix_proc_futex_wait(int32_t *word, int32_t value, uint32_t bits, uk_nsec_t deadline);
/* For LOCKCHECK: panics if all threads wait like that without an end. */
void uk__posix_proc_futex_check_stuck(void);

struct uk__posix_proc_requeue {
	int32_t *word;
	int32_t *target; /* may be `word`: who would move is counted */
	long wakes, moves;
	bool compare; /* only if *word is `value` */
	int32_t value;
};

/* Wake at most `wakes`, of the others move at most `moves` to `target`; how many of both. -EAGAIN:
 * *word is another; -EFAULT. */
long uk__posix_proc_futex_requeue(const struct uk__posix_proc_requeue *r);

/*
 * futex_pi.c, with POSIX_PROC_FUTEX_PI: locks that say by their word who has them (Linux,
 * futex(2)). 0; -EDEADLK: by the caller, or by one who waits for it; -ESRCH: by nobody that there
 * is; -ETIMEDOUT; -EFAULT. try: -EAGAIN instead of waiting.
 */
long uk__posix_proc_futex_lock_pi(int32_t *word, uk_nsec_t deadline, bool try);
/* 0; -EPERM: it is not the caller's; -EFAULT. */
long uk__posix_proc_futex_unlock_pi(int32_t *word);
