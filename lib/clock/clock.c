/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The monotonic clock. Readers take four words under a sequence count; whoever finds the count of
 * cycles beyond `limit` (0 until there is a rate) goes the slow way under the lock, where the
 * reference is read and the words are renewed.
 */

#include "model.h"
#include <uk/atomic.h>
#include <uk/clock_source.h>
#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/log.h>
#include <uk/spinlock.h>

#define TRIES      4          /* readings of the reference, of which the tightest counts */
#define ASSUMED_HZ 1000000000 /* when nobody knows */

/* time = base_ns + (cycles - base_cycles) * mult / 2^32 */
static struct {
	uint32_t sequence; /* odd while the words below change */
	uint64_t base_cycles;
	uint64_t base_ns;
	uint64_t mult;
	uint64_t limit; /* cycles after base for which this is believed */
} words;

/* Under the lock. */
static struct {
	struct uk_spinlock lock;
	const struct uk_clock_reference *reference;
	struct uk__clock_model model;
	uint64_t anchor_ns; /* time at the model's anchor, while there is no rate; then its last */
	uint64_t last;      /* highest time told on the slow way */
} clock;

/* Under the lock. Order: the count is seen odd before any word changes, even after all have. */
static void publish(uint64_t cycles, uint64_t ns, uint64_t mult, uint64_t limit)
{
	uk_store(&words.sequence, words.sequence + 1);
	__atomic_thread_fence(
		__ATOMIC_RELEASE); /* pairs with the acquire of `sequence` in read() */
	uk_store(&words.base_cycles, cycles);
	uk_store(&words.base_ns, ns);
	uk_store(&words.mult, mult);
	uk_store(&words.limit, limit);
	uk_store_release(&words.sequence, words.sequence + 1);
}

/* The time at this moment by the words; false: beyond their limit. */
uk_inline bool read(uint64_t *ns)
{
	uint32_t sequence;
	uint64_t delta, base, mult, limit;

	do {
		sequence = uk_load_acquire(&words.sequence); /* pairs with publish() */
		delta = uk_cpu_cycles() - uk_load(&words.base_cycles);
		base = uk_load(&words.base_ns);
		mult = uk_load(&words.mult);
		limit = uk_load(&words.limit);
		__atomic_thread_fence(__ATOMIC_ACQUIRE); /* pairs with publish() */
	} while (uk_unlikely((sequence & 1) || sequence != uk_load(&words.sequence)));
	*ns = base + uk__clock_scale(delta, mult);
	return uk_likely(delta < limit);
}

static void read_reference(struct uk_clock_sample *best)
{
	clock.reference->read(best);
	for (int i = 1; i < TRIES; i++) {
		struct uk_clock_sample sample;

		clock.reference->read(&sample);
		if (sample.after - sample.before < best->after - best->before)
			*best = sample;
	}
}

static uint64_t next_limit(void)
{
	if (clock.model.next == UK_NSEC_NEVER)
		return UINT64_MAX / 2;
	return uk__clock_scale((uint64_t)clock.model.next, uk__clock_inverse(clock.model.mult));
}

/*
 * A new rate holds from the last base on, as far as nobody can have seen a later time by the old
 * one: readers did not go beyond `limit`.
 */
static uint64_t renew(uint64_t cycles)
{
	uint64_t delta = cycles - words.base_cycles;
	uint64_t seen = UK_MIN(delta, words.limit);
	uint64_t ns;

	if ((int64_t)delta < 0)
		return UK_MAX(words.base_ns, clock.last);
	ns = words.base_ns + uk__clock_scale(delta, clock.model.mult);
	ns = UK_MAX(ns, words.base_ns + uk__clock_scale(seen, words.mult));
	ns = UK_MAX(ns, clock.last);
	publish(cycles, ns, clock.model.mult, next_limit());
	return ns;
}

/* No driver told a rate or offered a reference. */
static uint64_t assume(void)
{
	uk_err("nothing tells the rate of the cycle counter: taking 1 GHz");
	publish(uk_cpu_cycles(), 0, uk__clock_mult(ASSUMED_HZ), UINT64_MAX / 2);
	return 0;
}

