/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A failed check is told and counted; the case goes on. */
#define CHECK(cond) check(cond, __FILE_NAME__, __LINE__, #cond)
/* The call fails with this errno. */
#define FAILS(call, err) \
	check((errno = 0, (call) == -1 && errno == (err)), __FILE_NAME__, __LINE__, \
	      #call " fails with " #err)
bool check(bool ok, const char *file, int line, const char *what);

/* Else nobody notices a bad address, or the machine ends there. */
bool memory_on_demand(void);

void test_fds(void);
void test_files(void);
void test_polls(void);
void test_times(void);
void test_memory(void);
void test_threads(void);
void test_signals(void);
void test_writing(void);
void test_sched(void);
void test_devices(void);
void test_locks(void);

int random_calls(unsigned int seed, unsigned int count);
int random_tree(unsigned int seed, unsigned int count);
