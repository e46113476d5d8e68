/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Between nanoseconds and the structures of the ABI. Pure.
 */

#include <stdbool.h>
#include <uk/abi/time.h>
#include <uk/defs.h>

/* Now of a clock that POSIX names; -EINVAL: there is none such. */
int uk__posix_time_read(int clock, uk_nsec_t *now);

/* Of what a clock tells, which is never below 0: dividing without a sign costs less. */
uk_inline struct uk_timespec uk__posix_time_spec(uk_nsec_t ns)
{
	uint64_t n = (uint64_t)ns;

	return (struct uk_timespec){ (int64_t)(n / UK_NSEC_PER_SEC),
				     (int64_t)(n % UK_NSEC_PER_SEC) };
}

uk_inline bool uk__posix_time_valid(const struct uk_timespec *ts)
{
	return ts->tv_sec >= 0 && ts->tv_nsec >= 0 && ts->tv_nsec < (int64_t)UK_NSEC_PER_SEC;
}

/* Saturates at UK_NSEC_NEVER, which is in 292 years. */
uk_inline uk_nsec_t uk__posix_time_nsec(const struct uk_timespec *ts)
{
	uk_nsec_t ns;

	if (__builtin_mul_overflow(ts->tv_sec, (int64_t)UK_NSEC_PER_SEC, &ns) ||
	    __builtin_add_overflow(ns, ts->tv_nsec, &ns))
		return UK_NSEC_NEVER;
	return ns;
}
