/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Threads of a POSIX program that meet in all ways there are; what they count must add up. */

/* How much of everything. Lines on stdout; 0: all has added up, 1. */
int counts_run(int threads, long rounds);

/* What the parts in other files use. */
struct counts {
	int (*run_all)(void *(*fn)(void *)); /* fn in all threads at once; how many those were */
	void (*add_up)(const char *what, long expected, long got);
	long rounds;
};
void cancels_run(const struct counts *all);
