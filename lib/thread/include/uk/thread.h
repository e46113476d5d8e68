/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Threads of the kernel, one to one with those of libc.
 *
 * The boot stack becomes the thread "main" when this library is initialised (level CORE).
 * Which thread runs next is the scheduler's (<uk/sched.h>). Nothing here touches vector
 * registers: a switch is a function call that keeps what a call keeps.
 */

#include <stdbool.h>
#include <uk/context.h>
#include <uk/cpu.h>
#include <uk/defs.h>
#include <uk/list.h>
#include <uk/lockcheck.h>
#include <uk/sched.h>
#include <uk/spinlock.h>
#include <uk/waitq.h>

#define UK_THREAD_NAME_MAX 16 /* with the terminator */

enum uk_thread_state { UK_THREAD_RUNNABLE, UK_THREAD_BLOCKED, UK_THREAD_DEAD };

struct uk_thread {
	struct uk_context context; /* while it does not run; first */
	struct uk_sched_entity sched;
	void *tls; /* libc's thread base (FS); own: uk_thread_set_tls() */

	struct uk_spinlock lock;
	uint8_t state; /* lock; enum uk_thread_state */
	bool detached; /* lock */
	uint8_t ended; /* own; see thread.c */
	bool own_stack;

	struct uk_list all; /* the list of all threads, under its lock */
	struct uk_waitq exited;
	void (*entry)(void *arg);
	void *arg;
	void (*gone)(void *arg); /* uk_thread_on_gone() */
	void *gone_arg;
	void *stack; /* lowest address; NULL: not known (main, a stack of libc) */
	size_t stack_size;
	void *owner_data; /* of the library that made it: uk_thread_attr.owner_data */
#if CONFIG_VM_DEMAND
	void *stack_top; /* uk_thread_attr.stack_top, while the rest is for its calls */
#endif
	uint32_t id; /* 1 is main; never used twice before 2^32 threads */
	char name[UK_THREAD_NAME_MAX];
#if CONFIG_THREAD_INTERRUPT
	uint32_t interrupted; /* interruptible waits end; set by uk_thread_interrupt() */
	bool interruptible;   /* lock; it sleeps in such a wait */
	bool inside;          /* own; in a system call, or in other code of the kernel */
	void *signals;        /* of lib/posix-signal; NULL: no thread of the application */
#endif
#if CONFIG_LOCKCHECK
	struct uk_lockcheck_held held; /* own; what sleeps: lib/sync's */
#endif
#if CONFIG_THREAD_PI
	/* Under uk_pi_lock(). */
	struct uk_list pi_waiters;      /* for its locks; next NULL: there never was one */
	struct uk_pi_waiter *pi_waiter; /* its own, while it waits for one */
#endif
};

/* All zero is right: a joinable thread on a stack of CONFIG_THREAD_STACK_KB. */
struct uk_thread_attr {
	const char *name;  /* copied, cut to 15 characters; NULL: "thread" */
	size_t stack_size; /* bytes; 0: CONFIG_THREAD_STACK_KB */
	/*
	 * The caller's stack, instead: the thread starts with its stack pointer here (16-byte
	 * aligned, exclusive) and stack_size may be 0. It may be freed or used again when the
	 * thread is gone: after join, or in uk_thread_on_gone(). With VM_DEMAND it may be on
	 * demand: stack_size is that of the thread's other stack, which its system calls run on.
	 */
	void *stack_top;
	void *tls;        /* first value of libc's thread base */
	void *owner_data; /* uk_thread.owner_data */
	int priority;     /* nice value */
	bool detached;    /* frees itself at its end; the pointer is valid until then only */
};

/*
 * Start a thread that runs fn(arg) and ends when it returns. It is ready, not yet running, when
 * this returns. attr may be NULL. *thread (may be NULL for a detached one) is the caller's
 * until uk_thread_join() or uk_thread_detach(). 0, -ENOMEM, -EINVAL. Boot and thread context.
 */
int uk_thread_create(const struct uk_thread_attr *attr, void (*fn)(void *), void *arg,
		     struct uk_thread **thread);
/* End the calling thread. Joiners go on when its stack is no longer in use. Thread context. */
uk_noreturn void uk_thread_exit(void);
/* Wait for its end and free it. Once, for a joinable thread that is not the caller. */
void uk_thread_join(struct uk_thread *thread);
/* It will free itself. Once, instead of a join. */
void uk_thread_detach(struct uk_thread *thread);
/*
 * fn(arg) is called when `self` has left its stack for good: on another stack, interrupts off;
 * it may store, wake and queue, and must not sleep. One per thread; only the thread itself sets it.
 */
void uk_thread_on_gone(void (*fn)(void *arg), void *arg);

/* The running thread; NULL before lib/thread is initialised. Any context (in an interrupt: the
 * thread that it came upon). */
uk_inline struct uk_thread *uk_thread_self(void)
{
	return uk_cpu_thread();
}

/* libc's thread base of the calling thread, NULL at first. Thread context. */
uk_inline void uk_thread_set_tls(void *base)
{
	/* A switch goes by what it finds in `tls`. */
	uk_preempt_disable();
	uk_thread_self()->tls = base;
	uk_cpu_tls_set(base);
	uk_preempt_enable();
}

/* Let others run; returns at once if there are none. Thread context. */
void uk_thread_yield(void);
/* Sleep until uk_clock_now() >= deadline. Thread context. */
void uk_thread_sleep_until(uk_nsec_t deadline);
/*
 * With THREAD_INTERRUPT: end the thread's interruptible wait, or its next one, with -EINTR; waits
 * end so until `interrupted` is 0 again, which the caller of this and the thread agree about. A
 * CPU on which the thread computes takes an interrupt, or the thread calls uk_signal_resume() when
 * it has a CPU again.
 * Any context but NMI; the thread does not go away meanwhile.
 */
void uk_thread_interrupt(struct uk_thread *thread);
/* Rename; cut to 15 characters. */
void uk_thread_set_name(struct uk_thread *thread, const char *name);

/*
 * Another CPU than the first, once: what runs there becomes its idle thread and runs the others.
 * `self` is cleared memory, for ever. Interrupts off.
 */
uk_noreturn void uk_thread_cpu_run(struct uk_thread *self);

/* Calls fn for each thread, dead ones that were not joined included, under the list's lock
 * (fn does nothing that sleeps or starts threads). Thread context. */
void uk_thread_foreach(void (*fn)(struct uk_thread *thread, void *arg), void *arg);

/* How often that CPU (less than UK_CPUS_MAX) slept for want of a thread to run, until an
 * interrupt; a statistic, 0 without THREAD_STATS. Any context. */
uint64_t uk_thread_wakeups(unsigned int cpu);

/*
 * With THREAD_REPORT: a line `[ashlar] stack: ...` for each kind of thread, by name, that there is
 * or was: the most of its stack that was ever used, of how much. Those on libc's stacks are looked
 * at when they end, and count what somebody before them used. Printed at exit. Thread context.
 */
void uk_thread_report_stacks(void);

/* Heads of all threads' `all` fields; for the debugger. */
extern struct uk_list uk_thread_list;