/* Compare with the reference, learn, and tell the time. Under the lock. */
static uint64_t compare(void)
{
	struct uk_clock_sample sample;
	uint64_t elapsed;

	/* A rate that was told has no end: this CPU's counter is behind the one that it is of. */
	if (!clock.reference)
		return words.mult ? UK_MAX(words.base_ns, clock.last) : assume();
	read_reference(&sample);
	enum uk__clock_verdict verdict = uk__clock_model_add(&clock.model, &sample, &elapsed);

	if (words.mult != 0)
		return renew(sample.after);
	uint64_t ns = UK_MAX(clock.anchor_ns + elapsed, clock.last);

	/* One more than was ever told: see uk_clock_gap(). */
	if (verdict == UK__CLOCK_ANCHORED)
		uk_store(&clock.anchor_ns, ns + 1);
	else if (verdict != UK__CLOCK_EARLY)
		publish(sample.before + (sample.after - sample.before) / 2, ns, clock.model.mult,
			next_limit());
	return ns;
}

static uk_noinline uk_nsec_t slow(void)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&clock.lock);
	uint64_t ns;

	/* Perhaps another CPU was quicker. */
	if (!read(&ns))
		ns = compare();
	clock.last = UK_MAX(clock.last, ns);
	uk_spin_unlock_irqrestore(&clock.lock, flags);
	return (uk_nsec_t)ns;
}

uk_nsec_t uk_clock_now(void)
{
	uint64_t ns;

	if (uk_unlikely(!read(&ns)))
		return slow();
	return (uk_nsec_t)ns;
}

bool uk_clock_to_cycles(uk_nsec_t deadline, uint64_t *cycles)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&clock.lock);
	uint64_t mult = words.mult;
	uint64_t ns = (uint64_t)deadline - words.base_ns;

	*cycles = words.base_cycles;
	if (mult != 0 && (int64_t)ns > 0)
		*cycles += uk__clock_scale(ns, uk__clock_inverse(mult)) + 1;
	uk_spin_unlock_irqrestore(&clock.lock, flags);
	return mult != 0;
}

uk_nsec_t uk_clock_gap(void)
{
	return (uk_nsec_t)uk_load(&clock.anchor_ns);
}

void uk_clock_set_rate(uint64_t hz, const char *who)
{
	if (hz < 1000000 || hz > 100000000000ull) {
		uk_warn("%s says that the cycle counter runs at %llu Hz: not believed", who,
			(unsigned long long)hz);
		return;
	}
	uk_irqflags_t flags = uk_spin_lock_irqsave(&clock.lock);

	if (clock.reference && words.mult == 0)
		clock.last = compare();
	/* Send other CPUs the slow way first: none is to see a later time by the old rate. */
	publish(words.base_cycles, words.base_ns, words.mult, 0);
	uint64_t cycles = uk_cpu_cycles();
	uint64_t ns = words.base_ns + uk__clock_scale(cycles - words.base_cycles, words.mult);

	publish(cycles, UK_MAX(ns, clock.last), uk__clock_mult(hz), UINT64_MAX / 2);
	clock.reference = NULL;
	uk_spin_unlock_irqrestore(&clock.lock, flags);
	uk_dbg("%s: cycle counter at %llu kHz", who, (unsigned long long)hz / 1000);
}

bool uk_clock_has_rate(void)
{
	return uk_load(&words.limit) > UINT64_MAX / 4;
}

int uk_clock_reference_register(const struct uk_clock_reference *reference)
{
	struct uk_clock_sample sample;
	int err = 0;
	uk_irqflags_t flags = uk_spin_lock_irqsave(&clock.lock);

	if (uk_clock_has_rate()) {
		err = -EALREADY;
	} else if (clock.reference) {
		err = -EBUSY;
	} else {
		clock.reference = reference;
		read_reference(&sample);
		uk__clock_model_start(&clock.model, reference->hz, reference->bits, &sample);
	}
	uk_spin_unlock_irqrestore(&clock.lock, flags);
	if (err == 0)
		uk_dbg("compared with %s", reference->name);
	return err;
}

uk_nsec_t uk_clock_refine(void)
{
	uk_nsec_t now = uk_clock_now();
	uk_irqflags_t flags = uk_spin_lock_irqsave(&clock.lock);
	uk_nsec_t next = UK_NSEC_NEVER;

	if (clock.reference && clock.model.next != UK_NSEC_NEVER)
		next = now + clock.model.next;
	uk_spin_unlock_irqrestore(&clock.lock, flags);
	return next;
}
