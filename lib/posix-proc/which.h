/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Threads by their numbers. */

#include <uk/thread.h>

/*
 * Calls fn(thread, arg) for the application's thread of that number, 0: the calling one. It may not
 * end meanwhile; fn does not sleep. 0, or -ESRCH: there is none; -EINVAL: no number.
 */
int uk__posix_proc_with(int tid, void (*fn)(struct uk_thread *thread, void *arg), void *arg);
