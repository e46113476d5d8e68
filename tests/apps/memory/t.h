/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Each line says what a call did; run on Linux and in the guest, the lines are the same. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE 4096ul
#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

/* 0 or more: "ok" (the number itself if it is small), else the error. */
void say(const char *what, long result);
#define SAY(call) say(#call, (long)(call))
/* What a program would see of it. */
#define TELL(value) printf("%s: %ld\n", #value, (long)(value))

/* A file in memory of `pages` pages, each beginning with its number + 1; its descriptor. */
int file_of(const char *name, size_t pages);
/* Reads, or writes, one byte by a system call: the byte, or -errno. */
int peek(const void *at);
int poke(void *at, int value);

void test_anonymous(void);
void test_files(void);
void test_errors(void);
void test_pointers(void);
void test_threads(void);
void random_calls(unsigned int seed, unsigned int count);
