/* SPDX-License-Identifier: BSD-3-Clause */
/* Which CPUs the firmware's table names, and which of them a message may be sent to. */

#include "../apic.h"

#include <uk/acpi.h>
#include <uk/cpustart.h>
#include <uk/irqchip.h>
#include <uk/string.h>
#include <uk/test.h>

#define SELF 3u
#define MAX  8u

static const struct uk_smp_chip *chip;
static uint32_t last; /* number that can be named */
static uint8_t madt[256] uk_aligned(16);

/* In place of the other files, lib/acpi's tables, lib/irq and lib/smp. */
uint32_t uk__apic_id(void)
{
	return SELF;
}

uint32_t uk__apic_last(void)
{
	return last;
}

void uk__apic_send(uint32_t id uk_unused, uint32_t command uk_unused)
{
}

void uk__apic_local_enter(void)
{
}

const struct uk_acpi_table *uk_acpi_find(const char sig[4])
{
	UK_EXPECT_EQ(memcmp(sig, "APIC", 4), 0);
	return (const struct uk_acpi_table *)madt;
}

int uk_irq_local_request(uk_irq_handler fn uk_unused, void *arg uk_unused)
{
	return 40;
}

void uk_smp_interrupt(void)
{
}

void uk_smp_chip_register(const struct uk_smp_chip *registered)
{
	chip = registered;
}

static void begin(void)
{
	static const uint8_t head[] = { 'A', 'P', 'I', 'C', sizeof(struct uk_acpi_table) + 8 };

	memset(madt, 0, sizeof(madt));
	memcpy(madt, head, sizeof(head));
	UK_EXPECT_EQ(uk__apic_smp_init(), 0);
}

static uint8_t *grow(uint8_t type, uint8_t len)
{
	uint8_t *entry = madt + madt[4];

	entry[0] = type;
	entry[1] = len;
	madt[4] = (uint8_t)(madt[4] + len);
	return entry;
}

static void add(uint8_t id)
{
	uint8_t *entry = grow(UK_ACPI_MADT_LAPIC, 8);

	entry[3] = id;
	entry[4] = 1;
}

static void add_wide(uint32_t id)
{
	uint8_t *entry = grow(UK_ACPI_MADT_X2APIC, 16);

	memcpy(entry + 4, &id, 4);
	entry[8] = 1;
}

static void expect(unsigned int n, uint32_t first, uint32_t second)
{
	uint32_t ids[MAX] = { 0 };

	UK_EXPECT_EQ(chip->find(ids, MAX), n);
	UK_EXPECT(ids[0] == first && ids[1] == second);
}

UK_TEST(apic, each_other_cpu_once)
{
	begin();
	last = 254;
	add(1);
	add(SELF);
	add_wide(1);
	add_wide(7);
	add(9);
	madt[madt[4] - 4] = 0; /* not enabled */
	add_wide(10);
	madt[madt[4] - 8] = 2; /* nor this one, which may be brought online */
	expect(2, 1, 7);
}

/* xAPIC numbers have 8 bits: 255 is every CPU, and 256 would be CPU 0. */
UK_TEST(apic, hostile_numbers_that_no_message_can_name)
{
	begin();
	last = 254;
	add(255);
	add_wide(255);
	add_wide(256);
	add_wide(0xffffffff);
	add_wide(254);
	add_wide(0x103);
	add(2);
	expect(2, 254, 2);
	last = 0xfffffffe; /* x2APIC: all ones are every CPU */
	begin();
	add_wide(0xffffffff);
	add_wide(256);
	add_wide(0xfffffffe);
	expect(2, 256, 0xfffffffe);
}
