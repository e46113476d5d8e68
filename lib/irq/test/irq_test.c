/* SPDX-License-Identifier: BSD-3-Clause */

/* lib/irq on a controller that only takes notes. */

#include <uk/atomic.h>
#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/irqchip.h>
#include <uk/test.h>
#include <uk/trap.h>
#include <uk/vector.h>

#define LINES    16u
#define SPURIOUS (UK_VECTOR_END - 1)

static struct {
	unsigned int vector[LINES]; /* 0: masked */
	unsigned int flags[LINES];
	unsigned int eois;
	unsigned int last_eoi;
} hw;

void uk_vector_enable(unsigned int vector)
{
	UK_EXPECT(vector >= UK_VECTOR_FIRST && vector < SPURIOUS);
}

static void isa_route(unsigned int isa, unsigned int *gsi, unsigned int *flags)
{
	if (isa == 9)
		*flags |= UK_IRQ_LEVEL;
	*gsi = isa == 0 ? 2 : isa;
}

static int line_setup(unsigned int gsi, unsigned int flags, unsigned int vector)
{
	if (gsi >= LINES)
		return -ENODEV;
	hw.flags[gsi] = flags;
	uk_store(&hw.vector[gsi], vector);
	return 0;
}

static void line_mask(unsigned int gsi)
{
	uk_store(&hw.vector[gsi], 0);
}

static void msi_compose(unsigned int vector, struct uk_irq_msi *msi)
{
	msi->address = 0xfee00000;
	msi->data = vector;
}

static unsigned int msi_vector(const struct uk_irq_msi *msi)
{
	return msi->data;
}

static void eoi(unsigned int vector)
{
	uk_fetch_add(&hw.eois, 1u);
	uk_store(&hw.last_eoi, vector);
}

static bool is_spurious(unsigned int vector)
{
	return vector == SPURIOUS;
}

static const struct uk_irqchip chip = {
	isa_route, line_setup, line_mask, msi_compose, msi_vector, eoi, is_spurious,
};

static void start_chip(void)
{
	static bool done;
	static int nothing;

	if (done)
		return;
	done = true;
	UK_EXPECT(!uk_irq_ready());
	UK_EXPECT_EQ(uk_irq_line_request(3, 0, NULL, &nothing), -ENODEV);
	uk_cpu_irq_disable();
	UK_EXPECT_EQ(uk_irq_chip_register(&chip), 0);
	UK_EXPECT(uk_cpu_irq_enabled());
	UK_EXPECT_EQ(uk_irq_chip_register(&chip), -EBUSY);
	UK_EXPECT(uk_irq_ready());
}

static void count(void *arg)
{
	UK_EXPECT(uk_irq_in_handler());
	(*(unsigned int *)arg)++;
}

UK_TEST(irq, line)
{
	unsigned int n = 0;

	start_chip();
	hw.eois = 0;
	UK_REQUIRE(uk_irq_line_request(4, 0, count, &n) == 0);
	UK_REQUIRE(hw.vector[4] != 0);
	unsigned int vector = hw.vector[4];

	uk_irq_dispatch(vector);
	UK_EXPECT_EQ(n, 1);
	UK_EXPECT_EQ(hw.eois, 1);
	UK_EXPECT_EQ(hw.last_eoi, vector);
	UK_EXPECT(!uk_irq_in_handler());
	uk_irq_line_free(4, 0, count, &n);
	UK_EXPECT_EQ(hw.vector[4], 0);
	uk_irq_dispatch(vector); /* was on its way: a message, and nothing else */
	UK_EXPECT_EQ(n, 1);
	UK_EXPECT_EQ(hw.eois, 2);
}

UK_TEST(irq, shared_line)
{
	unsigned int a = 0, b = 0, level = UK_IRQ_LEVEL | UK_IRQ_LOW;

	start_chip();
	UK_REQUIRE(uk_irq_line_request(5, level, count, &a) == 0);
	UK_EXPECT_EQ(uk_irq_line_request(5, 0, count, &b), -EBUSY);
	UK_REQUIRE(uk_irq_line_request(5, level, count, &b) == 0);
	UK_EXPECT_EQ(hw.flags[5], level);
	uk_irq_dispatch(hw.vector[5]);
	UK_EXPECT(a == 1 && b == 1);
	uk_irq_line_free(5, level, count, &a);
	uk_irq_dispatch(hw.vector[5]);
	UK_EXPECT(a == 1 && b == 2);
	uk_irq_line_free(5, level, count, &b);
	UK_EXPECT_EQ(hw.vector[5], 0);
}

