/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sleeping (POSIX.1-2017, XSH clock_nanosleep()). A sleeping thread runs pumps as one that waits
 * for files does.
 */

#include "convert.h"
#include <uk/clock.h>
#include <uk/errno.h>
#include <uk/poll.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

/* 0, or -EINTR. */
static int sleep_until(uk_nsec_t deadline)
{
	struct uk_poll_sleeper sleeper;
	int err = 0;

	uk_poll_sleeper_init(&sleeper);
	while (uk_clock_now() < deadline && (err = uk_poll_sleep(&sleeper, deadline)) == 0)
		continue;
	return CONFIG_THREAD_INTERRUPT && err == -EINTR ? err : 0;
}

static uk_nsec_t later(uk_nsec_t now, uk_nsec_t by)
{
	return by > UK_NSEC_NEVER - now ? UK_NSEC_NEVER : now + by;
}

/* A sleep for a time that was interrupted tells how much of it was left. */
static long interrupted(uk_nsec_t deadline, struct uk_timespec *left)
{
	uk_nsec_t now = uk_clock_now();
	struct uk_timespec ts = uk__posix_time_spec(deadline > now ? deadline - now : 0);

	return left && uk_uaccess_write(left, &ts, sizeof(ts)) ? -EFAULT : -EINTR;
}

static long do_sleep(int clock, bool absolute, const struct uk_timespec *user,
		     struct uk_timespec *left)
{
	struct uk_timespec ts;
	uk_nsec_t now, wanted, deadline;
	int err;

	if (uk_uaccess_read(&ts, user, sizeof(ts)))
		return -EFAULT;
	if (!uk_timespec_valid(&ts))
		return -EINVAL;
	/* POSIX allows that there is no waiting for CPU time to pass. */
	if (CONFIG_PREEMPT && (clock < 0 || clock == UK_CLOCK_PROCESS_CPUTIME_ID))
		return -EOPNOTSUPP;
	if (CONFIG_PREEMPT && clock == UK_CLOCK_THREAD_CPUTIME_ID)
		return -EINVAL;
	err = uk__posix_time_read(clock, &now);
	if (err)
		return err;
	wanted = uk_timespec_nsec(&ts);
	if (absolute && wanted <= now)
		return 0;
	/* As a distance: a step of the wall clock meanwhile is not noticed. */
	deadline = later(uk_clock_now(), absolute ? wanted - now : wanted);
	err = sleep_until(deadline);
	return CONFIG_THREAD_INTERRUPT && err ? interrupted(deadline, absolute ? NULL : left) : 0;
}

UK_SYSCALL_FULL2(nanosleep, const struct uk_timespec *, time, struct uk_timespec *, left)
{
	return do_sleep(UK_CLOCK_MONOTONIC, false, time, left);
}

UK_SYSCALL_FULL4(clock_nanosleep, int, clock, int, flags, const struct uk_timespec *, time,
		 struct uk_timespec *, left)
{
	return do_sleep(clock, flags & UK_TIMER_ABSTIME, time, left);
}
