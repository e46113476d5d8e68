/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The local APIC: x2APIC (registers are MSRs) where CPUID offers it, else by memory.
 */

#include "apic.h"
#include <uk/atomic.h>
#include <uk/cpu.h>
#include <uk/cpuid.h>
#include <uk/errno.h>
#include <uk/log.h>
#include <uk/mmio.h>
#include <uk/mmu.h>
#include <uk/msr.h>

#define CPUID_APIC  (1u << 9)  /* leaf 1, edx */
#define BASE_ENABLE (1u << 11) /* IA32_APIC_BASE */
#define BASE_X2APIC (1u << 10)
#define MSR_X2APIC  0x800u
#define SVR_ENABLE  (1u << 8)
#define LVT_NMI     (4u << 8)
#define ICR_PENDING (1u << 12)

#define SEND_PATIENCE 100000u /* looks whether a message has gone; the panic sends some, too */

static volatile char *base; /* NULL: x2APIC */

uint32_t uk__apic_read(unsigned int reg)
{
	if (!base)
		return (uint32_t)uk_msr_read(MSR_X2APIC + (reg >> 4));
	return uk_mmio_read32(base + reg);
}

void uk__apic_write(unsigned int reg, uint32_t value)
{
	if (!base)
		uk_msr_write(MSR_X2APIC + (reg >> 4), value);
	else
		uk_mmio_write32(base + reg, value);
}

uint32_t uk__apic_id(void)
{
	uint32_t id = uk__apic_read(UK__LAPIC_ID);

	return base ? id >> 24 : id;
}

/* 8 bits, in x2APIC 32, of which all ones are the broadcast (SDM 11.6.2, 11.12.9). */
uint32_t uk__apic_last(void)
{
	return base ? 0xfe : 0xfffffffe;
}

/* This CPU's, in the mode of all. Returns where its registers are without x2APIC. */
static uk_paddr_t switch_on(void)
{
	uint64_t msr = uk_msr_read(UK_MSR_APIC_BASE);

	/* On before x2APIC: there is no way from off to that (Intel SDM volume 3A, 11.12.5). */
	if (!(msr & BASE_ENABLE))
		uk_msr_write(UK_MSR_APIC_BASE, msr |= BASE_ENABLE);
	if (uk_cpu_features & UK_CPU_X2APIC)
		uk_msr_write(UK_MSR_APIC_BASE, msr | BASE_X2APIC);
	return UK_ALIGN_DOWN(msr & 0xffffffffffull, UK_PAGE_SIZE);
}

/* LINT0 is the PIC, which is masked; LINT1 is NMI by convention. */
static void enable(void)
{
	uk__apic_write(UK__LAPIC_LVT_TIMER, UK__LAPIC_MASKED);
	uk__apic_write(UK__LAPIC_LVT_LINT0, UK__LAPIC_MASKED);
	uk__apic_write(UK__LAPIC_LVT_LINT1, LVT_NMI);
	uk__apic_write(UK__LAPIC_LVT_ERROR, UK__LAPIC_MASKED);
	uk__apic_write(UK__LAPIC_TPR, 0);
	uk__apic_write(UK__LAPIC_SVR, SVR_ENABLE | UK__APIC_SPURIOUS);
}

int uk__apic_local_init(void)
{
	if (!(uk_cpuid(1, 0).edx & CPUID_APIC))
		return -ENODEV;
	uk_paddr_t at = switch_on();

	if (!(uk_cpu_features & UK_CPU_X2APIC)) {
		base = uk_mmio_map(at, UK_PAGE_SIZE);
		if (!base)
			return -ENOMEM;
	}
	enable();
	uk_dbg("local %s %u", base ? "xAPIC" : "x2APIC", uk__apic_id());
	return 0;
}

void uk__apic_local_enter(void)
{
	(void)switch_on();
	enable();
}

/* Interrupts off from the first register to the second: a handler may send, too. */
void uk__apic_send(uint32_t id, uint32_t command)
{
	uk_irqflags_t flags = uk_cpu_irq_save();

	if (base) {
		uk__apic_write(UK__LAPIC_ICR_HIGH, id << 24);
		uk__apic_write(UK__LAPIC_ICR, command);
		for (unsigned int i = 0; i < SEND_PATIENCE; i++) {
			if (!(uk__apic_read(UK__LAPIC_ICR) & ICR_PENDING))
				break;
			uk_cpu_relax();
		}
	} else {
		/* What was written before is seen by who gets it: not implied (SDM 11.12.3). */
		uk_mb();
		uk_msr_write(MSR_X2APIC + (UK__LAPIC_ICR >> 4), (uint64_t)id << 32 | command);
	}
	uk_cpu_irq_restore(flags);
}
