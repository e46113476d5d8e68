/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Messages between local APICs (Intel SDM volume 3A, section 11.6): other CPUs are started,
 * kicked and stopped by them. Who there is says the MADT (ACPI 6.4, section 5.2.12).
 */

#include "apic.h"
#include <uk/acpi.h>
#include <uk/cpustart.h>
#include <uk/irqchip.h>

#define ICR_INIT   (5u << 8)
#define ICR_START  (6u << 8)
#define ICR_NMI    (4u << 8)
#define ICR_ASSERT (1u << 14)

static uint32_t vector; /* of kicks */

static bool is_listed(const uint32_t *ids, unsigned int n, uint32_t id)
{
	for (unsigned int i = 0; i < n; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/*
 * A CPU may be listed twice, by its two kinds of numbers. What no message can name is left out: it
 * would reach another one, or all, and this one with them.
 */
static unsigned int find(uint32_t *ids, unsigned int max)
{
	const struct uk_acpi_table *madt = CONFIG_LIB_ACPI ? uk_acpi_find("APIC") : NULL;
	struct uk_acpi_madt_entry entry;
	uint32_t self = uk__apic_id();
	unsigned int n = 0;
	size_t pos = 0;

	while (madt && n < max && uk_acpi_madt_next(madt, &pos, &entry)) {
		if (entry.type != UK_ACPI_MADT_LAPIC && entry.type != UK_ACPI_MADT_X2APIC)
			continue;
		if (!entry.cpu.usable || entry.cpu.id == self || entry.cpu.id > uk__apic_last())
			continue;
		if (!is_listed(ids, n, entry.cpu.id))
			ids[n++] = entry.cpu.id;
	}
	return n;
}

static void reset(uint32_t id)
{
	uk__apic_send(id, ICR_INIT | ICR_ASSERT);
}

static void start(uint32_t id, uk_paddr_t at)
{
	uk__apic_send(id, ICR_START | ICR_ASSERT | (uint32_t)(at >> UK_PAGE_SHIFT));
}

static void enter(void)
{
	uk__apic_local_enter();
	if (CONFIG_LIB_TIMER)
		uk__apic_timer_enter();
}

static void kick(uint32_t id)
{
	uk__apic_send(id, ICR_ASSERT | vector);
}

static void nmi(uint32_t id)
{
	uk__apic_send(id, ICR_NMI | ICR_ASSERT);
}

static void kicked(void *unused)
{
	(void)unused;
	uk_smp_interrupt();
}

static const struct uk_smp_chip chip = {
	.find = find,
	.self = uk__apic_id,
	.reset = reset,
	.start = start,
	.enter = enter,
	.kick = kick,
	.nmi = nmi,
};

int uk__apic_smp_init(void)
{
	int got = uk_irq_local_request(kicked, NULL);

	if (got < 0)
		return got;
	vector = (uint32_t)got;
	uk_smp_chip_register(&chip);
	return 0;
}
