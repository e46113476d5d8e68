/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CPUs beside the one that booted: descriptor tables and a block of their own; interrupt gates,
 * canary and protections are the boot CPU's.
 */

#include "arch.h"

#include <uk/cpu.h>

static struct {
	struct uk_cpu_block block;
	struct tss tss;
	uint64_t gdt[4];
} uk_aligned(64) cpus[UK_CPUS_MAX];

/* The CPU's that prepares. */
static struct table_register idt;
static unsigned long cr4;

void uk_x86_64_cpu_prepare(unsigned int cpu, const struct uk_x86_64_stacks *stacks)
{
	cpus[cpu].block.id = cpu;
	if (CONFIG_PREEMPT_COUNT)
		cpus[cpu].block.preempt = UK_PREEMPT_UNWANTED;
	uk__x86_64_gdt_fill(cpus[cpu].gdt, &cpus[cpu].tss, stacks);
	__asm__ __volatile__("sidt %0" : "=m"(idt));
	__asm__ __volatile__("movq %%cr4, %0" : "=r"(cr4));
}

void uk_x86_64_cpu_enter(unsigned int cpu)
{
	uk__x86_64_gdt_load(cpus[cpu].gdt);
	__asm__ __volatile__("lidt %0" : : "m"(idt) : "memory");
	__asm__ __volatile__("movq %0, %%cr4" : : "r"(cr4) : "memory");
	__asm__ __volatile__("fninit");
	uk_msr_write(UK_MSR_GS_BASE, (uintptr_t)&cpus[cpu].block);
}
