/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The boot CPU: features, control registers, descriptor tables. Runs once, before the canary
 * is set, so nothing here that stays on the stack while it is set may be protected.
 */

#include "arch.h"

#include <uk/cpu.h>
#include <uk/cpuid.h>

#define CR4_UMIP (1ul << 11)
#define CR4_SMEP (1ul << 20)
#define CR4_SMAP (1ul << 21)

struct gate {
	uint64_t low;
	uint64_t high;
};

uint32_t uk_cpu_features;

static struct uk_cpu_block block;
static struct tss tss;
static uint64_t gdt[4];
static struct gate idt[GATES];

static uint32_t bit(uint32_t reg, unsigned int n, uint32_t feature)
{
	return reg >> n & 1 ? feature : 0;
}

/* "TCGTCGTCGTCG" in the hypervisor's leaf: it runs string instructions byte by byte, whatever its
 * CPU says. */
static bool is_emulator(void)
{
	struct uk_cpuid r = uk_cpuid(0x40000000, 0);

	return r.ebx == 0x54474354 && r.ecx == 0x43544743 && r.edx == 0x47435447;
}

/* Intel SDM volume 2A, CPUID; the hypervisor bit is reserved for that use. */
static unsigned long features_read(void)
{
	uint32_t last = uk_cpuid(0, 0).eax;
	struct uk_cpuid one = uk_cpuid(1, 0);
	struct uk_cpuid seven = { 0 };
	unsigned long cr4 = 0;

	if (last >= 7)
		seven = uk_cpuid(7, 0);
	uk_cpu_features = bit(one.ecx, 30, UK_CPU_RDRAND) | bit(seven.ebx, 18, UK_CPU_RDSEED) |
			  bit(one.ecx, 21, UK_CPU_X2APIC) | bit(one.ecx, 24, UK_CPU_TSC_DEADLINE) |
			  bit(one.ecx, 31, UK_CPU_HYPERVISOR);
	if ((seven.ebx >> 9 & 1) && !(one.ecx >> 31 && is_emulator()))
		uk_cpu_features |= UK_CPU_FAST_REP;
	if (seven.ecx >> 2 & 1)
		cr4 |= CR4_UMIP;
	/* No page is the user's, so that these two forbid nothing but what a broken table says. */
	if (seven.ebx >> 7 & 1)
		cr4 |= CR4_SMEP;
	if (seven.ebx >> 20 & 1)
		cr4 |= CR4_SMAP;
	return cr4;
}

static void control_set(unsigned long cr4_more)
{
	unsigned long cr4;

	__asm__ __volatile__("movq %%cr4, %0" : "=r"(cr4));
	cr4 |= cr4_more;
	__asm__ __volatile__("movq %0, %%cr4" : : "r"(cr4) : "memory");
	__asm__ __volatile__("fninit");
}

/* Interrupt gate, ring 0 (SDM volume 3A, 6.14.1). */
void uk__x86_64_gate_set(unsigned int vector, uintptr_t entry, unsigned int ist)
{
	idt[vector].low = (entry & 0xffff) | SELECTOR_CODE << 16 | (uint64_t)ist << 32 |
			  0x8e00ull << 32 | (entry >> 16 & 0xffff) << 48;
	idt[vector].high = entry >> 32;
}

static void exception_set(unsigned int n, unsigned int ist)
{
	uk__x86_64_gate_set(n, (uintptr_t)uk__x86_64_exceptions + 8 * n, ist);
}

static void idt_load(void)
{
	struct table_register reg = { sizeof(idt) - 1, (uintptr_t)idt };

	for (unsigned int i = 0; i < 32; i++)
		exception_set(i, IST_FAULT);
	exception_set(2, IST_NMI);
	exception_set(8, IST_DOUBLE);
	exception_set(18, IST_MACHINE_CHECK);
	__asm__ __volatile__("lidt %0" : : "m"(reg) : "memory");
}

__attribute__((no_stack_protector)) void uk_x86_64_init(const struct uk_x86_64_stacks *stacks)
{
	control_set(features_read());
	uk__x86_64_gdt_fill(gdt, &tss, stacks);
	uk__x86_64_gdt_load(gdt);
	idt_load();
	if (CONFIG_PREEMPT_COUNT)
		block.preempt = UK_PREEMPT_UNWANTED;
	uk_msr_write(UK_MSR_GS_BASE, (uintptr_t)&block);
	uk__x86_64_canary_set();
	if (CONFIG_KASLR)
		uk__x86_64_directmap_place();
}
