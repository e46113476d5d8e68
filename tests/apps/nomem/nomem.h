/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#define _GNU_SOURCE
#include <stdbool.h>

/*
 * Each makes calls, undoes all that they did and returns true if all succeeded. One that fails
 * must have said that memory, or a buffer, was lacking.
 */
bool call_files(void);
bool call_folders(void);
bool call_polls(void);
bool call_epoll(void);
bool call_pipes(void);
bool call_threads(void);
bool call_mappings(void);
bool call_stdio(void);
bool call_tcp(void);
bool call_udp(void);

/* ok, or false after a look at errno; a wrong one is told and counted. */
bool good(bool ok, const char *file, int line, const char *what);
#define GOOD(cond) good(cond, __FILE_NAME__, __LINE__, #cond)
