/* SPDX-License-Identifier: BSD-3-Clause */

/* A counter of any rate, seen through a clock that has ticks and takes time to be read. */

#include "../rate.h"
#include <uk/test.h>

static const struct machine {
	uint64_t hz;    /* the counter's */
	uk_nsec_t tick; /* the clock's */
	uk_nsec_t read; /* what reading the clock, or setting the counter, takes */
} machines[] = {
	{ 1000000000, 1, 20 },     /* an emulator that counts instructions */
	{ 1000000000, 280, 1500 }, /* by the PM timer */
	{ 1000000000, 838, 3000 }, /* by the PIT */
	{ 24000000, 1, 100 },      { 66000000, 838, 100 }, { 200000000, 10, 200 },
	{ 6000000000, 838, 50 },   { 10000000, 1, 0 },
};

static uk_nsec_t seen(const struct machine *m, uk_nsec_t now)
{
	return now - now % m->tick;
}

/* Sleeps until `deadline` from *now on, as timer.c does; how often the counter was set. */
static unsigned int sleep(const struct machine *m, struct uk__apic_rate *r, uk_nsec_t *now,
			  uk_nsec_t deadline)
{
	unsigned int n = 0;

	while (seen(m, *now) < deadline && n < 1000) {
		uk_nsec_t delta = deadline - seen(m, *now);
		uint64_t counts =
			(uint64_t)(((unsigned __int128)(uint64_t)delta * r->rate) >> 32) + 1;
		uint32_t initial = (uint32_t)UK_MIN(counts, 0xffffffffull);
		uk_nsec_t armed = seen(m, *now);

		*now += m->read;
		*now += (uk_nsec_t)((uint64_t)initial * 1000 / (m->hz / 1000000));
		UK_EXPECT(*now <= deadline + m->tick + m->read + delta / 1000 + 1000);
		*now += m->read;
		if (r->baseline < UK__APIC_LEARN_MAX)
			uk__apic_rate_learn(r, initial, seen(m, *now) - armed, true);
		n++;
	}
	return n;
}

/* A few interrupts from a guess that is wrong by 600 times to one that is right, none late. */
UK_TEST(apic, rate_is_found_soon)
{
	for (unsigned int i = 0; i < UK_ARRAY_SIZE(machines); i++) {
		struct uk__apic_rate r = { .rate = UK__APIC_RATE_GUESS };
		uk_nsec_t now = 12345;
		unsigned int n = sleep(&machines[i], &r, &now, now + (uk_nsec_t)UK_NSEC_PER_MSEC);

		n += sleep(&machines[i], &r, &now, now + 10 * (uk_nsec_t)UK_NSEC_PER_MSEC);
		UK_EXPECT(n <= 8);
		n = 0;
		for (int j = 0; j < 100; j++)
			n += sleep(&machines[i], &r, &now, now + 10 * (uk_nsec_t)UK_NSEC_PER_MSEC);
		UK_EXPECT(n <= 250);
	}
}

/* What is read on the way, while it counts, is right as far as the clock is. */
UK_TEST(apic, rate_is_not_above_the_truth)
{
	struct uk__apic_rate r = { .rate = UK__APIC_RATE_GUESS };
	uk_nsec_t one_usec = UK_NSEC_PER_USEC;

	uk__apic_rate_learn(&r, 4000, 4 * one_usec, false); /* too short for more than a bound */
	UK_EXPECT(r.rate > UK__APIC_RATE_GUESS && r.rate <= (1ull << 32) && r.baseline == 0);
	/* 1 GHz, and a clock that shows two of its ticks too few. */
	for (uk_nsec_t ns = 7 * one_usec; ns < 20000 * one_usec; ns *= 3) {
		uk__apic_rate_learn(&r, (uint32_t)ns, ns - 1676, false);
		UK_EXPECT(r.rate <= (1ull << 32) + (1ull << 32) / 5000);
	}
	uk__apic_rate_learn(&r, 100000000, 300000 * one_usec, false);
	UK_EXPECT(r.baseline >= UK__APIC_LEARN_MAX);
}
