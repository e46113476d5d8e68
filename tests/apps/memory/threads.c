/* SPDX-License-Identifier: BSD-3-Clause */
/* Faults of several threads on the same pages; others that take them away. */
#define _GNU_SOURCE
#include "t.h"
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

#define THREADS 4
#define PAGES   64
#define ROUNDS  20

static pthread_barrier_t barrier;
static char *volatile common;
static int fd;

/* Each adds to a word of its own in each page; what one CPU writes none may lose. */
static void *touch(void *arg)
{
	uintptr_t self = (uintptr_t)arg;

	for (int round = 0; round < ROUNDS; round++) {
		pthread_barrier_wait(&barrier);
		for (size_t i = 0; i < PAGES; i++) {
			volatile uint64_t *word = (uint64_t *)(common + i * PAGE) + 8 + self;

			*word = *word + 1;
		}
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static uint64_t sum(void)
{
	uint64_t all = 0;

	for (size_t i = 0; i < PAGES; i++)
		for (size_t t = 0; t < THREADS; t++)
			all += ((uint64_t *)(common + i * PAGE))[8 + t];
	return all;
}

static char *fresh(int round)
{
	int flags = round % 3 == 0 ? ANON : round % 3 == 1 ? MAP_PRIVATE : MAP_SHARED;

	return mmap(NULL, PAGES * PAGE, RW, flags, round % 3 ? fd : -1, 0);
}

/* While one thread writes, the protection is taken and given back: a CPU that still had the old
 * entry would write what was forbidden. The flag is in the second page; the first changes. */
static void *write_on(void *arg)
{
	volatile char *page = arg;

	for (int n = 0; !page[PAGE]; n++)
		(void)poke((char *)page + 64, n & 127);
	return NULL;
}

static long changes(const volatile char *byte)
{
	char before = *byte;
	long n = 0;

	for (int i = 0; i < 3000; i++)
		n += *byte != before;
	return n;
}

static void forbidden(void)
{
	char *p = mmap(NULL, 2 * PAGE, RW, ANON, -1, 0);
	long changed = 0;
	pthread_t id;

	p[64] = 1;
	if (pthread_create(&id, NULL, write_on, p))
		return;
	for (int i = 0; i < 300; i++) {
		mprotect(p, PAGE, PROT_READ);
		changed += changes(p + 64);
		mprotect(p, PAGE, RW);
		changes(p + 64);
	}
	p[PAGE] = 1;
	pthread_join(id, NULL);
	TELL(changed);
	munmap(p, 2 * PAGE);
}

void test_threads(void)
{
	pthread_t ids[THREADS];
	uint64_t all = 0;

	fd = file_of("threads", PAGES);
	pthread_barrier_init(&barrier, NULL, THREADS + 1);
	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&ids[i], NULL, touch, (void *)i);
	for (int round = 0; round < ROUNDS; round++) {
		common = fresh(round);
		pthread_barrier_wait(&barrier);
		pthread_barrier_wait(&barrier);
		all += sum();
		munmap(common, PAGES * PAGE);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(ids[i], NULL);
	printf("all that was added: %lu\n", (unsigned long)all);
	forbidden();
	close(fd);
}
