/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The host's clock for libraries that ask for the time.
 */

#include <time.h>
#include <uk/clock.h>

uk_nsec_t uk_clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * (uk_nsec_t)UK_NSEC_PER_SEC + ts.tv_nsec;
}
