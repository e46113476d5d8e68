/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Linux ABI, 64-bit: clocks and times (include/uapi/linux/time.h).
 */

#include <stdint.h>

struct uk_timespec {
	int64_t tv_sec;
	int64_t tv_nsec; /* 0 .. 999999999 */
};

struct uk_timeval {
	int64_t tv_sec;
	int64_t tv_usec; /* 0 .. 999999 */
};

struct uk_timezone {
	int32_t tz_minuteswest;
	int32_t tz_dsttime;
};

#define UK_CLOCK_REALTIME           0
#define UK_CLOCK_MONOTONIC          1
#define UK_CLOCK_PROCESS_CPUTIME_ID 2
#define UK_CLOCK_THREAD_CPUTIME_ID  3
#define UK_CLOCK_MONOTONIC_RAW      4
#define UK_CLOCK_REALTIME_COARSE    5
#define UK_CLOCK_MONOTONIC_COARSE   6
#define UK_CLOCK_BOOTTIME           7

#define UK_TIMER_ABSTIME 1

struct uk_itimerspec {
	struct uk_timespec it_interval;
	struct uk_timespec it_value;
};

struct uk_itimerval {
	struct uk_timeval it_interval;
	struct uk_timeval it_value;
};

#define UK_ITIMER_REAL    0
#define UK_ITIMER_VIRTUAL 1
#define UK_ITIMER_PROF    2
