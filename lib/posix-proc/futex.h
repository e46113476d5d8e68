/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Threads that wait at words of memory; private to one address space, of which there is one.
 */

#include <uk/defs.h>

/* 0: woken; -EAGAIN: *word is not `value`; -ETIMEDOUT; -EFAULT; -EINTR, -UK_ERESTART: a signal. */
long uk__posix_proc_futex_wait(int32_t *word, int32_t value, uint32_t bits, uk_nsec_t deadline);
/* For LOCKCHECK: panics if all threads wait like that without an end. */
void uk__posix_proc_futex_check_stuck(void);
/* Wake at most `count`, of the others move at most `moves` to `target`; how many of both. */
long uk__posix_proc_futex_requeue(int32_t *word, long count, int32_t *target, long moves);
