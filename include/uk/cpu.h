/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The CPU as seen by everything above arch: contract implemented by arch/<cpu> on real
 * hardware, and by a paravirtual member where these operations differ (Xen PV).
 *
 * A member supplies <uk/member/cpu.h> with the functions below, inline, so that they cost
 * nothing:
 *
 *	uk_irqflags_t uk_cpu_irq_save(void)	disable interrupts, return the state before
 *	void uk_cpu_irq_restore(uk_irqflags_t)	put that state back
 *	void uk_cpu_irq_enable(void)
 *	void uk_cpu_irq_disable(void)
 *	bool uk_cpu_irq_enabled(void)
 *	uk_irqflags_t uk_cpu_irq_save_unseen(void), void uk_cpu_irq_restore_unseen(uk_irqflags_t)
 *			the same two, of which LOCKCHECK is not told: for itself
 *	void uk_cpu_wait(void)	called with interrupts off: atomically enables them and sleeps until
 *				one comes; returns with interrupts on, after it was handled
 *	void uk_cpu_relax(void)	hint in a busy-wait loop
 *	uk_noreturn void uk_cpu_stop(void)	interrupts off, for ever
 *	uint64_t uk_cpu_cycles(void)	the free-running counter (TSC, CNTVCT); order as the
 *				instruction has it
 *	uint64_t uk_cpu_cycles_ordered(void)	the same, after all earlier instructions
 *	bool uk_cpu_random_seed(uint64_t *)	one RDSEED-class word; false: none now or never
 *	bool uk_cpu_random(uint64_t *)		one RDRAND-class word; false: none now or never
 *	uint64_t uk_cpu_random_weak(void)	the best there is, at last jitter: for placement
 *	void uk_cpu_tls_set(void *)	thread base of libc (FS, TPIDR_EL0)
 *	void *uk_cpu_tls(void)
 *	unsigned int uk_cpu_id(void)	number of this CPU, from 0; the constant 0 without LIB_SMP
 *	struct uk_thread *uk_cpu_thread(void)	the running thread; NULL before there are any
 *	void uk_cpu_thread_set(struct uk_thread *)
 *	uint64_t uk_cpu_stack(void)	the stack pointer, roughly: for statistics
 *
 * and for <uk/preempt.h>, of this CPU:
 *
 *	void uk_cpu_preempt_disable(void)	one more reason against
 *	bool uk_cpu_preempt_enable(void)	one less; true: that was the last, and one is wanted
 *	void uk_cpu_preempt_want(bool)	interrupts off
 *	bool uk_cpu_preempt_due(void)	one is wanted and nothing is against it
 *	unsigned int uk_cpu_preempt_depth(void)	reasons against
 *
 * uk_cpu_random*() try a few times as the vendor asks. All are for any context unless said.
 */

#include <stdbool.h>
#include <uk/defs.h>

struct uk_thread;

typedef unsigned long uk_irqflags_t;

#define UK_CPUS_MAX CONFIG_CPUS_MAX /* 1 without LIB_SMP */

#include <uk/lockcheck.h>
#include <uk/member/cpu.h>
