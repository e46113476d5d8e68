/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Member of the contract <uk/cpu.h> for x86_64 on real hardware or full virtualisation.
 * GS points at the CPU's own block, FS is libc's.
 */

#include <uk/msr.h>

struct uk_cpu_block {
	struct uk_thread *thread; /* offset 0: see uk_cpu_thread() */
	unsigned int id;
	uint32_t preempt; /* offset 12, in vectors.S as a number; see below */
};

/* What CPUID told at boot; constant afterwards. */
#define UK_CPU_RDRAND       (1u << 0)
#define UK_CPU_RDSEED       (1u << 1)
#define UK_CPU_X2APIC       (1u << 2)
#define UK_CPU_TSC_DEADLINE (1u << 3)
#define UK_CPU_HYPERVISOR   (1u << 4) /* leaves from 0x40000000 exist */
#define UK_CPU_FAST_REP     (1u << 5) /* rep movsb and stosb are fast */
extern uint32_t uk_cpu_features;

#define UK_RFLAGS_IF 0x200ul

uk_inline bool uk_cpu_irq_enabled(void)
{
	unsigned long flags;

	__asm__ __volatile__("pushfq; popq %0" : "=r"(flags) : : "memory");
	return (flags & UK_RFLAGS_IF) != 0;
}

uk_inline void uk_cpu_irq_enable(void)
{
	if (CONFIG_LOCKCHECK)
		uk_lockcheck_irqs_on();
	__asm__ __volatile__("sti" : : : "memory");
}

uk_inline uk_irqflags_t uk_cpu_irq_save_unseen(void)
{
	uk_irqflags_t flags;

	__asm__ __volatile__("pushfq; popq %0; cli" : "=r"(flags) : : "memory");
	return flags;
}

uk_inline void uk_cpu_irq_restore_unseen(uk_irqflags_t flags)
{
	if (flags & UK_RFLAGS_IF)
		__asm__ __volatile__("sti" : : : "memory");
	else
		__asm__ __volatile__("" : : : "memory");
}

uk_inline uk_irqflags_t uk_cpu_irq_save(void)
{
	uk_irqflags_t flags = uk_cpu_irq_save_unseen();

	if (CONFIG_LOCKCHECK && (flags & UK_RFLAGS_IF))
		uk_lockcheck_irqs_off();
	return flags;
}

uk_inline void uk_cpu_irq_disable(void)
{
	if (CONFIG_LOCKCHECK)
		(void)uk_cpu_irq_save();
	else
		__asm__ __volatile__("cli" : : : "memory");
}

uk_inline void uk_cpu_irq_restore(uk_irqflags_t flags)
{
	if (flags & UK_RFLAGS_IF)
		uk_cpu_irq_enable();
	else
		__asm__ __volatile__("" : : : "memory");
}

/* sti takes effect after the next instruction: nothing is lost between the two. */
uk_inline void uk_cpu_wait(void)
{
	if (CONFIG_LOCKCHECK)
		uk_lockcheck_irqs_on();
	__asm__ __volatile__("sti; hlt" : : : "memory");
}

uk_inline void uk_cpu_relax(void)
{
	__asm__ __volatile__("pause" : : : "memory");
}

uk_inline uk_noreturn void uk_cpu_stop(void)
{
	for (;;)
		__asm__ __volatile__("cli; hlt" : : : "memory");
}

uk_inline uint64_t uk_cpu_cycles(void)
{
	uint32_t low, high;

	__asm__ __volatile__("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

uk_inline uint64_t uk_cpu_cycles_ordered(void)
{
	uint32_t low, high;

	__asm__ __volatile__("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

/* Retries as Intel's Digital Random Number Generator guide asks (section 5.2). */
uk_inline bool uk_cpu_random(uint64_t *word)
{
	bool ok;

	if (!(uk_cpu_features & UK_CPU_RDRAND))
		return false;
	for (int i = 0; i < 10; i++) {
		__asm__ __volatile__("rdrand %0" : "=r"(*word), "=@ccc"(ok));
		if (ok)
			return true;
	}
	return false;
}

uk_inline bool uk_cpu_random_seed(uint64_t *word)
{
	bool ok = false;

	if (!(uk_cpu_features & UK_CPU_RDSEED))
		return false;
	for (int i = 0; i < 100 && !ok; i++) {
		__asm__ __volatile__("rdseed %0" : "=r"(*word), "=@ccc"(ok));
		if (!ok)
			uk_cpu_relax();
	}
	return ok;
}

uint64_t uk_cpu_random_weak(void);

uk_inline void uk_cpu_tls_set(void *base)
{
	uk_msr_write(UK_MSR_FS_BASE, (uintptr_t)base);
}

uk_inline void *uk_cpu_tls(void)
{
	return (void *)(uintptr_t)uk_msr_read(UK_MSR_FS_BASE);
}

uk_inline unsigned int uk_cpu_id(void)
{
	unsigned int id = 0;

	if (CONFIG_LIB_SMP)
		__asm__ __volatile__("movl %%gs:%c1, %0"
				     : "=r"(id)
				     : "i"(offsetof(struct uk_cpu_block, id)));
	return id;
}

uk_inline struct uk_thread *uk_cpu_thread(void)
{
	struct uk_thread *thread;

	__asm__ __volatile__("movq %%gs:0, %0" : "=r"(thread));
	return thread;
}

uk_inline void uk_cpu_thread_set(struct uk_thread *thread)
{
	__asm__ __volatile__("movq %0, %%gs:0" : : "r"(thread) : "memory");
}

uk_inline uint64_t uk_cpu_stack(void)
{
	uint64_t sp;

	__asm__ __volatile__("movq %%rsp, %0" : "=r"(sp));
	return sp;
}

/*
 * <uk/preempt.h> in one word, each change of which is one instruction: how many reasons there are
 * against, and a bit that is set while nobody wants it. So it is 0 exactly when it is due.
 */
#define UK_PREEMPT_UNWANTED 0x80000000u

uk_inline void uk_cpu_preempt_disable(void)
{
	__asm__ __volatile__("incl %%gs:%c0"
			     :
			     : "i"(offsetof(struct uk_cpu_block, preempt))
			     : "memory", "cc");
}

uk_inline bool uk_cpu_preempt_enable(void)
{
	bool due;

	__asm__ __volatile__("decl %%gs:%c1"
			     : "=@ccz"(due)
			     : "i"(offsetof(struct uk_cpu_block, preempt))
			     : "memory");
	return due;
}

uk_inline uint32_t uk_cpu_preempt_word(void)
{
	uint32_t word;

	__asm__ __volatile__("movl %%gs:%c1, %0"
			     : "=r"(word)
			     : "i"(offsetof(struct uk_cpu_block, preempt)));
	return word;
}

uk_inline bool uk_cpu_preempt_due(void)
{
	return uk_cpu_preempt_word() == 0;
}

uk_inline unsigned int uk_cpu_preempt_depth(void)
{
	return uk_cpu_preempt_word() & ~UK_PREEMPT_UNWANTED;
}

uk_inline void uk_cpu_preempt_want(bool want)
{
	uint32_t word = uk_cpu_preempt_word() & ~UK_PREEMPT_UNWANTED;

	if (!want)
		word |= UK_PREEMPT_UNWANTED;
	__asm__ __volatile__("movl %0, %%gs:%c1"
			     :
			     : "r"(word), "i"(offsetof(struct uk_cpu_block, preempt))
			     : "memory");
}
