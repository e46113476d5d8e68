/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Preemption: with the option PREEMPT (a preemptive scheduler selects it) an interrupt may put
 * another thread in the place of the one that it came upon. Contract between arch, which counts
 * for each CPU what forbids it, lib/thread, which switches, and the scheduler, which wishes it.
 * Without PREEMPT nothing happens, and without PREEMPT_COUNT nothing is counted.
 *
 * Between disable and enable, which nest, the thread stays on its CPU and no other runs there; it
 * must not sleep. A spinlock (<uk/spinlock.h>) does both by itself. What was wished meanwhile
 * happens at enable, or, where interrupts are off then, at the next interrupt or switch. In
 * interrupt context both are allowed and do nothing more.
 */

#include <stdbool.h>
#include <uk/atomic.h>
#include <uk/cpu.h>
#include <uk/defs.h>

/* Other threads, or handlers of signals, may run between any two instructions of one, whose CPU may
 * change, too. */
#define UK_CONCURRENT (CONFIG_LIB_SMP || CONFIG_PREEMPT_COUNT)

/* With VM_DEMAND: bytes of stack that code with preemption disabled may use below where it was. */
#define UK_STACK_LOCKED (CONFIG_LOCKCHECK ? 4096u : 2048u)

/* lib/thread: let the thread run that the scheduler wants; nothing where interrupts are off. */
void uk_thread_preempt(void);
/* The same for arch, at the way back from an interrupt: on the stack of the thread that it came
 * upon, whose registers are saved, interrupts off. */
void uk_thread_preempted(void);

#if CONFIG_VM_DEMAND
/* Implemented by arch: UK_STACK_LOCKED bytes of the application's stack below here are there after
 * it, as far as it reaches, without a fault that would not be resolved. */
void uk_stack_bring(void);
#else
uk_inline void uk_stack_bring(void)
{
}
#endif

uk_inline void uk_preempt_disable(void)
{
	/* What libc calls without a system call, as malloc(), runs on its caller's stack, which is
	 * in the lower half. Until enable nothing can come. */
	if (CONFIG_VM_DEMAND && CONFIG_PREEMPT_COUNT && (int64_t)uk_cpu_stack() > 0)
		uk_stack_bring();
	if (CONFIG_PREEMPT_COUNT)
		uk_cpu_preempt_disable();
}

uk_inline void uk_preempt_enable(void)
{
	if (CONFIG_PREEMPT_COUNT && uk_unlikely(uk_cpu_preempt_enable()) && CONFIG_PREEMPT)
		uk_thread_preempt();
}

/* For who made threads ready with interrupts off and has them on again. */
uk_inline void uk_preempt_check(void)
{
	if (CONFIG_PREEMPT && uk_unlikely(uk_cpu_preempt_due()))
		uk_thread_preempt();
}

/* Depth of uk_preempt_disable(), spinlocks included, of what runs or was interrupted; 0 without
 * PREEMPT_COUNT. */
uk_inline unsigned int uk_preempt_depth(void)
{
	return CONFIG_PREEMPT_COUNT ? uk_cpu_preempt_depth() : 0;
}
