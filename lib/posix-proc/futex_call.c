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

struct wait {
	int32_t *word;
	int32_t value;
	uint32_t bits;
};

static uk_noinline long wait_until(const struct wait *w, int op, const struct uk_timespec *timeout)
{
	uk_nsec_t deadline;
	long err = find_deadline(op, timeout, &deadline);

	return err ? err : uk__posix_proc_futex_wait(w->word, w->value, w->bits, deadline);
}

/* Short, as the call itself: where libc's locks call it, most of it folds. */
uk_inline long wait(const struct wait *w, int op, const void *timeout)
{
	if (w->bits == 0)
		return -EINVAL;
	if (timeout)
		return wait_until(w, op, timeout);
	return uk__posix_proc_futex_wait(w->word, w->value, w->bits, UK_NSEC_NEVER);
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
	case UK_FUTEX_WAIT: bits = UK_FUTEX_BITSET_ANY; /* fall through */
	case UK_FUTEX_WAIT_BITSET: return wait(&(struct wait){ word, value, bits }, op, timeout);
	case UK_FUTEX_WAKE: return uk__posix_proc_futex_wake(word, value, UK_FUTEX_BITSET_ANY);
	case UK_FUTEX_WAKE_BITSET: return uk__posix_proc_futex_wake(word, value, bits);
	case UK_FUTEX_REQUEUE: return requeue(word, value, (uintptr_t)timeout, target);
	default: return -ENOSYS;
	}
}
