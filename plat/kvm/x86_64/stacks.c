/* SPDX-License-Identifier: BSD-3-Clause */
#include "stacks.h"

#include <uk/defs.h>

#if CONFIG_LIB_IRQ
#define STACK_PAGES_IRQ (CONFIG_IRQ_STACK_KIB / 4)
#else
#define STACK_PAGES_IRQ 0
#endif

#define PAGES_ALL (STACK_PAGES_MAIN + 4 * STACK_PAGES_FAULT + STACK_PAGES_IRQ)

/* Read by entry.S, which the optimiser does not see. */
__attribute__((used)) const unsigned short uk__kvm_stack_pages[STACKS] = {
	[STACK_MAIN] = STACK_PAGES_MAIN,           [STACK_FAULT] = STACK_PAGES_FAULT,
	[STACK_DOUBLE] = STACK_PAGES_FAULT,        [STACK_NMI] = STACK_PAGES_FAULT,
	[STACK_MACHINE_CHECK] = STACK_PAGES_FAULT, [STACK_IRQ] = STACK_PAGES_IRQ,
};

static char frames[PAGES_ALL][UK_PAGE_SIZE] uk_aligned(UK_PAGE_SIZE)
	__attribute__((used, section(".bss..stacks")));
