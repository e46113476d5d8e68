/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The calling thread: thread base, numbers, yield.
 */

#include "proc.h"
#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/syscall.h>
#include <uk/thread.h>
#include <uk/uaccess.h>

static struct uk_proc_thread first = { .tid = 1 };

struct uk_proc_thread *uk__posix_proc_self(void)
{
	struct uk_proc_thread *self = NULL;

	if (CONFIG_POSIX_PROC_THREADS && uk_thread_self())
		self = uk_thread_self()->owner_data;
	return self ? self : &first;
}

struct uk_proc_thread *uk__posix_proc_first(void)
{
	return &first;
}

static void set_base(void *base)
{
	if (CONFIG_LIB_THREAD)
		uk_thread_set_tls(base);
	else
		uk_cpu_tls_set(base);
}

UK_SYSCALL_LEAF2(arch_prctl, int, code, void *, base)
{
	void *now = uk_cpu_tls();

	switch (code) {
	case UK_ARCH_SET_FS: set_base(base); return 0;
	case UK_ARCH_GET_FS: return uk_uaccess_write(base, &now, sizeof(now));
	default: return -EINVAL;
	}
}

UK_SYSCALL_FULL1(set_tid_address, int32_t *, word)
{
	struct uk_proc_thread *self = uk__posix_proc_self();

	self->clear_child_tid = word;
	return self->tid;
}

UK_SYSCALL_LEAF0(gettid)
{
	return uk__posix_proc_self()->tid;
}

UK_SYSCALL_FULL0(sched_yield)
{
	if (CONFIG_LIB_THREAD)
		uk_thread_yield();
	return 0;
}
