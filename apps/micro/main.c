/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What small things cost, a line each: `name: N instructions`. Argument:
 *	FILE	the file that is read (default: one of 4 KiB that it makes in /tmp)
 *
 * Counted with the CPU's cycle counter. Under QEMU's -icount shift=0,sleep=off an instruction is
 * a nanosecond and a cycle, and each step of a repeated one (rep movs) counts as one. Whether it
 * counts instructions is tried: a loop then takes exactly the same each time. If it does not,
 * the lines say `cycles`, or `ns` on CPUs without one: those depend on the machine and are means.
 *
 * Built as the programs that it is compared with are: for speed, without frame pointers.
 *
 * Each is done for a tenth of its rounds before, then measured once: a mean that contains what
 * happens now and then, but no first time and, for it waits a second, no start of the system. A
 * loop that does nothing is measured in the same way and subtracted. As each boot puts
 * things elsewhere, what new mappings cost (thread-create-join) differs between boots by some
 * tenths of a percent.
 */

#include "micro.h"
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TRIES  3
#define ROUNDS 10000
#define CALL   16

void *volatile micro_pointer;
volatile long micro_number;
const char *micro_path;

#if defined(__x86_64__)
#define UNIT "cycles"
static uint64_t now(void)
{
	return __builtin_ia32_rdtsc();
}
#else
#define UNIT "ns"
static uint64_t now(void)
{
	struct timespec ts = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}
#endif

static const char *unit;

static void nothing(long rounds)
{
	REPEAT(rounds)
	atomic_signal_fence(memory_order_seq_cst);
}

/* Not inlined: it is then the same for all that it times. */
static __attribute__((noinline)) uint64_t timed(void (*run)(long), long rounds)
{
	uint64_t start = now();

	run(rounds);
	return now() - start;
}

/* The same each time, and a whole number of units a round but for some for the call. */
static bool counts_instructions(void)
{
	uint64_t one = timed(nothing, ROUNDS);
	uint64_t two = timed(nothing, 2 * ROUNDS);

	if (two <= one || (two - one + CALL / 2) % ROUNDS > CALL)
		return false;
	for (int i = 0; i < TRIES; i++) {
		if (timed(nothing, ROUNDS) != one)
			return false;
	}
	return true;
}

/* A clock that finds its rate by itself interrupts less and less often while it does. */
static void settle(void)
{
	struct timespec second = { .tv_sec = 1 };

	nanosleep(&second, NULL);
}

/* 0, or an error number. */
static int measure(const struct cost *cost)
{
	int err = cost->begin ? cost->begin() : 0;

	if (err != 0)
		return err;
	cost->run(cost->rounds / 10);
	uint64_t loop = timed(nothing, cost->rounds) * (uint64_t)cost->times;
	uint64_t all = timed(cost->run, cost->rounds);
	uint64_t done = (uint64_t)(cost->rounds * cost->times);

	if (cost->end)
		cost->end();
	all = all > loop ? all - loop : 0;
	printf("%s: %lu %s\n", cost->name, (unsigned long)((all + done / 2) / done), unit);
	return 0;
}

static int measure_all(const struct cost *cost)
{
	int failed = 0;

	for (; cost->name; cost++) {
		int err = measure(cost);

		if (err == 0)
			continue;
		fprintf(stderr, "micro: %s: not measured: %s\n", cost->name, strerror(err));
		failed = 1;
	}
	return failed;
}

static char own_path[] = "/tmp/micro.XXXXXX";

/* If this fails, so do the costs that want it, with the reason. */
static void make_file(void)
{
	static const char zeros[4096];

	mkdir("/tmp", 0777); /* where the root is an empty file system */
	int fd = mkstemp(own_path);

	if (fd < 0)
		return;
	if (write(fd, zeros, sizeof(zeros)) != (ssize_t)sizeof(zeros))
		unlink(own_path);
	close(fd);
}

int main(int argc, char **argv)
{
	micro_path = argc > 1 ? argv[1] : own_path;
	if (argc == 1)
		make_file();
	settle();
	unit = counts_instructions() ? "instructions" : UNIT;
	int failed = measure_all(micro_calls) | measure_all(micro_threads);

	if (argc == 1)
		unlink(own_path);
	return failed;
}
