/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Exceptions and interrupts between arch and what stands above.
 */

#include <stdbool.h>
#include <uk/defs.h>

/* Registers at an exception; the layout is arch's own (<uk/member/trap.h>). */
struct uk_trap_frame;

/* Address of the instruction, stack pointer and frame pointer. */
uintptr_t uk_trap_ip(const struct uk_trap_frame *frame);
uintptr_t uk_trap_sp(const struct uk_trap_frame *frame);
uintptr_t uk_trap_fp(const struct uk_trap_frame *frame);

/* Name of register number i, its value in *value; NULL past the last. */
const char *uk_trap_register(const struct uk_trap_frame *frame, unsigned int i, uint64_t *value);

/*
 * An address as a report may name it: of the image, where it was linked; of what is never mapped
 * at the start, as it is. False: it would tell where stacks or heap are in this boot.
 */
bool uk_trap_address(uintptr_t *address);

/*
 * Called by arch for each external interrupt with its vector, on the interrupt stack,
 * interrupts off. Implemented by lib/irq; arch has no vectors where it is not configured.
 */
void uk_irq_dispatch(unsigned int vector);

/*
 * With LIB_SMP, called by arch at each non-maskable interrupt: does not return where this CPU is
 * to stop. Implemented by lib/smp; takes no lock.
 */
void uk_smp_nmi(void);
