/* SPDX-License-Identifier: BSD-3-Clause */
#include "t.h"
#include <sys/random.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <time.h>

static long long ns(const struct timespec *ts)
{
	return ts->tv_sec * 1000000000ll + ts->tv_nsec;
}

static long long now(int clock)
{
	struct timespec ts = { -1, -1 };

	CHECK(clock_gettime(clock, &ts) == 0 && ts.tv_nsec >= 0 && ts.tv_nsec < 1000000000);
	return ns(&ts);
}

static void sleeping(void)
{
	struct timespec pause = { 0, 30000000 }, bad = { 0, 1000000000 }, past = { 0, 1 }, until;
	long long start = now(CLOCK_MONOTONIC), took;

	CHECK(nanosleep(&pause, NULL) == 0);
	took = now(CLOCK_MONOTONIC) - start;
	CHECK(took >= 30000000 && took < 2000000000);
	FAILS(nanosleep(&bad, NULL), EINVAL);
	FAILS(nanosleep((void *)8, NULL), EFAULT);
	CHECK(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &past, NULL) == 0);
	start = now(CLOCK_MONOTONIC) + 20000000;
	until = (struct timespec){ start / 1000000000, start % 1000000000 };
	CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == 0);
	CHECK(now(CLOCK_MONOTONIC) >= start);
	CHECK(clock_nanosleep(77, 0, &pause, NULL) == EINVAL);
}

void test_times(void)
{
	struct sysinfo info;
	struct timespec ts;
	struct timeval tv;
	char a[32] = "", b[32] = "";
	long long before = now(CLOCK_MONOTONIC);

	for (int i = 0; i < 1000; i++) {
		long long t = now(CLOCK_MONOTONIC);

		if (t < before) {
			CHECK(t >= before);
			break;
		}
		before = t;
	}
	CHECK(now(CLOCK_REALTIME) > 1500000000ll * 1000000000);
	CHECK(clock_getres(CLOCK_MONOTONIC, &ts) == 0 && ns(&ts) > 0 && ns(&ts) <= 10000000);
	CHECK(gettimeofday(&tv, NULL) == 0 && tv.tv_usec >= 0 && tv.tv_usec < 1000000);
	FAILS(clock_gettime(77, &ts), EINVAL);
	sleeping();
	CHECK(sysinfo(&info) == 0 && info.totalram > 0 && info.freeram > 0);
	CHECK(getrandom(a, 32, 0) == 32 && getrandom(b, 32, 0) == 32 && memcmp(a, b, 32) != 0);
	FAILS(getrandom(a, 32, 0x80), EINVAL);
}
