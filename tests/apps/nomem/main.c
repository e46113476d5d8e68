/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * For tests: calls of all kinds while each of their allocations in turn fails, and then while there
 * are few frames. All that a call allocates must be free again afterwards.
 */

#include "nomem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <uk/frames.h>
#include <uk/heap-fail.h>
#include <uk/heap.h>
#include <unistd.h>

#define ALLOCATIONS_MAX 2000
#define FRAMES_MAX      400 /* that a case may need */

static unsigned int failures;

bool good(bool ok, const char *file, int line, const char *what)
{
	bool lack = errno == ENOMEM || errno == ENOBUFS || errno == EAGAIN || errno == ETIMEDOUT;

	if (!ok && !lack) {
		failures++;
		printf("FAIL %s:%d: %s: %s\n", file, line, what, strerror(errno));
	}
	return ok;
}

static const struct {
	const char *name;
	bool (*fn)(void);
} cases[] = {
	{ "files", call_files },     { "folders", call_folders }, { "polls", call_polls },
	{ "epoll", call_epoll },     { "pipes", call_pipes },     { "mappings", call_mappings },
	{ "stdio", call_stdio },     { "udp", call_udp },         { "tcp", call_tcp },
	{ "threads", call_threads },
};

static size_t blocks(void)
{
	struct uk_heap_stats stats;

	uk_heap_stats(&stats);
	return stats.blocks;
}

/* What the network stack still holds it lets go of soon. */
static bool all_is_free(size_t before)
{
	struct timespec pause = { 0, 20000000 };

	for (int i = 0; i < 200 && blocks() > before; i++)
		nanosleep(&pause, NULL);
	return blocks() <= before;
}

static void fail_each(unsigned int i)
{
	size_t before = blocks();
	long n = 0;
	bool ok, failed = true;

	for (; n < ALLOCATIONS_MAX && failed; n++) {
		uk_heap_fail_at(n);
		ok = cases[i].fn();
		failed = uk_heap_fail_done();
		uk_heap_fail_at(-1);
		if (!failed && !ok && ++failures)
			printf("FAIL %s: fails with all the memory\n", cases[i].name);
		if (!all_is_free(before) && ++failures) {
			printf("FAIL %s: allocation %ld fails, %zu blocks leak\n", cases[i].name, n,
			       blocks() - before);
			before = blocks();
		}
	}
	printf("%s: %ld allocations\n", cases[i].name, n - 1);
}

/* All frames, and what the heap had left, as lists through themselves. */
struct taken {
	uk_paddr_t frames;
	void *blocks;
};

static struct taken take_all(void)
{
	struct taken all = { 0 };
	uk_paddr_t pa;

	while ((pa = uk_frames_alloc(0)) != 0) {
		*(uk_paddr_t *)uk_phys_to_virt(pa) = all.frames;
		all.frames = pa;
	}
	for (size_t size = 4096; size >= 8; size /= 2) {
		void **block;

		while ((block = uk_heap_alloc(size)) != NULL) {
			*block = all.blocks;
			all.blocks = block;
		}
	}
	return all;
}

/* Give up to n frames back. */
static void give_frames(struct taken *all, long n)
{
	for (; all->frames && n > 0; n--) {
		uk_paddr_t pa = all->frames;

		all->frames = *(uk_paddr_t *)uk_phys_to_virt(pa);
		uk_frames_free(pa, 0);
	}
}

static void give_all(struct taken *all)
{
	give_frames(all, __LONG_MAX__);
	while (all->blocks) {
		void *block = all->blocks;

		all->blocks = *(void **)block;
		uk_heap_free(block);
	}
}

static void starve(unsigned int i)
{
	bool ok = false;
	long n = 0;

	for (; n < FRAMES_MAX && !ok; n += n < 20 ? 1 : 7) {
		struct taken all = take_all();

		give_frames(&all, n);
		ok = cases[i].fn();
		give_all(&all);
	}
	if (!(ok && cases[i].fn()) && ++failures)
		printf("FAIL %s: fails when memory is back\n", cases[i].name);
	printf("%s: %ld frames\n", cases[i].name, n - 1);
}

int main(int argc, char **argv)
{
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (argc > 1 && strcmp(argv[1], cases[i].name) != 0)
			continue;
		/* What libc and the stack keep for ever is there after the first time. */
		if (!(cases[i].fn() && cases[i].fn()) && ++failures)
			printf("FAIL %s: fails with all the memory\n", cases[i].name);
		fail_each(i);
		starve(i);
	}
	printf("nomem: %u failed\n", failures);
	return failures != 0;
}
