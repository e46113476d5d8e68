/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CPUs beside the one that booted: descriptor tables and a block of their own; interrupt gates,
 * canary and protections are the boot CPU's.
 */

#include "arch.h"

#include <uk/cpu.h>
#include <uk/x86_64.h>

static struct {
	struct uk_cpu_block block;
	struct tss tss;
	uint64_t gdt[4];
} uk_aligned(64) cpus[UK_CPUS_MAX];

/* The CPU's that prepares. */
static struct table_register idt;
static unsigned long cr4;

/* As cpu.c does for the boot CPU, where the addresses are constants. */
static void gdt_fill(uint64_t gdt[4], struct tss *tss, const struct uk_x86_64_stacks *stacks)
{
	uintptr_t at = (uintptr_t)tss;

	tss->ist[IST_IRQ - 1] = stacks->irq;
	tss->ist[IST_FAULT - 1] = stacks->fault;
	tss->ist[IST_DOUBLE - 1] = stacks->double_fault;
	tss->ist[IST_NMI - 1] = stacks->nmi;
	tss->ist[IST_MACHINE_CHECK - 1] = stacks->machine_check;
	tss->io_map = sizeof(*tss);
	gdt[1] = 0x00af9b000000ffff; /* code, 64 bits, accessed */
	gdt[2] = (sizeof(*tss) - 1) | (at & 0xffffff) << 16 | 0x89ull << 40 |
		 (at >> 24 & 0xff) << 56;
	gdt[3] = at >> 32;
}

void uk_x86_64_cpu_prepare(unsigned int cpu, const struct uk_x86_64_stacks *stacks)
{
	cpus[cpu].block.id = cpu;
	gdt_fill(cpus[cpu].gdt, &cpus[cpu].tss, stacks);
	__asm__ __volatile__("sidt %0" : "=m"(idt));
	__asm__ __volatile__("movq %%cr4, %0" : "=r"(cr4));
}

void uk_x86_64_cpu_enter(unsigned int cpu)
{
	struct table_register gdt = { sizeof(cpus[cpu].gdt) - 1, (uintptr_t)cpus[cpu].gdt };

	__asm__ __volatile__("lgdt %0" : : "m"(gdt) : "memory");
	__asm__ __volatile__("ltr %w0" : : "r"(SELECTOR_TSS) : "memory");
	__asm__ __volatile__("lidt %0" : : "m"(idt) : "memory");
	__asm__ __volatile__("movq %0, %%cr4" : : "r"(cr4) : "memory");
	__asm__ __volatile__("fninit");
	uk_msr_write(UK_MSR_GS_BASE, (uintptr_t)&cpus[cpu].block);
}
