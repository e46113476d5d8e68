/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Interrupt vectors of the CPU, for lib/irq and interrupt controllers; exists with LIB_IRQ.
 *
 * A vector that is enabled ends in uk_irq_dispatch(vector) (<uk/trap.h>) on the CPU's
 * interrupt stack, interrupts off, caller-saved registers saved. The controller's end of
 * interrupt is the dispatcher's business. An interrupt on a vector that is not enabled is
 * a general protection panic.
 */

#include <uk/defs.h>

#define UK_VECTOR_FIRST 32u
#define UK_VECTOR_END   96u /* exclusive */

/* vector: UK_VECTOR_FIRST <= vector < UK_VECTOR_END. Idempotent; boot and thread context. */
void uk_vector_enable(unsigned int vector);
