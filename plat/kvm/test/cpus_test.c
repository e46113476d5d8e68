/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Other CPUs forbid what the first one does, and have descriptor tables of their own; nothing of
 * their start is left.
 */

#include "../kvm.h"

#include <uk/mmu.h>
#include <uk/msr.h>
#include <uk/smp.h>
#include <uk/test.h>

struct state {
	unsigned long cr0, cr4, cr3;
	uint64_t efer, gs;
	uint64_t gdt;
	uint64_t idt;
};

struct uk_packed table {
	uint16_t limit;
	uint64_t base;
};

static void read_state(void *arg)
{
	struct state *s = arg;
	struct table table;

	__asm__ __volatile__("movq %%cr0, %0" : "=r"(s->cr0));
	__asm__ __volatile__("movq %%cr3, %0" : "=r"(s->cr3));
	__asm__ __volatile__("movq %%cr4, %0" : "=r"(s->cr4));
	__asm__ __volatile__("sgdt %0" : "=m"(table));
	s->gdt = table.base;
	__asm__ __volatile__("sidt %0" : "=m"(table));
	s->idt = table.base;
	s->efer = uk_msr_read(UK_MSR_EFER);
	s->gs = uk_msr_read(UK_MSR_GS_BASE);
}

UK_TEST(cpu, all_are_protected_alike)
{
	struct state first, other;

	UK_REQUIRE(uk_smp_call(0, read_state, &first) == 0);
	for (unsigned int i = 1; i < uk_smp_count(); i++) {
		UK_REQUIRE(uk_smp_call(i, read_state, &other) == 0);
		UK_EXPECT_EQ(other.cr0, first.cr0);
		UK_EXPECT_EQ(other.cr3, first.cr3);
		UK_EXPECT_EQ(other.cr4, first.cr4);
		UK_EXPECT_EQ(other.efer, first.efer);
		UK_EXPECT_EQ(other.idt, first.idt);
		UK_EXPECT(other.gdt != first.gdt);
		UK_EXPECT(other.gs != first.gs);
	}
}

static bool is_mapped(uintptr_t at)
{
	uk_paddr_t pa;
	unsigned int prot;

	return uk_page_lookup(at, &pa, &prot);
}

/* What CPUs begin with: not mapped any more, neither to write nor to execute. */
UK_TEST(cpu, nothing_of_the_start_is_left)
{
	uk_paddr_t page = uk__kvm_cpu_page;

	UK_REQUIRE(page != 0 && page < 0x100000);
	if (uk_smp_count() > 1)
		UK_EXPECT(!is_mapped(UK_DIRECTMAP_BASE + page));
	UK_EXPECT(!is_mapped(page));
}
