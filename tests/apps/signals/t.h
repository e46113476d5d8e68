/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A failed check is told and counted; the case goes on. */
#define CHECK(cond) check(cond, __FILE_NAME__, __LINE__, #cond)
/* The call fails with this errno. */
#define FAILS(call, err) \
	check((errno = 0, (call) == -1 && errno == (err)), __FILE_NAME__, __LINE__, \
	      #call " fails with " #err)
bool check(bool ok, const char *file, int line, const char *what);

/* What count() has seen. */
extern volatile int got, got_code, got_value;
extern pthread_t got_by;
void count(int sig, siginfo_t *info, void *context);
/* Install it for sig; clears what was seen. */
void counting(int sig, int flags);
void mask(int how, int sig);
void pause_ms(int ms);
long now_ms(void);
/* Until *word is not `value`, at most 5 s; what it is then. */
int changed(volatile int *word, int value);
pthread_t started(void *(*fn)(void *), void *arg);

void test_sends(void);
void test_queues(void);
void test_threads(void);
void test_waits(void);
void test_restarts(void);
void test_files(void);
void test_traps(void);
void test_contexts(void);
void test_stacks(void);
void test_cancels(void);
void test_timers(void);
void test_async(void);
void test_cpus(void);
void test_cputime(void);
void test_lazy(void);
void test_moved(void);
void test_sockets(void);

/* AVX traps: its registers would not be saved. */
void no_vectors(void);
/* 0: calls that wait end with EINTR at whatever instruction the next interrupt comes. */
int window(void);
/* End the program as `name` says; false: no such name. True: it did not end. */
bool end_by(const char *name);
