/* SPDX-License-Identifier: BSD-3-Clause */

/* The search for the counter's rate, on a simulated machine with a noisy reference. */

#include "../model.h"
#include <uk/test.h>

struct machine {
	double hz; /* of the cycle counter */
	double ref_hz;
	unsigned int bits;
	double width; /* typical ns between the two readings of a sample */
	double stall; /* now and then the virtual CPU is away for so many ns */
	double start; /* ns: counters do not begin at 0 */
};

static struct uk_clock_sample sample_at(const struct machine *m, double ns)
{
	double width = m->width * (0.5 + (double)uk_test_random_below(1000) / 1000);
	struct uk_clock_sample s;

	if (m->stall > 0 && uk_test_random_below(4) == 0)
		width += m->stall * (double)uk_test_random_below(1000) / 1000;
	double moment = ns + width * (double)uk_test_random_below(1000) / 1000;

	s.before = (uint64_t)((m->start + ns) * m->hz / 1e9);
	s.after = (uint64_t)((m->start + ns + width) * m->hz / 1e9);
	s.count = (uint64_t)((m->start + moment) * m->ref_hz / 1e9) & ((1ull << m->bits) - 1);
	return s;
}

/* As a share of what the model takes for right. */
static double error_of(const struct machine *m, const struct uk__clock_model *model)
{
	double right = 1e9 / m->hz * 4294967296.0;
	double error = ((double)model->mult - right) / (double)model->mult;

	return error < 0 ? -error : error;
}

static bool bound_holds(const struct machine *m, const struct uk__clock_model *model)
{
	return error_of(m, model) <= (double)model->error / 4294967296.0 + 1e-6;
}

static bool is_rate(enum uk__clock_verdict verdict)
{
	return verdict == UK__CLOCK_BETTER || verdict == UK__CLOCK_SAME;
}

static double end_of(const struct machine *m, const struct uk_clock_sample *s)
{
	return (double)s->after * 1e9 / m->hz - m->start;
}

/* Follows the model's own plan for `seconds`; returns the error of the rate at the end. */
static double follow(const struct machine *m, double first_ns, double seconds)
{
	struct uk__clock_model model;
	struct uk_clock_sample s = sample_at(m, 0);
	double ns = first_ns;
	bool known = false;
	uint64_t elapsed;

	uk__clock_model_start(&model, (uint32_t)m->ref_hz, m->bits, &s);
	while (ns < seconds * 1e9 && model.next != UK_NSEC_NEVER) {
		ns = UK_MAX(ns, end_of(m, &s)); /* one after the other */
		s = sample_at(m, ns);
		known |= is_rate(uk__clock_model_add(&model, &s, &elapsed));
		UK_EXPECT(bound_holds(m, &model));
		ns += model.next == UK_NSEC_NEVER ? 0 : (double)model.next;
	}
	UK_EXPECT(known);
	return error_of(m, &model);
}

static const struct machine machines[] = {
	{ 2445e6, 1193182, 16, 1500, 0, 12345678 },         /* PIT */
	{ 2445e6, 1193182, 16, 3000, 300000, 99000000 },    /* PIT, loaded host */
	{ 3000e6, 3579545, 24, 1000, 1000000, 4600000000 }, /* PM timer about to wrap */
	{ 1000e6, 100000000, 32, 800, 0, 0 },               /* HPET of QEMU */
	{ 5200e6, 14318180, 32, 500, 2000000, 1e12 },
	{ 500e6, 1193182, 16, 5000, 500000, 54000000 },
};

UK_TEST(clock_model, finds_the_rate)
{
	for (unsigned int i = 0; i < UK_ARRAY_SIZE(machines); i++) {
		for (int run = 0; run < 50; run++)
			UK_EXPECT(follow(&machines[i], 1.1e6, 5) < 0.0005);
	}
}

/* The first use of the clock may come at any time after the anchor. */
UK_TEST(clock_model, first_use_at_any_time)
{
	for (unsigned int i = 0; i < UK_ARRAY_SIZE(machines); i++) {
		for (double first = 1e4; first < 1e11; first *= 3)
			UK_EXPECT(follow(&machines[i], first, first / 1e9 + 5) < 0.0005);
	}
}

UK_TEST(clock_model, says_early_and_anchors)
{
	const struct machine *m = &machines[0];
	struct uk__clock_model model;
	struct uk_clock_sample s = sample_at(m, 0);
	uint64_t elapsed;

	uk__clock_model_start(&model, (uint32_t)m->ref_hz, m->bits, &s);
	/* 200 ms, and nobody knows how often the PIT has wrapped. */
	s = sample_at(m, 2e8);
	UK_EXPECT_EQ(uk__clock_model_add(&model, &s, &elapsed), UK__CLOCK_ANCHORED);
	UK_EXPECT_EQ(elapsed, 0);
	s = sample_at(m, 2.005e8);
	UK_EXPECT_EQ(uk__clock_model_add(&model, &s, &elapsed), UK__CLOCK_EARLY);
	UK_EXPECT(elapsed > 490000 && elapsed < 510000);
	/* By a rough rate at least so much: 1 %, as it is known from half a millisecond. */
	s = sample_at(m, 5.2e9);
	UK_EXPECT_EQ(uk__clock_model_add(&model, &s, &elapsed), UK__CLOCK_ANCHORED);
	UK_EXPECT(elapsed > 4900000000 && elapsed < 5000000000);
	s = sample_at(m, 5.202e9);
	UK_EXPECT_EQ(uk__clock_model_add(&model, &s, &elapsed), UK__CLOCK_BETTER);
	UK_EXPECT(elapsed > 1990000 && elapsed < 2010000);
	/* With a rate, many wraps are counted. */
	s = sample_at(m, 5.702e9);
	(void)uk__clock_model_add(&model, &s, &elapsed);
	UK_EXPECT(elapsed > 501900000 && elapsed < 502100000);
}

