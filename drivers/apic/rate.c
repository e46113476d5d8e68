/* SPDX-License-Identifier: BSD-3-Clause */

#include "rate.h"

/* Below this the doubt is as large as what is measured: good for a lower bound only. */
#define LEARN_MIN (5 * (uk_nsec_t)UK_NSEC_PER_USEC)
/* A clock that has no rate itself yet goes by ticks of its reference: two of the slowest one's,
 * the PIT's of 838 ns. From here on they do not count. */
#define DOUBT      (2 * (uk_nsec_t)UK_NSEC_PER_USEC)
#define DOUBT_ENDS (10 * (uk_nsec_t)UK_NSEC_PER_MSEC)

void uk__apic_rate_learn(struct uk__apic_rate *r, uint32_t counts, uk_nsec_t ns, bool ended)
{
	bool measured = !ended && ns >= LEARN_MIN;

	if (ns < DOUBT_ENDS)
		ns += DOUBT;
	uint64_t rate = ((uint64_t)counts << 32) / (uint64_t)ns;

	if (measured) {
		if (ns < 2 * r->baseline)
			return;
		r->rate = rate;
		r->baseline = ns;
	} else if (rate > r->rate) {
		r->rate = rate;
	} else if (ns >= UK__APIC_LEARN_MAX && r->rate - rate < rate / 1024) {
		r->baseline = UK__APIC_LEARN_MAX;
	}
}
