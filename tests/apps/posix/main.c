/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of the POSIX libraries as an application sees them. Plain POSIX and Linux calls: the same
 * program runs on Linux, in a folder `files` beside it as the root (POSIX_ROOT).
 */

#include "t.h"
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

static unsigned int checks, failures;

bool check(bool ok, const char *file, int line, const char *what)
{
	checks++;
	if (!ok) {
		failures++;
		printf("FAIL %s:%d: %s (errno %d %s)\n", file, line, what, errno, strerror(errno));
	}
	return ok;
}

static const struct {
	const char *name;
	void (*fn)(void);
} cases[] = {
	{ "fds", test_fds },         { "files", test_files },     { "polls", test_polls },
	{ "times", test_times },     { "memory", test_memory },   { "threads", test_threads },
	{ "signals", test_signals }, { "writing", test_writing }, { "sched", test_sched },
	{ "devices", test_devices }, { "locks", test_locks },
};

static int echo(void)
{
	char line[200];

	puts("type");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin))
		printf("<%s>\n", strtok(line, "\n"));
	puts("end of input");
	return 0;
}

static void *last(void *arg)
{
	struct timespec pause = { 0, 50000000 };

	nanosleep(&pause, NULL);
	puts("the last thread ends");
	return arg;
}

/* The program ends with its last thread, and well. */
static void leave_main(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, last, NULL) == 0)
		pthread_exit(NULL);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "abort") == 0)
		abort();
	if (argc > 1 && strcmp(argv[1], "echo") == 0)
		return echo();
	if (argc > 1 && strcmp(argv[1], "leave") == 0)
		leave_main();
	if (argc > 3 && strcmp(argv[1], "random") == 0)
		return random_calls((unsigned int)atoi(argv[2]), (unsigned int)atoi(argv[3]));
	if (argc > 3 && strcmp(argv[1], "tree") == 0)
		return random_tree((unsigned int)atoi(argv[2]), (unsigned int)atoi(argv[3]));
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned int before = failures;

		if (argc > 1 && strcmp(argv[1], cases[i].name) != 0)
			continue;
		cases[i].fn();
		printf("%s %s\n", failures == before ? "ok" : "not ok", cases[i].name);
	}
	printf("%u checks, %u failed\n", checks, failures);
	return failures != 0;
}
