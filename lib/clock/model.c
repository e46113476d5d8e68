/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The rate of the cycle counter from samples of a reference. Each sample is known to lie between
 * two readings of the cycle counter; half their distance and two ticks of the reference are the
 * error, and over a growing baseline it weighs less and less. A model always has a rate and a bound
 * of its error: at first any that a CPU may have, then, after some microseconds, a rough one.
 *
 * A reference that wraps (PIT: 55 ms) counts further than it can as long as the present rate
 * says without doubt how often it did; else the baseline starts anew. The rough rate is for this: a
 * host may be away for long before a millisecond has been seen.
 */

#include "model.h"

#define SHORTEST    (1 * UK_NSEC_PER_MSEC) /* baseline for a first rate */
#define LONGEST     (16 * UK_NSEC_PER_SEC)
#define ONE         (1ull << UK__CLOCK_SHIFT)
#define GOOD_ENOUGH (ONE / 1000000)
#define TOO_BAD     (ONE / 64) /* to tell the time by: the host was away during a reading */
/* Of a counter at 400 MHz or more, half of the slowest one's: with an error of all, 0 to 2.5 ns. */
#define MULT_FIRST (ONE * 5 / 4)

uint64_t uk__clock_mult(uint64_t hz)
{
	return (UK_NSEC_PER_SEC << UK__CLOCK_SHIFT) / hz;
}

uint64_t uk__clock_inverse(uint64_t mult)
{
	return UINT64_MAX / mult;
}

/* a * 2^32 / b for b < 2^63, without 128-bit division. */
static uk_noinline uint64_t ratio(uint64_t a, uint64_t b)
{
	uint64_t quotient = a / b;
	uint64_t rest = a % b;

	for (int i = 0; i < UK__CLOCK_SHIFT; i++) {
		rest <<= 1;
		quotient <<= 1;
		if (rest >= b) {
			rest -= b;
			quotient |= 1;
		}
	}
	return quotient;
}

/* Without overflow for up to 2^64 / 10^9 seconds. */
static uint64_t ticks_to_ns(uint64_t ticks, uint32_t hz)
{
	return ticks / hz * UK_NSEC_PER_SEC + ticks % hz * UK_NSEC_PER_SEC / hz;
}

static uint64_t ns_to_ticks(uint64_t ns, uint32_t hz)
{
	return ns / UK_NSEC_PER_SEC * hz + ns % UK_NSEC_PER_SEC * hz / UK_NSEC_PER_SEC;
}

static uint64_t middle(const struct uk_clock_sample *sample)
{
	return sample->before + (sample->after - sample->before) / 2;
}

void uk__clock_model_start(struct uk__clock_model *model, uint32_t hz, unsigned int bits,
			   const struct uk_clock_sample *sample)
{
	*model = (struct uk__clock_model){
		.hz = hz,
		.bits = bits,
		.anchor = *sample,
		.mult = MULT_FIRST,
		.error = ONE,
		.next = SHORTEST,
	};
}

/* Ticks since the anchor: those that the counter shows, and whole wraps as far as the time by
 * the cycle counter, which is right within half a wrap, says. */
static uint64_t unwrap(const struct uk__clock_model *model, uint64_t count, uint64_t expected)
{
	uint64_t wrap = 1ull << model->bits;
	uint64_t seen = (count - model->anchor.count) & (wrap - 1);

	return seen + ((UK_MAX(expected + wrap / 2, wrap - 1) - seen) & ~(wrap - 1));
}

/* When the next sample is worth its cost: the baseline three times as long, but before the
 * count of wraps is in doubt. */
static uk_nsec_t plan(const struct uk__clock_model *model, uint64_t elapsed, uint64_t wrap)
{
	uint64_t next = UK_MIN(elapsed * 2, LONGEST);

	if (elapsed >= LONGEST || model->error <= GOOD_ENOUGH)
		return UK_NSEC_NEVER;
	while (next > SHORTEST && uk__clock_scale(elapsed + next, model->error) >= wrap / 4)
		next /= 2;
	return (uk_nsec_t)next;
}

static enum uk__clock_verdict learn(struct uk__clock_model *model,
				    const struct uk_clock_sample *sample, uint64_t elapsed,
				    uint64_t wrap)
{
	uint64_t cycles = middle(sample) - middle(&model->anchor);
	uint64_t widths =
		sample->after - sample->before + (model->anchor.after - model->anchor.before);
	uint64_t mult = ratio(elapsed, cycles);
	uint64_t doubt = uk__clock_scale(widths / 2, mult) + 2 * UK_NSEC_PER_SEC / model->hz + 1;
	enum uk__clock_verdict verdict = UK__CLOCK_SAME;

	if (elapsed <= doubt)
		return UK__CLOCK_EARLY;
	/* Not by `elapsed`: the true rate may be above this one by more than below it. */
	uint64_t error = ratio(doubt, elapsed - doubt);

	if (error < model->error) {
		model->mult = mult;
		model->error = error;
		verdict = UK__CLOCK_BETTER;
	}
	if (elapsed < SHORTEST || model->error > TOO_BAD)
		return UK__CLOCK_EARLY;
	model->next = plan(model, elapsed, wrap);
	return verdict;
}

enum uk__clock_verdict uk__clock_model_add(struct uk__clock_model *model,
					   const struct uk_clock_sample *sample, uint64_t *elapsed)
{
	uint64_t cycles = middle(sample) - middle(&model->anchor);
	uint64_t by_cycles = uk__clock_scale(cycles, model->mult);
	uint64_t doubt = uk__clock_scale(by_cycles, model->error);
	/* Of those that can count for hours, less. */
	uint64_t wrap = ticks_to_ns(1ull << UK_MIN(model->bits, 40u), model->hz);

	*elapsed = 0;
	if ((int64_t)cycles <= 0) /* another CPU's counter may be behind */
		return UK__CLOCK_EARLY;
	if (doubt >= wrap / 2) {
		model->anchor = *sample;
		model->next = SHORTEST;
		*elapsed = by_cycles - doubt;
		return UK__CLOCK_ANCHORED;
	}
	*elapsed = ticks_to_ns(unwrap(model, sample->count, ns_to_ticks(by_cycles, model->hz)),
			       model->hz);
	return learn(model, sample, *elapsed, wrap);
}