UK_TEST(irq, isa_goes_where_firmware_says)
{
	unsigned int n = 0;

	start_chip();
	UK_REQUIRE(uk_irq_line_request(0, UK_IRQ_ISA, count, &n) == 0);
	UK_EXPECT(hw.vector[2] != 0 && hw.vector[0] == 0);
	uk_irq_line_free(0, UK_IRQ_ISA, count, &n);
	UK_EXPECT_EQ(hw.vector[2], 0);
	UK_REQUIRE(uk_irq_line_request(9, UK_IRQ_ISA, count, &n) == 0);
	UK_EXPECT_EQ(hw.flags[9], UK_IRQ_LEVEL);
	uk_irq_line_free(9, UK_IRQ_ISA, count, &n);
	UK_EXPECT_EQ(uk_irq_line_request(LINES, 0, count, &n), -ENODEV);
	UK_EXPECT_EQ(uk_irq_line_request(1u << 20, 0, count, &n), -ENODEV);
}

UK_TEST(irq, messages_until_vectors_run_out)
{
	struct uk_irq_msi msi[UK_VECTOR_END];
	unsigned int n = 0, got = 0;

	start_chip();
	while (got < UK_VECTOR_END && uk_irq_msi_request(count, &n, &msi[got]) == 0)
		got++;
	/* All but the spurious one. */
	UK_EXPECT_EQ(got, UK_VECTOR_END - UK_VECTOR_FIRST - 1);
	UK_EXPECT_EQ(uk_irq_line_request(4, 0, count, &n), -ENOSPC);
	uk_irq_dispatch(msi[0].data);
	uk_irq_dispatch(msi[got - 1].data);
	UK_EXPECT_EQ(n, 2);
	while (got > 0)
		uk_irq_msi_free(&msi[--got]);
	UK_REQUIRE(uk_irq_line_request(4, 0, count, &n) == 0);
	uk_irq_line_free(4, 0, count, &n);
}

UK_TEST(irq, spurious_is_nobodys)
{
	start_chip();
	hw.eois = 0;
	uk_irq_dispatch(SPURIOUS);
	UK_EXPECT_EQ(hw.eois, 0);
}

static void nothing(void *arg)
{
	(void)arg;
}

UK_TEST(irq, storm_is_masked)
{
	start_chip();
	UK_REQUIRE(uk_irq_line_request(7, UK_IRQ_LEVEL, nothing, NULL) == 0);
	unsigned int vector = hw.vector[7];

	for (unsigned int i = 0; i < 1u << 21 && hw.vector[7] != 0; i++)
		uk_irq_dispatch(vector);
	UK_EXPECT_EQ(hw.vector[7], 0);
	uk_irq_line_free(7, UK_IRQ_LEVEL, nothing, NULL);
}

/* The first two CPUs ask and free, each a line of its own; the others interrupt: after free
 * nobody touches the argument. */
static void touch(void *arg)
{
	UK_EXPECT_EQ(uk_load((unsigned int *)arg), 42u);
}

static void ask_and_free(unsigned int line)
{
	static unsigned int alive[LINES];

	uk_store(&alive[line], 42u);
	UK_EXPECT_EQ(uk_irq_line_request(line, 0, touch, &alive[line]), 0);
	if (UK_CPUS_MAX > 1)
		uk_cpu_relax();
	uk_irq_line_free(line, 0, touch, &alive[line]);
	uk_store(&alive[line], 0u);
}

static void ask_or_interrupt(unsigned int cpu, void *arg)
{
	(void)arg;
	for (int i = 0; i < 2000; i++) {
		unsigned int vector = uk_load(&hw.vector[6 + i % 2]);

		if (cpu < 2)
			ask_and_free(6 + cpu);
		else if (vector != 0)
			uk_irq_dispatch(vector);
		uk_cpu_relax();
	}
}

UK_TEST(irq, freed_while_it_comes)
{
	start_chip();
	uk_test_smp(ask_or_interrupt, NULL);
	UK_EXPECT(hw.vector[6] == 0 && hw.vector[7] == 0);
}
