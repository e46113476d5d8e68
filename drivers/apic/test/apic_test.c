/* SPDX-License-Identifier: BSD-3-Clause */

/* A line from end to end: the real-time clock's periodic interrupt, ISA 8, edge-triggered. */

#include <uk/atomic.h>
#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/ioport.h>
#include <uk/irq.h>
#include <uk/test.h>

#define INDEX      0x70
#define DATA       0x71
#define STATUS_A   0x0a
#define STATUS_B   0x0b
#define STATUS_C   0x0c /* reading it acknowledges */
#define RATE_1KHZ  0x26u
#define B_PERIODIC 0x40u

static uint8_t reg_read(uint8_t reg)
{
	uk_port_out8(INDEX, reg);
	return uk_port_in8(DATA);
}

static void reg_write(uint8_t reg, uint8_t value)
{
	uk_port_out8(INDEX, reg);
	uk_port_out8(DATA, value);
}

static void tick(bool on)
{
	uint8_t b = reg_read(STATUS_B) & ~B_PERIODIC;

	reg_write(STATUS_B, on ? b | B_PERIODIC : b);
	(void)reg_read(STATUS_C);
}

static void acknowledge(void *arg)
{
	unsigned int *n = arg;

	(void)reg_read(STATUS_C);
	uk_store(n, *n + 1);
}

static void count(void *arg)
{
	unsigned int *n = arg;

	uk_store(n, *n + 1);
}

static void wait_for(unsigned int *n, unsigned int goal)
{
	uint64_t start = uk_cpu_cycles();

	while (uk_load(n) < goal && uk_cpu_cycles() - start < 20000000000ull)
		uk_cpu_relax();
}

UK_TEST(apic, line_interrupts)
{
	unsigned int a = 0, b = 0;

	if (reg_read(STATUS_B) == 0xff)
		return uk_test_skip("no real-time clock");
	reg_write(STATUS_A, RATE_1KHZ);
	UK_REQUIRE(uk_irq_line_request(8, UK_IRQ_ISA, acknowledge, &a) == 0);
	tick(true);
	wait_for(&a, 3);
	UK_EXPECT(uk_load(&a) >= 3);
	UK_EXPECT(uk_irq_line_request(8, UK_IRQ_ISA, count, &b) == 0);
	wait_for(&b, 3);
	UK_EXPECT(uk_load(&b) >= 3);
	uk_irq_line_free(8, UK_IRQ_ISA, acknowledge, &a);
	uk_irq_line_free(8, UK_IRQ_ISA, count, &b);
	tick(false);
	UK_EXPECT_EQ(uk_irq_line_request(1000, 0, count, &a), -ENODEV);
}

UK_TEST(apic, messages_have_addresses)
{
	struct uk_irq_msi first, second;
	unsigned int n = 0;

	UK_REQUIRE(uk_irq_msi_request(count, &n, &first) == 0);
	UK_REQUIRE(uk_irq_msi_request(count, &n, &second) == 0);
	UK_EXPECT_EQ(first.address >> 20, 0xfee);
	UK_EXPECT(first.data != second.data);
	uk_irq_msi_free(&first);
	uk_irq_msi_free(&second);
}
