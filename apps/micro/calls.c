/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What a thread does alone.
 */

#include "micro.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int fd = -1;
static char byte;

static void lock(long rounds)
{
	REPEAT(rounds)
	{
		pthread_mutex_lock(&mutex);
		pthread_mutex_unlock(&mutex);
	}
}

static int can_allocate(void)
{
	void *p = malloc(64);

	if (!p)
		return ENOMEM;
	free(p);
	return 0;
}

static void allocate(long rounds)
{
	REPEAT(rounds)
	{
		micro_pointer = malloc(64);
		free(micro_pointer);
	}
}

static void identify(long rounds)
{
	REPEAT(rounds)
	micro_number = getpid();
}

static int open_file(void)
{
	fd = open(micro_path, O_RDONLY);
	if (fd < 0)
		return errno;
	ssize_t got = pread(fd, &byte, 1, 0);

	if (got == 1)
		return 0;
	close(fd);
	return got == 0 ? ENODATA : EIO;
}

static void close_file(void)
{
	close(fd);
}

static void next_byte(long rounds)
{
	REPEAT(rounds)
	micro_number = read(fd, &byte, 1);
}

/* The first byte each time: one call, as next_byte(), but the position stays. */
static void first_byte(long rounds)
{
	REPEAT(rounds)
	micro_number = pread(fd, &byte, 1, 0);
}

static int can_tell_time(void)
{
	struct timespec ts;

	return clock_gettime(CLOCK_MONOTONIC, &ts) == 0 ? 0 : errno;
}

static void tell_time(long rounds)
{
	struct timespec ts;

	REPEAT(rounds)
	clock_gettime(CLOCK_MONOTONIC, &ts);
}

const struct cost micro_calls[] = {
	{ "mutex-lock-unlock", lock, NULL, NULL, 10000, 1 },
	{ "malloc-free-64", allocate, can_allocate, NULL, 10000, 1 },
	{ "getpid", identify, NULL, NULL, 10000, 1 },
	{ "read-1-byte", next_byte, open_file, close_file, 2000, 1 }, /* a file of 4 KiB */
	{ "pread-1-byte", first_byte, open_file, close_file, 10000, 1 },
	{ "clock_gettime", tell_time, can_tell_time, NULL, 10000, 1 },
	{ 0 },
};
