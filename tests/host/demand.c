/* SPDX-License-Identifier: BSD-3-Clause */
/* Contracts of <uk/fault.h> on the host, where nothing faults: what is touched must be there. */

#include <stdlib.h>
#include <string.h>
#include <uk/context.h>
#include <uk/errno.h>
#include <uk/fault.h>
#include <uk/host.h>
#include <uk/panic.h>
#include <uk/preempt.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

long uk_syscall_inside(long p1, long p2, long p3, long p4, long p5, long p6,
		       long (*fn)(long, long, long, long, long, long))
{
	return fn(p1, p2, p3, p4, p5, p6);
}

size_t uk_uaccess_copy(void *dst, const void *src, size_t n)
{
	memcpy(dst, src, n);
	return 0;
}

int uk_uaccess_fetch(int32_t *dst, const int32_t *src)
{
	*dst = uk_load(src);
	return 0;
}

int uk_uaccess_swap(int32_t *user, int32_t *old, int32_t value)
{
	return uk_compare_exchange(user, old, value) ? 0 : -EAGAIN;
}

void uk_context_leave(void *calls, void *stack_top, void (*entry)(void *), void *arg)
{
	(void)calls;
	(void)stack_top;
	entry(arg);
	abort();
}

uint32_t uk_host_served;

void uk_smp_serve(void)
{
	uk_fetch_add(&uk_host_served, 1);
}

void uk_stack_bring(void)
{
}
