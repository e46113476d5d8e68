/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * For tests: shows its arguments and environment, one a line, then returns the number that
 * its first argument is, or does what that says.
 */

#include <cpuid.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void *nothing(void *arg)
{
	return arg;
}

/* 0: nothing here has a clock, and all say so. */
static int no_time(void)
{
	struct timeval tv;
	struct timespec ts = { 77, 88 };

	for (clockid_t clock = CLOCK_REALTIME; clock <= CLOCK_MONOTONIC; clock++)
		if (clock_gettime(clock, &ts) != -1 || errno != ENOSYS || ts.tv_sec != 77)
			return 2;
	return time(NULL) == -1 && gettimeofday(&tv, NULL) == -1 ? 0 : 1;
}

int main(int argc, char **argv)
{
	unsigned int a, b, c, d;
	const char *what = argc > 1 ? argv[1] : "0";

	/* What the kernel does not save must not look as if it could be used. */
	if (__get_cpuid(1, &a, &b, &c, &d) && (c & bit_OSXSAVE))
		puts("OSXSAVE is on");
	for (int i = 0; i < argc; i++)
		printf("arg %d <%s>\n", i, argv[i]);
	for (char **e = environ; *e; e++)
		printf("env <%s>\n", *e);
	fflush(stdout);
	if (!strcmp(what, "abort"))
		abort();
	if (!strcmp(what, "exit"))
		exit(argc > 2 ? atoi(argv[2]) : 0);
	if (!strcmp(what, "_exit"))
		_exit(argc > 2 ? atoi(argv[2]) : 0);
	if (!strcmp(what, "stdin")) {
		char line[64];

		while (fgets(line, sizeof(line), stdin))
			printf("line <%.*s>\n", (int)strcspn(line, "\n"), line);
		return 0;
	}
	if (!strcmp(what, "time"))
		return no_time();
	if (!strcmp(what, "thread")) {
		pthread_t thread;

		return pthread_create(&thread, NULL, nothing, NULL);
	}
	if (!strcmp(what, "hang"))
		for (;;)
			;
	return atoi(what);
}
