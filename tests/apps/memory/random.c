/* SPDX-License-Identifier: BSD-3-Clause */
/* Random calls on a window of addresses: memory, two files shared and private, and holes. */
#define _GNU_SOURCE
#include "t.h"
#include <stdint.h>
#include <unistd.h>

#define WINDOW 24u
#define FILES  2u

static uint64_t state;
static char *window;
static int files[FILES];
static char mapped[WINDOW];

static unsigned int below(unsigned int n)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned int)(state >> 33) % n;
}

static void do_map(unsigned int at, unsigned int n)
{
	static const int prots[] = { PROT_NONE, PROT_READ, RW, RW };
	unsigned int kind = below(5), file = below(FILES);
	int prot = prots[below(4)];
	int flags = kind == 0 ? ANON : kind < 3 ? MAP_PRIVATE : MAP_SHARED;
	off_t offset = (off_t)(below(10) * PAGE);
	char *p = mmap(window + at * PAGE, n * PAGE, prot, flags | MAP_FIXED,
		       kind == 0 ? -1 : files[file], offset);

	printf("map %u+%u kind %u file %u from %ld: %d\n", at, n, kind, file, (long)offset,
	       p == window + at * PAGE);
	memset(mapped + at, 1, n);
}

static void do_protect(unsigned int at, unsigned int n)
{
	static const int prots[] = { PROT_NONE, PROT_READ, RW };
	unsigned int which = below(3);

	if (memchr(mapped + at, 0, n))
		return;
	printf("protect %u+%u %u: %d\n", at, n, which,
	       mprotect(window + at * PAGE, n * PAGE, prots[which]));
}

static void do_file(void)
{
	unsigned int file = below(FILES);
	uint64_t word = state;
	off_t at = (off_t)(below(12) * PAGE + below(4000));

	if (below(4) == 0)
		printf("cut %u %ld: %d\n", file, (long)at, ftruncate(files[file], at));
	else
		printf("pwrite %u %ld: %ld\n", file, (long)at,
		       (long)pwrite(files[file], &word, sizeof(word), at));
}

static void do_touch(void)
{
	unsigned int at = below(WINDOW), value = below(200);
	char *p = window + at * PAGE + below(64) * 64;

	if (below(2))
		printf("poke %u: %d\n", at, poke(p, (int)value));
	else
		printf("peek %u: %d\n", at, peek(p));
}

/* All that can be read, in one number. */
static void look(void)
{
	uint64_t hash = 0, word;

	for (unsigned int i = 0; i < WINDOW; i++)
		for (unsigned int k = 0; k < 64; k++)
			hash = hash * 31 + (uint64_t)(int64_t)peek(window + i * PAGE + k * 64);
	for (unsigned int f = 0; f < FILES; f++)
		for (off_t at = 0; at < 48 * 1024; at += 64) {
			word = 0;
			hash = hash * 31 + (uint64_t)pread(files[f], &word, 1, at);
			hash = hash * 31 + word;
		}
	printf("all: %016lx\n", (unsigned long)hash);
}

void random_calls(unsigned int seed, unsigned int count)
{
	state = seed;
	files[0] = file_of("one", 8);
	files[1] = file_of("two", 5);
	window = mmap(NULL, WINDOW * PAGE, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);
	munmap(window, WINDOW * PAGE);
	for (unsigned int i = 0; i < count; i++) {
		unsigned int at = below(WINDOW), n = 1 + below(UINT32_C(6));

		n = n > WINDOW - at ? WINDOW - at : n;
		switch (below(12)) {
		case 0:
		case 1: do_map(at, n); break;
		case 2:
			printf("unmap %u+%u: %d\n", at, n, munmap(window + at * PAGE, n * PAGE));
			memset(mapped + at, 0, n);
			break;
		case 3:
		case 4: do_protect(at, n); break;
		case 5:
			printf("forget %u+%u: %d\n", at, n,
			       madvise(window + at * PAGE, n * PAGE, MADV_DONTNEED));
			break;
		case 6: do_file(); break;
		default: do_touch(); break;
		}
		if (i % 16 == 0)
			look();
	}
	look();
}
