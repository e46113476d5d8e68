/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * All processors (Intel SDM volume 3A, 9.4: multiple-processor initialisation).
 *
 * At level DEVICE the others are started, one after the other: those that the firmware's tables
 * name, or as many as the parameter `smp.cpus` says where there are no tables; it limits them
 * where there are. CPU 0 is the one that booted. A CPU that does not answer is named in a line
 * and left out; numbers have no gaps. With a scheduler they run threads from then on; without one
 * they wait, halted, for calls.
 *
 * Page-table changes (uk_page_unmap(), uk_page_protect()) reach the TLBs of all CPUs before they
 * return. So no lock may be held then that another CPU waits for with interrupts off.
 */

#include <stdbool.h>
#include <uk/defs.h>

/* CPUs that run; their numbers are 0 .. count - 1. Any context. */
unsigned int uk_smp_count(void);

/* Interrupts that this CPU (less than UK_CPUS_MAX) has got from others, for calls, changes of page
 * tables and threads; a statistic. Any context. */
uint64_t uk_smp_kicks(unsigned int cpu);

/*
 * Call fn(arg) on `cpu`, with interrupts off, in irq context there, and wait until it has
 * returned. On the calling CPU itself: a plain call with interrupts off. While waiting, this CPU
 * serves calls of others, so two that call each other go on. fn must not sleep. 0, or -EINVAL: no
 * such CPU runs. Any context but NMI.
 */
int uk_smp_call(unsigned int cpu, void (*fn)(void *arg), void *arg);
/* The same on all CPUs at the same time, this one too. */
void uk_smp_call_all(void (*fn)(void *arg), void *arg);

/* A call that is not waited for at once. The caller's, until uk_smp_wait() returns. */
struct uk_smp_request {
	void (*fn)(void *arg);
	void *arg;
	struct uk_smp_request *next; /* ours */
	uint32_t done;               /* ours */
};

/* fn and arg are set. To another CPU: threads have interrupts or preemption off. 0 or -EINVAL. Any
 * context but NMI. */
int uk_smp_post(unsigned int cpu, struct uk_smp_request *request);
/* Returns when it was called. Any context but NMI. */
void uk_smp_wait(struct uk_smp_request *request);

/*
 * The end: all other CPUs stop where they are, for good. For panics: by a non-maskable interrupt;
 * takes no lock, waits a bounded time. Any context.
 */
void uk_smp_halt_others(void);