/*
 * A host that is away for long, now and then, from the first microsecond on. What is told as gone
 * by was, and nothing of it is lost once a few looks in a row have made a rough rate.
 */
static void away(const struct machine *m, double longest)
{
	struct uk__clock_model model;
	struct uk_clock_sample s = sample_at(m, 0);
	double ns = 0, anchor = 0;
	unsigned int looks = 0; /* since the host was away */
	uint64_t elapsed;

	uk__clock_model_start(&model, (uint32_t)m->ref_hz, m->bits, &s);
	for (unsigned int i = 0; i < 400; i++) {
		bool left = ++looks > 6 && uk_test_random_below(3) == 0;

		ns += left ? longest * (double)uk_test_random_below(1000) / 1000 : 25000;
		looks = left ? 0 : looks;
		s = sample_at(m, ns);
		enum uk__clock_verdict verdict = uk__clock_model_add(&model, &s, &elapsed);

		UK_EXPECT((double)elapsed < ns - anchor + 20000);
		UK_EXPECT(bound_holds(m, &model));
		UK_EXPECT(verdict != UK__CLOCK_ANCHORED);
		if (verdict == UK__CLOCK_ANCHORED)
			anchor = ns;
		else
			UK_EXPECT((double)elapsed > ns - anchor - 20000);
	}
}

UK_TEST(clock_model, loses_no_time)
{
	static const struct machine quiet[] = {
		{ 2445e6, 1193182, 16, 1500, 0, 12345678 },
		{ 2445e6, 1193182, 16, 5000, 0, 54000000 },
		{ 5200e6, 1193182, 16, 2000, 0, 1e12 },
		{ 3000e6, 3579545, 24, 1000, 0, 4600000000 },
		{ 1000e6, 100000000, 32, 800, 0, 0 },
	};

	for (unsigned int i = 0; i < UK_ARRAY_SIZE(quiet); i++) {
		for (double longest = 1e7; longest < 2e8; longest *= 2)
			away(&quiet[i], longest);
	}
}

/* The host is away before any rate can be known, again and again: time is lost, none is made up. */
UK_TEST(clock_model, loses_rather_than_invents)
{
	for (unsigned int i = 0; i < UK_ARRAY_SIZE(machines); i++) {
		const struct machine *m = &machines[i];
		struct uk__clock_model model;
		struct uk_clock_sample s = sample_at(m, 0);
		double ns = 0, anchor = 0;
		uint64_t elapsed;

		uk__clock_model_start(&model, (uint32_t)m->ref_hz, m->bits, &s);
		for (unsigned int j = 0; j < 200; j++) {
			ns += 2e6 + 1e9 * (double)uk_test_random_below(1000) / 1000;
			s = sample_at(m, ns);
			enum uk__clock_verdict verdict = uk__clock_model_add(&model, &s, &elapsed);

			UK_EXPECT((double)elapsed < ns - anchor + 6e6);
			UK_EXPECT(bound_holds(m, &model));
			if (verdict == UK__CLOCK_ANCHORED)
				anchor = ns;
		}
	}
}

/* A CPU whose counter is behind that of the first one, at any moment. */
UK_TEST(clock_model, a_counter_that_is_behind)
{
	const struct machine m = { 1.5e9, 1193182, 16, 2000, 0, 1e6 };
	struct uk_clock_sample s = sample_at(&m, 0), behind;
	struct uk__clock_model model;
	uint64_t elapsed;

	uk__clock_model_start(&model, (uint32_t)m.ref_hz, m.bits, &s);
	for (double ns = 0; ns < 2e6; ns += 1e5) {
		behind = sample_at(&m, ns);
		behind.before = s.before - 1000;
		behind.after = s.before - 500;
		UK_EXPECT_EQ(uk__clock_model_add(&model, &behind, &elapsed), UK__CLOCK_EARLY);
		UK_EXPECT_EQ(elapsed, 0);
		behind = sample_at(&m, ns + 5e4);
		uk__clock_model_add(&model, &behind, &elapsed);
		UK_EXPECT(elapsed < 10000000);
	}
	UK_EXPECT(bound_holds(&m, &model));
}

UK_TEST(clock_model, arithmetic)
{
	UK_EXPECT_EQ(uk__clock_mult(1000000000), 1ull << 32);
	UK_EXPECT_EQ(uk__clock_scale(1000000007, 1ull << 32), 1000000007);
	/* 100 years at 5 GHz, and back. */
	uint64_t mult = uk__clock_mult(5000000000);
	uint64_t ns = uk__clock_scale(5000000000ull * 3153600000ull, mult);

	UK_EXPECT(ns > 3153599990ull * 1000000000 && ns <= 3153600000ull * 1000000000);
	uint64_t cycles = uk__clock_scale(1000000000, uk__clock_inverse(mult));

	UK_EXPECT(cycles > 4999999900 && cycles < 5000000100);
}
