/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * New threads. A direct call cannot return twice, so the kernel is told where the thread starts:
 *
 *	uk_sys_clone(flags, stack, ptid, ctid, tls, fn)
 *
 * has Linux's five arguments (clone(2), in the order of x86-64) and as the sixth the function
 * to call as fn(arg), where arg is the word at `stack`. What fn returns is the thread's exit
 * status. `stack` is 16-byte aligned, as it must be at a call.
 */

#define _GNU_SOURCE
#include "pthread_impl.h"
#include "syscall.h"
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>

#define HAS_IDS (CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID)

int __clone(int (*fn)(void *), void *stack, int flags, void *arg, ...)
{
	void **top = (void **)((uintptr_t)stack & -16ul) - 2;
	void *ptid = NULL, *tls = NULL, *ctid = NULL;

	if (flags & HAS_IDS) {
		va_list ap;

		va_start(ap, arg);
		ptid = va_arg(ap, void *);
		tls = va_arg(ap, void *);
		ctid = va_arg(ap, void *);
		va_end(ap);
	}
	*top = arg;
	return __syscall(SYS_clone, flags, top, ptid, ctid, tls, fn);
}
