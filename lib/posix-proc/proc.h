/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Between the files of this library: what the kernel keeps for a thread of the application.
 */

#include <stdbool.h>
#include <uk/abi/process.h>
#include <uk/defs.h>

struct uk_proc_thread {
	int32_t tid;              /* 1: the first */
	uint64_t blocked;         /* signals, without lib/posix-signal; bit n - 1 is signal n */
	uint64_t pending;         /* sent while blocked */
	int32_t *clear_child_tid; /* application memory: cleared and woken at the end; or NULL */
	void *unmap;              /* stack that the thread gives back at its end; or NULL */
	size_t unmap_len;
	uintptr_t robust; /* set_robust_list(); application memory, or 0 */
	bool ended;       /* uk_pi_lock(): takes part in no lock any more */
};

/* The calling thread's. */
struct uk_proc_thread *uk__posix_proc_self(void);
/* Number of a thread; 0: none of the application's. */
struct uk_thread;
int uk__posix_proc_tid(const struct uk_thread *thread);
/* The first thread's. */
struct uk_proc_thread *uk__posix_proc_first(void);
/* The thread ends, another goes on; false: it is the last. Does not return true. */
bool uk__posix_proc_thread_exit(void *unmap, size_t unmap_len);
/* Wake up to `count` threads that wait at the word; returns how many. Any context but NMI. */
long uk__posix_proc_futex_wake(int32_t *word, long count, uint32_t bits);
/* For LOCKCHECK: threads that may still wake others. */
unsigned int uk__posix_proc_alive(void);
/* The calling thread ends: others get its locks. Thread context. */
void uk__posix_proc_robust_exit(void);
void uk__posix_proc_futex_exit(void);
