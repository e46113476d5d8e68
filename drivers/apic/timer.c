/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The local APIC's timer (Intel SDM volume 3A, section 11.5.4): TSC deadline where the CPU has
 * it, else the one-shot counter. Its rate is the hypervisor's word, or it is learned on the
 * way: what was counted between two settings is compared with the clock. Until then the rate
 * is taken too low, so that interrupts come early, which costs another one, and never late.
 */

#include "apic.h"
#include <uk/atomic.h>
#include <uk/clock.h>
#include <uk/cpu.h>
#include <uk/cpuid.h>
#include <uk/irqchip.h>
#include <uk/log.h>
#include <uk/msr.h>
#include <uk/timer.h>

#define MODE_DEADLINE (2u << 17)
#define DIVIDE_BY_1   0x0bu

#define FIRST_GUESS       ((10ull << 32) / 1000) /* 10 MHz, as counts x 2^32 per ns */
#define LEARN_MIN         (100 * UK_NSEC_PER_USEC)
#define LEARN_MAX         (200 * UK_NSEC_PER_MSEC)
#define DOUBT             (2 * UK_NSEC_PER_USEC) /* two ticks of a PIT: a clock may go by them */
#define HYPERVISOR_TIMING 0x40000010u /* kHz: eax cycle counter, ebx bus (VMware's leaf) */

static struct {
	uint64_t rate;      /* counts x 2^32 per ns */
	uk_nsec_t baseline; /* what it was learned from; LEARN_MAX and more: for good */
	uk_nsec_t armed_at;
	uint32_t initial;
} timers[UK_CPUS_MAX];

static uint32_t lvt; /* what each CPU's timer is set to, LIB_SMP */

static uint64_t scale(uint64_t ns, uint64_t rate)
{
	return (uint64_t)(((unsigned __int128)ns * rate) >> 32);
}

/*
 * The counter has run from `initial` since armed_at. The clock is read before it was set and
 * after it is read now: the rate comes out too low rather than too high, but if the clock lost
 * time. At 0 it may have stopped long ago: then this is a lower bound, also after a short time, or
 * short deadlines would teach nothing.
 */
static void learn(unsigned int cpu)
{
	uint32_t current = uk__apic_read(UK__LAPIC_CURRENT);
	uk_nsec_t ns = uk_clock_now() - timers[cpu].armed_at;
	uint64_t counts = timers[cpu].initial - current;

	if (ns > 8 * (uk_nsec_t)UK_NSEC_PER_SEC || timers[cpu].armed_at < uk_clock_gap())
		return;
	uint64_t rate = (counts << 32) / (uint64_t)(ns + (uk_nsec_t)DOUBT);

	if (current == 0) {
		if (rate > timers[cpu].rate)
			timers[cpu].rate = rate;
		else if (ns >= (uk_nsec_t)LEARN_MAX && timers[cpu].rate - rate < rate / 1024)
			timers[cpu].baseline = LEARN_MAX;
	} else if (ns >= (uk_nsec_t)LEARN_MIN && ns >= 2 * timers[cpu].baseline) {
		timers[cpu].rate = rate;
		timers[cpu].baseline = ns;
	}
}

static void arm_counter(uk_nsec_t deadline, uk_nsec_t delta)
{
	unsigned int cpu = uk_cpu_id();

	(void)deadline;
	if (timers[cpu].baseline < (uk_nsec_t)LEARN_MAX) {
		learn(cpu);
		timers[cpu].armed_at = uk_clock_now();
	}
	uint64_t counts = scale((uint64_t)delta, timers[cpu].rate) + 1;

	timers[cpu].initial = (uint32_t)UK_MIN(counts, 0xffffffffull);
	uk__apic_write(UK__LAPIC_INITIAL, timers[cpu].initial);
}

static void arm_deadline(uk_nsec_t deadline, uk_nsec_t delta)
{
	uint64_t cycles;

	/* Without a rate yet: as many cycles as a slow CPU has in that time; it comes too early. */
	if (!uk_clock_to_cycles(deadline, &cycles))
		cycles = uk_cpu_cycles() + (uint64_t)delta / 4;
	uk_msr_write(UK_MSR_TSC_DEADLINE, UK_MAX(cycles, 1ull));
}

static const struct uk_timer_device counter = { .arm = arm_counter };
static const struct uk_timer_device deadline_timer = { .arm = arm_deadline };

/* kHz of the bus clock, 0: not told. */
static uint32_t told_rate(void)
{
	if (!(uk_cpu_features & UK_CPU_HYPERVISOR) ||
	    uk_cpuid(0x40000000u, 0).eax < HYPERVISOR_TIMING)
		return 0;
	return uk_cpuid(HYPERVISOR_TIMING, 0).ebx;
}

static void start_counter(unsigned int cpu)
{
	uint32_t khz = told_rate();

	timers[cpu].rate = FIRST_GUESS;
	if (khz != 0) {
		timers[cpu].rate = ((uint64_t)khz << 32) / 1000000;
		timers[cpu].baseline = LEARN_MAX;
	}
	/* Let it run, without an interrupt: something to learn from at the first arming. */
	timers[cpu].initial = 0xffffffff;
	timers[cpu].armed_at = uk_clock_now();
	uk__apic_write(UK__LAPIC_DIVIDE, DIVIDE_BY_1);
	uk__apic_write(UK__LAPIC_INITIAL, timers[cpu].initial);
}

static void expired(void *unused)
{
	(void)unused;
	uk_timer_expire();
}

int uk__apic_timer_init(void)
{
	int vector = uk_irq_local_request(expired, NULL);

	if (vector < 0)
		return vector;
	if (CONFIG_LIB_SMP)
		lvt = (uint32_t)vector;
	if (uk_cpu_features & UK_CPU_TSC_DEADLINE) {
		uk_dbg("timer by TSC deadline");
		uk__apic_write(UK__LAPIC_LVT_TIMER, (uint32_t)vector | MODE_DEADLINE);
		/* SDM 11.5.4.1: the LVT write in memory before the first write of the MSR. */
		uk_mb();
		return uk_timer_device_register(&deadline_timer);
	}
	start_counter(uk_cpu_id());
	uk__apic_write(UK__LAPIC_LVT_TIMER, (uint32_t)vector);
	return uk_timer_device_register(&counter);
}

void uk__apic_timer_enter(void)
{
	if (uk_cpu_features & UK_CPU_TSC_DEADLINE) {
		uk__apic_write(UK__LAPIC_LVT_TIMER, lvt | MODE_DEADLINE);
		uk_mb(); /* as above */
		return;
	}
	start_counter(uk_cpu_id());
	uk__apic_write(UK__LAPIC_LVT_TIMER, lvt);
}
