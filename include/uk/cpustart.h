/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The way of other CPUs into the image: contract between lib/smp, which starts them one after
 * the other, plat, which knows how they arrive, and the interrupt controller's driver, which
 * wakes them. Only with LIB_SMP. Boot context but where said.
 */

#include <stdbool.h>
#include <uk/defs.h>

/*
 * plat: make ready the code that CPUs begin with. *at is its address, as the controller wants it
 * told. 0; -ENOMEM: no memory of the kind that it takes.
 */
int uk_plat_cpus_open(uk_paddr_t *at);
/*
 * The CPU that comes next is to be number `cpu` and run on stacks that `stack` gives: size bytes
 * with a guard below, the lowest address, NULL: none. 0 or -ENOMEM. Once for each number.
 */
int uk_plat_cpu_prepare(unsigned int cpu, void *(*stack)(size_t size));
/* Let one CPU in, as the one that was prepared last. */
void uk_plat_cpu_admit(void);
/* Let none in. True: nobody has come since uk_plat_cpu_admit(), and nobody can now. */
bool uk_plat_cpu_refuse(void);
/* No more are started: what was only for their first instructions is not mapped any more. */
void uk_plat_cpus_close(void);

/*
 * lib/smp: where plat sends a new CPU, on its own stack, with descriptor tables, protections and
 * uk_cpu_id() as they stay, interrupts off.
 */
uk_noreturn void uk_smp_main(void);

/* The interrupt controller's part. CPUs are named as the hardware does. */
struct uk_smp_chip {
	/* Those that the firmware tells of, but the calling one: at most max of them into ids. */
	unsigned int (*find)(uint32_t *ids, unsigned int max);
	/* Of the calling CPU. Any context. */
	uint32_t (*self)(void);
	/* Back to its beginning, where it waits. Takes effect within 10 ms. */
	void (*reset)(uint32_t id);
	/* Begin at `at`. A second one is lost on a CPU that runs. */
	void (*start)(uint32_t id, uk_paddr_t at);
	/* On a CPU that was started: it takes interrupts from now on. */
	void (*enter)(void);
	/* Make it call uk_smp_interrupt(). Any context. */
	void (*kick)(uint32_t id);
	/* Make it take a non-maskable interrupt. Any context. */
	void (*nmi)(uint32_t id);
};

/* Before level DEVICE. `chip` stays valid. */
void uk_smp_chip_register(const struct uk_smp_chip *chip);
/* On a CPU that was kicked: does what it was asked for. Any context but NMI. */
void uk_smp_interrupt(void);

/* lib/smp, for a scheduler: that CPU, which runs, takes an interrupt and calls uk_sched_kicked().
 * Any context but NMI. */
void uk_smp_kick(unsigned int cpu);
