/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The PC's interrupt controllers as one chip: legacy PIC masked, local APIC, IO-APICs.
 */

#include "apic.h"
#include <uk/errno.h>
#include <uk/init.h>
#include <uk/ioport.h>
#include <uk/irqchip.h>
#include <uk/log.h>
#include <uk/vector.h>

#define PIC_MASK_1 0x21
#define PIC_MASK_2 0xa1

/* Intel SDM volume 3A, section 11.11: fixed delivery, edge, to one CPU. */
#define MSI_ADDRESS 0xfee00000u

static void msi_compose(unsigned int vector, struct uk_irq_msi *msi)
{
	msi->address = MSI_ADDRESS | (uk__apic_id() & 0xff) << 12;
	msi->data = vector;
}

static unsigned int msi_vector(const struct uk_irq_msi *msi)
{
	return msi->data & 0xff;
}

static void eoi(unsigned int vector)
{
	(void)vector;
	uk__apic_write(UK__LAPIC_EOI, 0);
}

static bool is_spurious(unsigned int vector)
{
	return vector == UK__APIC_SPURIOUS;
}

static const struct uk_irqchip chip = {
	.isa_route = uk__apic_isa_route,
	.line_setup = uk__apic_line_setup,
	.line_mask = uk__apic_line_mask,
	.msi_compose = msi_compose,
	.msi_vector = msi_vector,
	.eoi = eoi,
	.is_spurious = is_spurious,
};

static int apic_init(void)
{
	uk_port_out8(PIC_MASK_1, 0xff);
	uk_port_out8(PIC_MASK_2, 0xff);
	int err = uk__apic_local_init();

	if (err != 0) {
		uk_err("no local APIC: no interrupts, no timers");
		return err;
	}
	uk_vector_enable(UK__APIC_SPURIOUS);
	err = uk_irq_chip_register(&chip);
	if (err == 0 && CONFIG_LIB_TIMER)
		err = uk__apic_timer_init();
	if (err == 0 && CONFIG_LIB_SMP)
		err = uk__apic_smp_init();
	return err;
}
UK_INIT(CORE, apic_init);
