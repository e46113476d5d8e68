/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Stacks that are part of the image: their frames follow each other in .bss, and are mapped
 * from the image's end on, each after a guard that is not mapped. A guard costs addresses, no
 * memory: it is wide, so that a function with a large frame does not step over it.
 */

#define STACK_GUARD_PAGES 16

#ifndef __ASSEMBLER__
#define STACK_PAGES_MAIN  (CONFIG_BOOT_STACK_KIB / 4)
#define STACK_PAGES_FAULT (CONFIG_FAULT_STACK_KIB / 4)

enum {
	STACK_MAIN,
	STACK_FAULT,
	STACK_DOUBLE,
	STACK_NMI,
	STACK_MACHINE_CHECK,
	STACK_IRQ, /* 0 pages without LIB_IRQ */
	STACKS
};

/* Pages of each, in this order; the entry code maps them by it. */
extern const unsigned short uk__kvm_stack_pages[STACKS];
#endif
