/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Nanoseconds from times of the ABI. UK_NSEC_NEVER, in 292 years, is what no sum exceeds. Pure; any
 * context.
 */

#include <stdbool.h>
#include <uk/abi/time.h>
#include <uk/defs.h>

uk_inline uk_nsec_t uk_nsec_sum(uk_nsec_t a, uk_nsec_t b)
{
	uk_nsec_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UK_NSEC_NEVER : sum;
}

uk_inline bool uk_timespec_valid(const struct uk_timespec *ts)
{
	return ts->tv_sec >= 0 && ts->tv_nsec >= 0 && ts->tv_nsec < (int64_t)UK_NSEC_PER_SEC;
}

/* Of a valid one. */
uk_inline uk_nsec_t uk_timespec_nsec(const struct uk_timespec *ts)
{
	uk_nsec_t ns;

	return __builtin_mul_overflow(ts->tv_sec, (int64_t)UK_NSEC_PER_SEC, &ns)
		       ? UK_NSEC_NEVER
		       : uk_nsec_sum(ns, ts->tv_nsec);
}
