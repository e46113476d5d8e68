/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Between nanoseconds and the structures of the ABI. Pure.
 */

#include <uk/timespec.h>

/* Now of a clock that POSIX names; -EINVAL: there is none such. */
int uk__posix_time_read(int clock, uk_nsec_t *now);

/* Of what a clock tells, which is never below 0: dividing without a sign costs less. */
uk_inline struct uk_timespec uk__posix_time_spec(uk_nsec_t ns)
{
	uint64_t n = (uint64_t)ns;

	return (struct uk_timespec){ (int64_t)(n / UK_NSEC_PER_SEC),
				     (int64_t)(n % UK_NSEC_PER_SEC) };
}
