/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Threads of the application by their numbers, where there are threads (LIB_THREAD). */

#include <uk/thread.h>

/*
 * Calls fn(thread, arg) for the application's thread of that number, 0: the calling one. It may not
 * end meanwhile; fn does not sleep. 0, or -ESRCH: there is none; -EINVAL: no number. Any context
 * but NMI.
 */
int uk_posix_proc_with(int tid, void (*fn)(struct uk_thread *thread, void *arg), void *arg);
