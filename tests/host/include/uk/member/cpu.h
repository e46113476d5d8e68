/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The host as a CPU: a thread of the host is a CPU, its number is set by uk_test_smp(). The
 * interrupt flag is a variable of the thread: nothing interrupts, tests look at it.
 */

uk_irqflags_t uk_cpu_irq_save(void);
void uk_cpu_irq_restore(uk_irqflags_t flags);
#define uk_cpu_irq_save_unseen    uk_cpu_irq_save
#define uk_cpu_irq_restore_unseen uk_cpu_irq_restore
void uk_cpu_irq_enable(void);
void uk_cpu_irq_disable(void);
bool uk_cpu_irq_enabled(void);
void uk_cpu_wait(void);
void uk_cpu_relax(void);
uk_noreturn void uk_cpu_stop(void);
uint64_t uk_cpu_cycles(void);
uint64_t uk_cpu_cycles_ordered(void);
bool uk_cpu_random_seed(uint64_t *word);
bool uk_cpu_random(uint64_t *word);
uint64_t uk_cpu_random_weak(void);
void uk_cpu_tls_set(void *base);
void *uk_cpu_tls(void);
unsigned int uk_cpu_id(void);
struct uk_thread *uk_cpu_thread(void);
void uk_cpu_thread_set(struct uk_thread *thread);
uint64_t uk_cpu_stack(void);
void uk_cpu_preempt_disable(void);
bool uk_cpu_preempt_enable(void);
void uk_cpu_preempt_want(bool want);
bool uk_cpu_preempt_due(void);
unsigned int uk_cpu_preempt_depth(void);
