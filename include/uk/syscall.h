/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * System calls. A call is written once:
 *
 *	UK_SYSCALL_FULL3(write, int, fd, const void *, buf, size_t, len)
 *	{
 *		... return what Linux returns: a value >= 0 or -Exxx ...
 *	}
 *
 * which defines long uk_sys_write(long, ... six ...); libc calls it directly (no trap). The
 * engine finds calls by these macros and gives every other call that libc knows a body that
 * returns -ENOSYS.
 *
 * LEAF: never waits, and holds no lock but for moments (getpid, clock_gettime): a plain call, on
 * its caller's stack (<uk/preempt.h> says what a lock does about that). FULL: goes through
 * uk_syscall_enter/exit, where the thread is marked as inside and, at the way out, signals and
 * cancellation are delivered. Pointers from the application go through <uk/uaccess.h>.
 *
 * A call that has waited and was interrupted (uk_waitq_wait_interruptible()) before it had any
 * effect returns -EINTR, or -UK_ERESTART if it may begin again with the same arguments: that
 * happens where the handlers that ran allow it (SA_RESTART), or -UK_ERESTART_ALWAYS: they are not
 * asked.
 */

#include <stdbool.h>
#include <uk/atomic.h>
#include <uk/context.h>
#include <uk/cpu.h>
#include <uk/defs.h>
#include <uk/errno.h>

/*
 * Around every FULL call where there are signals: implemented by lib/posix-signal. exit() runs
 * the handlers of the signals that have come, and says what the call returns; -UK_ERESTART: it
 * begins again.
 */
void uk_signal_enter(void);
long uk_signal_exit(long result);

/* The pair around every FULL call; signals, cancellation and kernel stacks hook in here. */
uk_inline void uk_syscall_enter(void)
{
	uk_compiler_barrier();
	if (CONFIG_THREAD_INTERRUPT)
		uk_signal_enter();
}

/* True: the call begins again. */
uk_inline bool uk_syscall_exit(long *result)
{
	uk_compiler_barrier();
	if (CONFIG_THREAD_INTERRUPT)
		*result = uk_signal_exit(*result);
	return CONFIG_THREAD_INTERRUPT && *result == -UK_ERESTART;
}

/*
 * fn(p1, ... p6) on a stack of the thread's that is there, where its own may not be
 * (<uk/fault.h>). Implemented by arch.
 */
long uk_syscall_inside(long p1, long p2, long p3, long p4, long p5, long p6,
		       long (*fn)(long, long, long, long, long, long));

/* The stack pointer of who called, or a little below. In a FULL call. */
#if CONFIG_VM_DEMAND
uk_inline uintptr_t uk_syscall_stack(void)
{
	const struct uk_context *self = (const struct uk_context *)uk_cpu_thread();

	return self && !self->calls && self->outside ? (uintptr_t)self->outside : uk_cpu_stack();
}
#else
uk_inline uintptr_t uk_syscall_stack(void)
{
	return uk_cpu_stack();
}
#endif

/* Parameters of the six-long entry, and arguments for the typed body cast from them. */
#define UK_SYS_LONGS \
	long p1 uk_unused, long p2 uk_unused, long p3 uk_unused, long p4 uk_unused, \
		long p5 uk_unused, long p6 uk_unused
#define UK_SYS_PROTO long, long, long, long, long, long

/* How a FULL call's body is called, and what it takes for that. */
#if CONFIG_VM_DEMAND
#define UK_SYS_INSIDE(name, call) \
	static long inside_##name(UK_SYS_LONGS) \
	{ \
		return sys_##name call; \
	}
#define UK_SYS_CALL(name, call) uk_syscall_inside(p1, p2, p3, p4, p5, p6, inside_##name)
#else
#define UK_SYS_INSIDE(name, call)
#define UK_SYS_CALL(name, call) sys_##name call
#endif

#define UK_SYS_LEAF(name, params, call) \
	long uk_sys_##name(UK_SYS_PROTO); \
	static inline long sys_##name params; \
	long uk_sys_##name(UK_SYS_LONGS) \
	{ \
		return sys_##name call; \
	} \
	static inline long sys_##name params

#define UK_SYS_FULL(name, params, call) \
	long uk_sys_##name(UK_SYS_PROTO); \
	static inline long sys_##name params; \
	UK_SYS_INSIDE(name, call) \
	long uk_sys_##name(UK_SYS_LONGS) \
	{ \
		long result; \
\
		do { \
			uk_syscall_enter(); \
			result = UK_SYS_CALL(name, call); \
		} while (uk_syscall_exit(&result)); \
		return result; \
	} \
	static inline long sys_##name params

#define UK_SYSCALL_LEAF0(name)                 UK_SYS_LEAF(name, (void), ())
#define UK_SYSCALL_LEAF1(name, t1, a1)         UK_SYS_LEAF(name, (t1 a1), ((t1)p1))
#define UK_SYSCALL_LEAF2(name, t1, a1, t2, a2) UK_SYS_LEAF(name, (t1 a1, t2 a2), ((t1)p1, (t2)p2))
#define UK_SYSCALL_LEAF3(name, t1, a1, t2, a2, t3, a3) \
	UK_SYS_LEAF(name, (t1 a1, t2 a2, t3 a3), ((t1)p1, (t2)p2, (t3)p3))
#define UK_SYSCALL_LEAF4(name, t1, a1, t2, a2, t3, a3, t4, a4) \
	UK_SYS_LEAF(name, (t1 a1, t2 a2, t3 a3, t4 a4), ((t1)p1, (t2)p2, (t3)p3, (t4)p4))
#define UK_SYSCALL_LEAF5(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5) \
	UK_SYS_LEAF(name, (t1 a1, t2 a2, t3 a3, t4 a4, t5 a5), \
		    ((t1)p1, (t2)p2, (t3)p3, (t4)p4, (t5)p5))
#define UK_SYSCALL_LEAF6(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6) \
	UK_SYS_LEAF(name, (t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6), \
		    ((t1)p1, (t2)p2, (t3)p3, (t4)p4, (t5)p5, (t6)p6))
#define UK_SYSCALL_FULL0(name)                 UK_SYS_FULL(name, (void), ())
#define UK_SYSCALL_FULL1(name, t1, a1)         UK_SYS_FULL(name, (t1 a1), ((t1)p1))
#define UK_SYSCALL_FULL2(name, t1, a1, t2, a2) UK_SYS_FULL(name, (t1 a1, t2 a2), ((t1)p1, (t2)p2))
#define UK_SYSCALL_FULL3(name, t1, a1, t2, a2, t3, a3) \
	UK_SYS_FULL(name, (t1 a1, t2 a2, t3 a3), ((t1)p1, (t2)p2, (t3)p3))
#define UK_SYSCALL_FULL4(name, t1, a1, t2, a2, t3, a3, t4, a4) \
	UK_SYS_FULL(name, (t1 a1, t2 a2, t3 a3, t4 a4), ((t1)p1, (t2)p2, (t3)p3, (t4)p4))
#define UK_SYSCALL_FULL5(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5) \
	UK_SYS_FULL(name, (t1 a1, t2 a2, t3 a3, t4 a4, t5 a5), \
		    ((t1)p1, (t2)p2, (t3)p3, (t4)p4, (t5)p5))
#define UK_SYSCALL_FULL6(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6) \
	UK_SYS_FULL(name, (t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6), \
		    ((t1)p1, (t2)p2, (t3)p3, (t4)p4, (t5)p5, (t6)p6))
