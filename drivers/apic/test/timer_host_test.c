/* SPDX-License-Identifier: BSD-3-Clause */
/* The counter's rate, learned by a clock that loses time and knows it. */

#include "../timer.c"

#include <uk/test.h>

#define HZ 1000000000ull /* of the counter: one a nanosecond */

static const struct uk_timer_device *device;
static uk_nsec_t real, seen, gap; /* time, and what the clock says */
static uk_nsec_t set_at;          /* real */
static uint32_t initial;

/* In place of lapic.c, lib/clock and lib/timer. */
uint32_t uk__apic_read(unsigned int reg)
{
	uint64_t counts = (uint64_t)(real - set_at) * HZ / 1000000000;

	UK_EXPECT_EQ(reg, UK__LAPIC_CURRENT);
	return counts < initial ? initial - (uint32_t)counts : 0;
}

void uk__apic_write(unsigned int reg, uint32_t value)
{
	if (reg != UK__LAPIC_INITIAL)
		return;
	initial = value;
	set_at = real;
}

uk_nsec_t uk_clock_now(void)
{
	return seen;
}

uk_nsec_t uk_clock_gap(void)
{
	return gap;
}

bool uk_clock_to_cycles(uk_nsec_t deadline uk_unused, uint64_t *cycles uk_unused)
{
	return false;
}

int uk_timer_device_register(const struct uk_timer_device *registered)
{
	device = registered;
	return 0;
}

void uk_timer_expire(void)
{
}

static void pass(uk_nsec_t ns, uk_nsec_t clock)
{
	real += ns;
	seen += clock;
}

/* So that the interrupt comes after `ns`, or earlier. */
static uint32_t counts_for(uk_nsec_t ns)
{
	device->arm(seen + ns, ns);
	return initial;
}

/* What went by while the clock did not look would be far too much for the time that it saw. */
UK_TEST(apic, nothing_is_learned_across_a_gap)
{
	const uk_nsec_t ms = (uk_nsec_t)UK_NSEC_PER_MSEC;

	UK_REQUIRE(uk__apic_timer_init() == 0 && device);
	pass(1000 * ms, ms);
	gap = seen;
	UK_EXPECT(counts_for(10 * ms) <= 10 * HZ / 1000);
	/* From there on it learns. */
	uint32_t guess = initial;

	pass(ms, ms);
	UK_EXPECT(counts_for(10 * ms) > guess);
	UK_EXPECT(initial <= 10 * HZ / 1000);
}
