/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Between irq.c, which changes the table of vectors, and dispatch.c, which reads it. */

#include <uk/irqchip.h>
#include <uk/vector.h>

#define UK__IRQ_VECTORS (UK_VECTOR_END - UK_VECTOR_FIRST)

struct uk__irq_action {
	uk_irq_handler fn;
	void *arg;
	struct uk__irq_action *next;
};

enum uk__irq_kind { UK__IRQ_FREE, UK__IRQ_LINE, UK__IRQ_MSI, UK__IRQ_LOCAL };

struct uk__irq_vector {
	struct uk__irq_action *first; /* read by dispatch without a lock */
	uint32_t running;             /* CPUs that are in its handlers */
	/* dispatch's own: */
	uint32_t count;
	uint32_t said; /* messages */
	uint64_t mark; /* cycles when count was last a multiple of the storm's size */
	/* irq.c's, written under its lock */
	uint8_t kind;
	uint8_t flags;
	uint16_t gsi;
};

extern struct uk__irq_vector uk__irq_vectors[UK__IRQ_VECTORS];
extern const struct uk_irqchip *uk__irq_chip; /* set once */
