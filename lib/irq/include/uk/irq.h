/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Device interrupts, as drivers see them.
 *
 * Interrupts are off from the machine's start until the interrupt controller's driver
 * registers (level CORE, so before any DEVICE); from then on they are on in thread context.
 * A handler runs with interrupts off on the CPU's interrupt stack: it is short, it never sleeps
 * and it may wake threads, start timers and take _irqsave spinlocks.
 *
 * Requests and releases: boot and thread context, after the controller has registered.
 */

#include <stdbool.h>
#include <uk/defs.h>

typedef void (*uk_irq_handler)(void *arg);

/* How a line signals; what is not said is edge-triggered and active high. */
#define UK_IRQ_LEVEL 1u
#define UK_IRQ_LOW   2u
/* `gsi` is the number of an ISA interrupt: where it arrives, and how, is the firmware's word.
 * The two flags above are then only the default. */
#define UK_IRQ_ISA 4u

/*
 * Call fn(arg) for line `gsi` (a global system interrupt: ACPI specification 6.4, section 5.2.13).
 * Several handlers may share a line if all ask for the same signalling: each looks whether its
 * device has something to say, and silences it if the line is level-triggered. A level-triggered
 * line that nobody silences is masked for good, with one message.
 * 0; -ENODEV: no controller or no such line; -EBUSY: other signalling; -ENOSPC: no vector left.
 */
int uk_irq_line_request(unsigned int gsi, unsigned int flags, uk_irq_handler fn, void *arg);
/* The same gsi, flags, fn and arg. When it returns fn does not run and will not. Not from a
 * handler. */
void uk_irq_line_free(unsigned int gsi, unsigned int flags, uk_irq_handler fn, void *arg);

/* What a device writes to signal (PCI Local Bus Specification 3.0, section 6.8). */
struct uk_irq_msi {
	uint64_t address;
	uint32_t data;
};

/* A message of its own that calls fn(arg): fills *msi. 0, -ENODEV, -ENOSPC. */
int uk_irq_msi_request(uk_irq_handler fn, void *arg, struct uk_irq_msi *msi);
/* After the device has been told not to send it. Not from a handler. */
void uk_irq_msi_free(const struct uk_irq_msi *msi);

/* A controller has registered: interrupts may be enabled. Any context. */
bool uk_irq_ready(void);
/* This CPU is in a handler. Any context but NMI. */
bool uk_irq_in_handler(void);
/* Interrupts taken since boot, on all CPUs; a statistic. */
uint64_t uk_irq_count(void);
/* The same of one CPU, less than UK_CPUS_MAX. */
uint64_t uk_irq_count_on(unsigned int cpu);
