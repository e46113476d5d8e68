/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Threads of a POSIX program that meet in all ways there are; what they count must add up. */

/* How much of everything. Lines on stdout, with `quiet` only of what is wrong; 0: all has added up,
 * now and in all runs before; else 1. */
int counts_run(int threads, long rounds, int quiet);
/* The sum of all counts so far. */
long counts_counted(void);

/* Between the files. */

/* expected == got, and a line about it. */
void counts_add_up(const char *what, long expected, long got);
/* fn in `wanted` threads, which start at the same time; its argument is the thread's number.
 * Without memory for all it goes on with those that there are, and says so. `prepare` (or NULL) is
 * told their number before. Returns the number, at most `wanted`, when all have ended. */
int counts_run_all(void *(*fn)(void *), int wanted, void (*prepare)(int n));
/* A thread bound to each CPU: all CPUs have a part in it. */
void counts_cpus(long rounds);
/* Threads that are cancelled while they wait. */
void counts_cancels(int threads, long rounds);
/* Semaphores, conditions with a time limit, threads that nobody waits for, sleeps. */
void counts_waits(int threads, long rounds);

/* Threads that only compute beside one that yields `turns` times; 0: nobody starved. */
int spin_run(int turns);
/* All counts again and again for that many seconds, with a line each minute. 0, or 1: wrong. */
int soak_run(int seconds, int threads, long rounds);
