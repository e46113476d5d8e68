/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Arithmetic of the clock, without hardware and without division on the way of uk_clock_now().
 */

#include <stdbool.h>
#include <uk/clock_source.h>

#define UK__CLOCK_SHIFT 32 /* multipliers are 2^32 x nanoseconds per cycle */

/* How well the rate is known, from comparing two samples. */
struct uk__clock_model {
	uint32_t hz; /* of the reference */
	unsigned int bits;
	struct uk_clock_sample anchor; /* first sample of the baseline */
	uint64_t mult;                 /* good to tell the time by after BETTER or SAME */
	uint64_t error;                /* the true one is within mult * (1 +- error / 2^32) */
	uk_nsec_t next; /* distance to the next useful sample; NEVER: precise enough */
};

enum uk__clock_verdict {
	UK__CLOCK_EARLY,    /* less than 1 ms since the anchor, or read too badly: a rough rate */
	UK__CLOCK_ANCHORED, /* too long ago for a counter that wraps: this sample is the anchor */
	UK__CLOCK_BETTER,   /* mult and error are new */
	UK__CLOCK_SAME,     /* no improvement */
};

uint64_t uk__clock_mult(uint64_t hz);
/* Cycles (x 2^32) per nanosecond, of a multiplier. */
uint64_t uk__clock_inverse(uint64_t mult);

uk_inline uint64_t uk__clock_scale(uint64_t value, uint64_t mult)
{
	return (uint64_t)(((unsigned __int128)value * mult) >> UK__CLOCK_SHIFT);
}

void uk__clock_model_start(struct uk__clock_model *model, uint32_t hz, unsigned int bits,
			   const struct uk_clock_sample *sample);
/*
 * Learn from a sample. *elapsed: nanoseconds by the reference since the anchor; ANCHORED: what has
 * gone by at least since the one before.
 */
enum uk__clock_verdict uk__clock_model_add(struct uk__clock_model *model,
					   const struct uk_clock_sample *sample, uint64_t *elapsed);
