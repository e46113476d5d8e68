/* SPDX-License-Identifier: BSD-3-Clause */
/* The first C function. It sets the canary up, so it has none itself. */

#include "../kvm.h"
#include "stacks.h"

#include <uk/image.h>
#include <uk/log.h>
#include <uk/mmu.h>
#include <uk/plat.h>
#include <uk/x86_64.h>

/* Filled by entry.S. */
extern uint64_t uk__kvm_entry_tsc;
extern uint32_t uk__kvm_entry_info;
extern uint32_t uk__kvm_entry_linux;
extern uk_pte_t uk__kvm_pml4[], uk__kvm_pdpt[], uk__kvm_pd[];

uk_noreturn void uk_kvm_start(void);

/* The address past the end of stack n: they are mapped from the image's end on. */
static uintptr_t stack_top(unsigned int n)
{
	uintptr_t at = (uintptr_t)uk_image_end;

	for (unsigned int i = 0; i <= n; i++)
		at += (uk__kvm_stack_pages[i] + STACK_GUARD_PAGES) * UK_PAGE_SIZE;
	return at;
}

/* Entry code needed the image at its physical address, too. */
static void identity_drop(void)
{
	uk_pte_write(&uk__kvm_pml4[0], 0);
	uk_pte_write(&uk__kvm_pdpt[0], 0);
	if (UK_IMAGE_SLIDE)
		uk_pte_write(&uk__kvm_pd[0], 0);
	uk_mmu_flush_all();
}

__attribute__((no_stack_protector, used)) void uk_kvm_start(void)
{
	struct uk_x86_64_stacks stacks = {
		.irq = CONFIG_LIB_IRQ ? stack_top(STACK_IRQ) : 0,
		.fault = stack_top(STACK_FAULT),
		.double_fault = stack_top(STACK_DOUBLE),
		.nmi = stack_top(STACK_NMI),
		.machine_check = stack_top(STACK_MACHINE_CHECK),
	};

	identity_drop();
	uk_x86_64_init(&stacks);
	uk__kvm_bootinfo_fill(uk__kvm_entry_info, uk__kvm_entry_tsc, uk__kvm_entry_linux);
	if (uk_x86_64_canary_weak())
		uk_warn("the CPU has no random numbers: canary and places come from jitter");
	uk_boot_main();
}
