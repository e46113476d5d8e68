/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The C library: contract implemented by ports/musl (or by lib/nolibc, which calls main alone).
 */

#include <uk/defs.h>

/*
 * Start libc and the application's main(), then exit() with what it returned: never returns.
 * vec is laid out like the stack that Linux gives a new process (System V ABI, AMD64
 * supplement, 3.4.1): argc pointers, NULL, environment, NULL, auxv pairs ending in AT_NULL.
 * vec lives for ever and may be written by the application. Thread context.
 */
uk_noreturn void uk_libc_start(int argc, char **vec);
