/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * For tests of clocks: prints "tick N NANOSECONDS" every tenth of a second, or with the argument
 * "wall" the wall clock once.
 */

#include <stdio.h>
#include <string.h>
#include <time.h>

int main(int argc, char **argv)
{
	struct timespec pause = { .tv_nsec = 100000000 }, now;

	if (argc > 1 && !strcmp(argv[1], "wall")) {
		clock_gettime(CLOCK_REALTIME, &now);
		printf("wall %lld\n", (long long)now.tv_sec);
		return 0;
	}
	for (int i = 0; i < 600; i++) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		printf("tick %d %lld\n", i, now.tv_sec * 1000000000ll + now.tv_nsec);
		fflush(stdout);
		nanosleep(&pause, NULL);
	}
	return 0;
}
