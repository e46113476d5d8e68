/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Interrupt controllers, as they offer themselves to lib/irq. One per image: what has several
 * parts (local APICs and IO-APICs) is one driver.
 */

#include <uk/irq.h>

struct uk_irqchip {
	/* Where ISA interrupt `isa` arrives: changes *gsi and the signalling in *flags. */
	void (*isa_route)(unsigned int isa, unsigned int *gsi, unsigned int *flags);
	/* Let the line raise `vector`, unmasked. 0 or -ENODEV: no such line. */
	int (*line_setup)(unsigned int gsi, unsigned int flags, unsigned int vector);
	/* Also from a handler. */
	void (*line_mask)(unsigned int gsi);
	void (*msi_compose)(unsigned int vector, struct uk_irq_msi *msi);
	unsigned int (*msi_vector)(const struct uk_irq_msi *msi);
	/* The handlers of `vector` have run; interrupts off. */
	void (*eoi)(unsigned int vector);
	/* Vectors that are the chip's own business and never counted as stray. */
	bool (*is_spurious)(unsigned int vector);
};

/* 0, or -EBUSY. Enables interrupts on the calling CPU. Boot context. */
int uk_irq_chip_register(const struct uk_irqchip *chip);

/* A vector for what the chip itself raises (its timer, messages between CPUs): the vector, or
 * -ENOSPC. For ever. Before or after registering. */
int uk_irq_local_request(uk_irq_handler fn, void *arg);
