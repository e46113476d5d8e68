/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* How fast a counter counts that nobody tells about. Arithmetic only; see timer.c. */

#include <stdbool.h>
#include <uk/defs.h>

#define UK__APIC_LEARN_MAX (200 * (uk_nsec_t)UK_NSEC_PER_MSEC)

struct uk__apic_rate {
	uint64_t rate;      /* counts x 2^32 per ns */
	uk_nsec_t baseline; /* what it was learned from; UK__APIC_LEARN_MAX and more: for good */
};

/* 10 MHz, which is too low: interrupts then come early, and the next is set by what was learned. */
#define UK__APIC_RATE_GUESS ((10ull << 32) / 1000)

/*
 * `counts` went by within `ns`, which is rather too long than too short; `ended`: the counter
 * stopped then, perhaps long before, so that this is a lower bound. The rate never becomes too
 * high by this.
 */
void uk__apic_rate_learn(struct uk__apic_rate *rate, uint32_t counts, uk_nsec_t ns, bool ended);
