/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls through pointers: kcfi right, of the pointer's type; kcfi wrong, of another. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int twice(int n)
{
	return 2 * n;
}

static long of_text(const char *text)
{
	return (long)strlen(text);
}

static void *thread(void *arg)
{
	nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	return arg;
}

static __attribute__((noinline)) int call(int (*volatile fn)(int))
{
	return fn(21) + 1;
}

int main(int argc, char **argv)
{
	pthread_t id;

	if (argc > 1 && strcmp(argv[1], "wrong") == 0)
		return call((int (*)(int))(void *)of_text);
	int err = pthread_create(&id, NULL, thread, NULL);

	if (err == 0)
		err = pthread_join(id, NULL);
	if (err) {
		printf("no thread: %s\n", strerror(err));
		return 1;
	}
	printf("called %d\n", call(twice));
	return 0;
}
