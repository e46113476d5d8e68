/* SPDX-License-Identifier: BSD-3-Clause */

#include "counts.h"
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#define EACH 10 /* seconds from line to line: who watches wants to see that it goes on */

static long now(void)
{
	struct timespec ts;

	return clock_gettime(CLOCK_MONOTONIC, &ts) == 0 ? ts.tv_sec : 0;
}

/* With other numbers of threads each time. */
int soak_run(int seconds, int threads, long rounds)
{
	long start = now(), told = 0, times = 0, at;
	int wrong = 0;

	for (at = 0; at < seconds && !wrong; at = now() - start) {
		if (at / EACH > told) {
			bool minute = at / 60 > told * EACH / 60;

			told = at / EACH;
			printf("soak: %s %ld: %ld times, %ld counted\n",
			       minute ? "minute" : "second", minute ? at / 60 : at, times,
			       counts_counted());
			fflush(stdout);
		}
		wrong = counts_run(2 + (int)(times * 7 % (threads - 1)), rounds, 1);
		times++;
	}
	printf("soak: %ld times in %ld s, %ld counted: %s\n", times, at, counts_counted(),
	       wrong ? "wrong" : "all has added up");
	return wrong;
}
