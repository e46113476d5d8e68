/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Waiting for signals that are blocked (POSIX.1-2017, XSH sigtimedwait()).
 */

#include "signal.h"
#include <uk/clock.h>
#include <uk/errno.h>
#include <uk/syscall.h>
#include <uk/timespec.h>
#include <uk/uaccess.h>
#include <uk/waitq.h>

static int read_deadline(const struct uk_timespec *user, uk_nsec_t *deadline)
{
	struct uk_timespec ts;

	*deadline = UK_NSEC_NEVER;
	if (!user)
		return 0;
	if (uk_uaccess_read(&ts, user, sizeof(ts)))
		return -EFAULT;
	if (!uk_timespec_valid(&ts))
		return -EINVAL;
	*deadline = uk_nsec_sum(uk_timespec_nsec(&ts), uk_clock_now());
	return 0;
}

/* One of the set is there before a look at the clock; a signal that is not in it ends the wait. */
static int wait(uint64_t set, struct uk_siginfo *info, uk_nsec_t deadline)
{
	struct uk_waitq nobody = UK_WAITQ_INIT(nobody);
	int err = 0;

	while (!uk_signal_take(set, info)) {
		if (err == -ETIMEDOUT)
			return -EAGAIN;
		if (err == -EINTR && uk_signal_claim())
			return -EINTR;
		err = uk_waitq_wait_interruptible(&nobody, false, deadline);
	}
	return 0;
}

UK_SYSCALL_FULL4(rt_sigtimedwait, const uint64_t *, user_set, struct uk_siginfo *, out,
		 const struct uk_timespec *, timeout, size_t, size)
{
	struct uk_signal_thread *self = uk__posix_signal_self();
	struct uk_siginfo info;
	uk_nsec_t deadline;
	uint64_t set;
	long err;

	if (size != sizeof(set))
		return -EINVAL;
	if (uk_uaccess_read(&set, user_set, sizeof(set)))
		return -EFAULT;
	err = read_deadline(timeout, &deadline);
	if (err)
		return err;
	set &= ~UK_SIGNAL_UNBLOCKABLE;
	uk__posix_signal_want(self, set);
	err = wait(set, &info, deadline);
	uk__posix_signal_want(self, 0);
	if (err)
		return err;
	if (out && uk_uaccess_write(out, &info, sizeof(info)))
		return -EFAULT;
	return info.signo;
}
