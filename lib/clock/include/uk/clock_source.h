/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * What drivers tell the clock. All are called at init (level CORE or DEVICE), boot context.
 */

#include <uk/clock.h>
#include <uk/defs.h>

/* The cycle counter runs at hz, the hypervisor or the CPU says. Ends the search for a rate. */
void uk_clock_set_rate(uint64_t hz, const char *who);
/* True once the rate has been told: a reference is then not needed. */
bool uk_clock_has_rate(void);

/* One reading of a reference counter, between two of the cycle counter. */
struct uk_clock_sample {
	uint64_t before; /* cycles */
	uint64_t after;
	uint64_t count; /* of the reference, modulo 2^bits */
};

struct uk_clock_reference {
	const char *name;
	uint32_t hz;
	unsigned int bits; /* the counter wraps at 2^bits, 1..63 */
	/* Fills *sample; the two cycle readings as close around the counter's as can be. Any
	 * context but NMI, serialised by the clock. */
	void (*read)(struct uk_clock_sample *sample);
};

/*
 * Offer a reference; the caller's for ever. The first one is read at once (this is the time 0 of
 * the clock) and used; later ones are ignored: -EBUSY. -EALREADY: the rate is known.
 */
int uk_clock_reference_register(const struct uk_clock_reference *reference);

/* Where the date comes from: returns 0 and nanoseconds since 1970, or a negative errno. */
struct uk_clock_calendar {
	const char *name;
	int (*read)(uk_nsec_t *wall);
};
/* The first one that registers is asked; -EBUSY for others. */
int uk_clock_calendar_register(const struct uk_clock_calendar *calendar);

/* By lib/timer's helper: compare with the reference if it is time for it; returns when to come
 * again (uk_clock_now()), or UK_NSEC_NEVER. Any context but NMI. */
uk_nsec_t uk_clock_refine(void);
