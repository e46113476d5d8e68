/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The rate of the cycle counter from samples of a reference. Each sample is known to lie between
 * two readings of the cycle counter; half their distance and two ticks of the reference are the
 * error, and over a growing baseline it weighs less and less.
 *
 * A reference that wraps (PIT: 55 ms) counts further than it can as long as the present rate
 * says without doubt how often it did; else the baseline starts anew.
 */

#include "model.h"

#define SHORTEST    (1 * UK_NSEC_PER_MSEC) /* baseline for a first rate */
#define LONGEST     (16 * UK_NSEC_PER_SEC)
#define ONE         (1ull << UK__CLOCK_SHIFT)
#define GOOD_ENOUGH (ONE / 1000000)
#define TOO_BAD     (ONE / 64) /* for a first rate: the host was away during a reading */
/* Slowest cycle counter: 400 MHz. For the time that may have passed while no rate is known. */
#define MULT_MAX (ONE * 5 / 2)

uint64_t uk__clock_mult(uint64_t hz)
{
	return (UK_NSEC_PER_SEC << UK__CLOCK_SHIFT) / hz;
}

uint64_t uk__clock_inverse(uint64_t mult)
{
	return UINT64_MAX / mult;
}

/* a * 2^32 / b for b < 2^63, without 128-bit division. */
static uint64_t ratio(uint64_t a, uint64_t b)
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
		.hz = hz, .bits = bits, .anchor = *sample, .next = SHORTEST
	};
}

/* Ticks since the anchor: those that the counter shows, and whole wraps as far as the time by
 * the cycle counter, which is right within half a wrap, says. */
static uint64_t unwrap(const struct uk__clock_model *model, uint64_t count, uint64_t expected)
{
	uint64_t wrap = 1ull << model->bits;
	uint64_t seen = (count - model->anchor.count) & (wrap - 1);

	if (model->mult == 0 || expected + wrap / 2 < seen)
		return seen;
	return seen + ((expected + wrap / 2 - seen) & ~(wrap - 1));
}

/* When the next sample is worth its cost: the baseline three times as long, but before the
 * count of wraps is in doubt. */
static uk_nsec_t plan(const struct uk__clock_model *model, uint64_t elapsed)
{
	uint64_t wrap = ticks_to_ns(1ull << UK_MIN(model->bits, 40u), model->hz);
	uint64_t next = UK_MIN(elapsed * 2, LONGEST);

	if (elapsed >= LONGEST || model->error <= GOOD_ENOUGH)
		return UK_NSEC_NEVER;
	while (next > SHORTEST && uk__clock_scale(elapsed + next, model->error) >= wrap / 4)
		next /= 2;
	return (uk_nsec_t)next;
}

static enum uk__clock_verdict learn(struct uk__clock_model *model,
				    const struct uk_clock_sample *sample, uint64_t elapsed)
{
	uint64_t cycles = middle(sample) - middle(&model->anchor);
	uint64_t widths =
		sample->after - sample->before + (model->anchor.after - model->anchor.before);
	uint64_t mult = ratio(elapsed, cycles);
	uint64_t doubt = uk__clock_scale(widths / 2, mult) + 2 * UK_NSEC_PER_SEC / model->hz + 1;
	uint64_t error = ratio(doubt, elapsed);
	enum uk__clock_verdict verdict = UK__CLOCK_SAME;

	if (model->mult == 0 && error > TOO_BAD)
		return UK__CLOCK_EARLY;
	if (model->mult == 0 || error < model->error) {
		model->mult = mult;
		model->error = error;
		verdict = UK__CLOCK_BETTER;
	}
	model->next = plan(model, elapsed);
	return verdict;
}

enum uk__clock_verdict uk__clock_model_add(struct uk__clock_model *model,
					   const struct uk_clock_sample *sample, uint64_t *elapsed)
{
	uint64_t cycles = middle(sample) - middle(&model->anchor);
	uint64_t by_cycles = uk__clock_scale(cycles, model->mult ? model->mult : MULT_MAX);
	uint64_t doubt = model->mult ? uk__clock_scale(by_cycles, model->error) : by_cycles / 2;
	uint64_t wrap = ticks_to_ns(1ull << UK_MIN(model->bits, 60u), model->hz);

	if (doubt >= wrap / 2) {
		model->anchor = *sample;
		model->next = SHORTEST;
		*elapsed = 0;
		return UK__CLOCK_ANCHORED;
	}
	*elapsed = ticks_to_ns(unwrap(model, sample->count, ns_to_ticks(by_cycles, model->hz)),
			       model->hz);
	if (*elapsed < SHORTEST || cycles == 0)
		return UK__CLOCK_EARLY;
	return learn(model, sample, *elapsed);
}
