/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How other CPUs come in: <uk/cpustart.h>. The page that they begin in is never mapped to be
 * executed (they run it without tables), and while they start, the one page of the image that runs
 * at its physical address is mapped there in tables that nobody else uses.
 */

#include "../kvm.h"

#include <uk/atomic.h>
#include <uk/cpu.h>
#include <uk/cpustart.h>
#include <uk/errno.h>
#include <uk/image.h>
#include <uk/mmu.h>
#include <uk/string.h>
#include <uk/x86_64.h>

#define GATE       4 /* offset in the page: ap_entry.S */
#define STACK_SIZE 8192u

extern const char uk__kvm_ap_page[], uk__kvm_ap_page_end[], uk__kvm_ap_entry[];

/* Read by ap_entry.S, which the optimiser does not see. */
extern uk_pte_t uk__kvm_ap_tables[UK_MMU_LEVELS][UK_MMU_ENTRIES];
extern uintptr_t uk__kvm_ap_root, uk__kvm_ap_stack;
uk_noreturn void uk_kvm_ap_start(void);

__attribute__((used)) uk_pte_t uk__kvm_ap_tables[UK_MMU_LEVELS][UK_MMU_ENTRIES] UK_IMAGE_PAGES;
__attribute__((used)) uintptr_t uk__kvm_ap_root, uk__kvm_ap_stack;

static unsigned int next; /* the number of who comes */
static uint16_t *gate;    /* in the page */

__attribute__((used)) void uk_kvm_ap_start(void)
{
	uk_x86_64_cpu_enter(next);
	uk_smp_main();
}

/* The upper half as it is now, and one page of text where it physically is. */
static void tables_fill(void)
{
	const uk_pte_t *root = uk_phys_to_virt(uk_mmu_root());
	uk_paddr_t page = UK_ALIGN_DOWN(uk_virt_to_phys(uk__kvm_ap_entry), UK_PAGE_SIZE);

	uk__kvm_ap_root = uk_mmu_root();
	for (size_t i = UK_MMU_ENTRIES / 2; i < UK_MMU_ENTRIES; i++)
		uk_pte_write(&uk__kvm_ap_tables[0][i], root[i]);
	for (unsigned int i = 0; i + 1 < UK_MMU_LEVELS; i++)
		uk_pte_write(&uk__kvm_ap_tables[i][UK_MMU_INDEX(page, UK_MMU_LEVELS - i)],
			     uk_pte_table(uk_virt_to_phys(uk__kvm_ap_tables[i + 1])));
	uk_pte_write(&uk__kvm_ap_tables[UK_MMU_LEVELS - 1][UK_MMU_INDEX(page, 1)],
		     uk_pte_make(page, UK_PROT_EXEC, 1));
}

int uk_plat_cpus_open(uk_paddr_t *at)
{
	uk_paddr_t page = uk__kvm_cpu_page;

	if (!page || uk_directmap_open(page, UK_PAGE_SIZE))
		return -ENOMEM;

	char *code = uk_phys_to_virt(page);

	memcpy(code, uk__kvm_ap_page, (size_t)(uk__kvm_ap_page_end - uk__kvm_ap_page));
	gate = (uint16_t *)(code + GATE);
	tables_fill();
	*at = page;
	return 0;
}

/* The end of a new stack, 0: no memory. */
static uintptr_t stack_end(void *(*stack)(size_t size), size_t size)
{
	uintptr_t at = (uintptr_t)stack(size);

	return at ? at + size : 0;
}

int uk_plat_cpu_prepare(unsigned int cpu, void *(*stack)(size_t size))
{
	const size_t fault_size = CONFIG_FAULT_STACK_KIB * 1024ul;
	const struct uk_x86_64_stacks stacks = {
		.irq = stack_end(stack, CONFIG_IRQ_STACK_KIB * 1024ul),
		.fault = stack_end(stack, fault_size),
		.double_fault = stack_end(stack, fault_size),
		.nmi = stack_end(stack, fault_size),
		.machine_check = stack_end(stack, fault_size),
	};

	uk__kvm_ap_stack = stack_end(stack, STACK_SIZE);
	/* What there is of them stays: the machine has no memory left anyway. */
	if (!uk__kvm_ap_stack || !stacks.irq || !stacks.fault || !stacks.double_fault ||
	    !stacks.nmi || !stacks.machine_check)
		return -ENOMEM;
	uk_x86_64_cpu_prepare(cpu, &stacks);
	next = cpu;
	return 0;
}

void uk_plat_cpu_admit(void)
{
	/* Release: what the CPU reads stands before; pairs with the exchange in ap_entry.S. */
	uk_store_release(gate, (uint16_t)1);
}

bool uk_plat_cpu_refuse(void)
{
	return uk_exchange(gate, (uint16_t)0) != 0;
}

void uk_plat_cpus_close(void)
{
	(void)uk_plat_cpu_refuse();
	/* What comes now stops at the gate, before it has tables. */
	memset(uk__kvm_ap_tables, 0, sizeof(uk__kvm_ap_tables));
	(void)uk_page_unmap((uintptr_t)gate & ~(UK_PAGE_SIZE - 1), UK_PAGE_SIZE);
}
