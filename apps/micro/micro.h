/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A cost: what one round of `run` takes. A POSIX program; cc -O2 -pthread *.c makes it on Linux.
 */

struct cost {
	const char *name;
	/* Does it `rounds` times, each in a REPEAT() loop. */
	void (*run)(long rounds);
	/* Around it, not measured; may be NULL. begin returns 0, or an error number: then the
	 * cost is not measured. */
	int (*begin)(void);
	void (*end)(void);
	long rounds;
	int times; /* how often a round does it, and passes a loop's end, over all threads */
};

/*
 * The loop whose cost is subtracted. The counter is volatile, so that it stays in memory and
 * costs the same whatever the body does with registers, and is not unrolled.
 */
#define REPEAT(rounds) for (volatile long left_ = (rounds); left_ > 0; left_--)

/* Where results go that must not be optimised away: one store, which counts. */
extern void *volatile micro_pointer;
extern volatile long micro_number;

/* calls.c, threads.c: each ends with an entry without a name. */
extern const struct cost micro_calls[];
extern const struct cost micro_threads[];

/* The file that is read; set by main. */
extern const char *micro_path;
