/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * One-shot timers on the monotonic clock.
 *
 * The function runs in interrupt context on the CPU that started the timer, at or after the
 * deadline, never before it. Timers of equal deadline run in no particular order. Start and
 * stop cost O(log n) amortised with interrupts off, n being the timers of this CPU.
 */

#include <stdbool.h>
#include <uk/defs.h>
#include <uk/pairing.h>

struct uk_timer {
	/* Under the lock of the CPU that `cpu` names. */
	struct uk_pairing place; /* among those of that CPU */
	uk_nsec_t deadline;
	bool active;
	uint32_t cpu; /* changes only while not active */
	/* The owner's. */
	void (*fn)(void *arg);
	void *arg;
};

#define UK_TIMER_INIT(fn_, arg_) { .fn = (fn_), .arg = (arg_) }

/* Before first use; not while it is active. */
void uk_timer_init(struct uk_timer *timer, void (*fn)(void *arg), void *arg);

/*
 * Let it run at `deadline` (of uk_clock_now(); in the past: as soon as interrupts allow). A timer
 * that is active is moved to the new deadline. Also from its own function. Any context but NMI.
 */
void uk_timer_start(struct uk_timer *timer, uk_nsec_t deadline);

/* True: it was active and will not run. False: it was not active; its function may be running on
 * another CPU. Any context but NMI. */
bool uk_timer_stop(struct uk_timer *timer);

/*
 * The same, and when this returns the function is not running: the timer's memory may go. Not
 * from its own function, nor with a lock held that the function takes. Does not sleep.
 */
bool uk_timer_stop_sync(struct uk_timer *timer);

/* A hint without a lock. */
bool uk_timer_active(const struct uk_timer *timer);

/*
 * The device, one per image, each CPU having its own registers. arm() sets this CPU's interrupt
 * to come `delta` nanoseconds from now (delta > 0; it is the deadline's distance), or earlier
 * if it cannot reach so far or is imprecise: the timer library then arms again. Called with
 * interrupts off. An interrupt that nobody waits for any more does no harm: there is no disarm.
 */
struct uk_timer_device {
	void (*arm)(uk_nsec_t deadline, uk_nsec_t delta);
};

/* By the driver, at init; -EBUSY if there is one already. */
int uk_timer_device_register(const struct uk_timer_device *device);
/* By the driver's interrupt handler. */
void uk_timer_expire(void);
