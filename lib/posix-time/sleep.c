/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sleeping (POSIX.1-2017, XSH clock_nanosleep()). Nothing interrupts a sleep yet: the time that
 * was left is never written. A sleeping thread runs pumps as one that waits for files does.
 */

#include "convert.h"
#include <uk/clock.h>
#include <uk/errno.h>
#include <uk/poll.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

static long sleep_until(uk_nsec_t deadline)
{
	struct uk_poll_sleeper sleeper;

	uk_poll_sleeper_init(&sleeper);
	while (uk_clock_now() < deadline && uk_poll_sleep(&sleeper, deadline) == 0)
		continue;
	return 0;
}

static uk_nsec_t later(uk_nsec_t now, uk_nsec_t by)
{
	return by > UK_NSEC_NEVER - now ? UK_NSEC_NEVER : now + by;
}

static long do_sleep(int clock, bool absolute, const struct uk_timespec *user)
{
	struct uk_timespec ts;
	uk_nsec_t now, wanted;
	int err;

	if (uk_uaccess_read(&ts, user, sizeof(ts)))
		return -EFAULT;
	if (!uk__posix_time_valid(&ts))
		return -EINVAL;
	err = uk__posix_time_read(clock, &now);
	if (err)
		return err;
	wanted = uk__posix_time_nsec(&ts);
	if (absolute && wanted <= now)
		return 0;
	/* As a distance: a step of the wall clock meanwhile is not noticed. */
	return sleep_until(later(uk_clock_now(), absolute ? wanted - now : wanted));
}

UK_SYSCALL_FULL2(nanosleep, const struct uk_timespec *, time, struct uk_timespec *, left)
{
	(void)left;
	return do_sleep(UK_CLOCK_MONOTONIC, false, time);
}

UK_SYSCALL_FULL4(clock_nanosleep, int, clock, int, flags, const struct uk_timespec *, time,
		 struct uk_timespec *, left)
{
	(void)left;
	return do_sleep(clock, flags & UK_TIMER_ABSTIME, time);
}
