/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The call futex and its timeouts.
 */

#include "futex.h"
#include "proc.h"
#include <uk/abi/time.h>
#include <uk/clock.h>
#include <uk/errno.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

/* FUTEX_WAIT counts from now, FUTEX_WAIT_BITSET names a point of the monotonic or wall clock. */
static long find_deadline(int op, const struct uk_timespec *user, uk_nsec_t *deadline)
{
	struct uk_timespec ts;
	uk_nsec_t ns, base = 0;

	*deadline = UK_NSEC_NEVER;
	if (!user)
		return 0;
	if (uk_uaccess_read(&ts, user, sizeof(ts)))
		return -EFAULT;
	if (ts.tv_sec < 0 || ts.tv_nsec < 0 || ts.tv_nsec >= (int64_t)UK_NSEC_PER_SEC)
		return -EINVAL;
	if ((op & ~(UK_FUTEX_PRIVATE | UK_FUTEX_CLOCK_REALTIME)) == UK_FUTEX_WAIT)
		base = uk_clock_now();
	else if (op & UK_FUTEX_CLOCK_REALTIME)
		base = uk_clock_now() - uk_clock_wall();
	if (!__builtin_mul_overflow(ts.tv_sec, (int64_t)UK_NSEC_PER_SEC, &ns) &&
	    !__builtin_add_overflow(ns, ts.tv_nsec, &ns) && !__builtin_add_overflow(ns, base, &ns))
		*deadline = ns;
	return 0;
}

static long wait(int32_t *word, int op, int32_t value, const void *timeout, uint32_t bits)
{
	uk_nsec_t deadline;
	long err = find_deadline(op, timeout, &deadline);

	if (err == 0 && bits == 0)
		err = -EINVAL;
	return err ? err : uk__posix_proc_futex_wait(word, value, bits, deadline);
}

static long requeue(int32_t *word, long count, uintptr_t moves, int32_t *target)
{
	if (target == word)
		return -EINVAL;
	if (uk_uaccess_ok(target, sizeof(*target)))
		return -EFAULT;
	return uk__posix_proc_futex_requeue(word, count, target, (long)UK_MIN(moves, 0x7ffffffful));
}

/* Linux passes the number to move in the place of the timeout. */
UK_SYSCALL_FULL6(futex, int32_t *, word, int, op, int32_t, value, const void *, timeout, int32_t *,
		 target, uint32_t, bits)
{
	if ((uintptr_t)word & 3)
		return -EINVAL;
	switch (op & ~(UK_FUTEX_PRIVATE | UK_FUTEX_CLOCK_REALTIME)) {
	case UK_FUTEX_WAIT: return wait(word, op, value, timeout, UK_FUTEX_BITSET_ANY);
	case UK_FUTEX_WAIT_BITSET: return wait(word, op, value, timeout, bits);
	case UK_FUTEX_WAKE: return uk__posix_proc_futex_wake(word, value, UK_FUTEX_BITSET_ANY);
	case UK_FUTEX_WAKE_BITSET: return uk__posix_proc_futex_wake(word, value, bits);
	case UK_FUTEX_REQUEUE: return requeue(word, value, (uintptr_t)timeout, target);
	default: return -ENOSYS;
	}
}
