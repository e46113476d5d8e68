/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Interrupt vectors of the CPU, for lib/irq and interrupt controllers: contract implemented by
 * arch where LIB_IRQ is configured. A member supplies <uk/member/vector.h> with
 * UK_VECTOR_FIRST and UK_VECTOR_END (exclusive).
 *
 * A vector that is enabled ends in uk_irq_dispatch(vector) (<uk/trap.h>) on the CPU's
 * interrupt stack, interrupts off, caller-saved registers saved. The controller's end of
 * interrupt is the dispatcher's business. An interrupt on a vector that is not enabled is
 * a general protection panic.
 */

#include <uk/defs.h>
#include <uk/member/vector.h>

/* vector: UK_VECTOR_FIRST <= vector < UK_VECTOR_END. Idempotent; boot and thread context. */
void uk_vector_enable(unsigned int vector);
