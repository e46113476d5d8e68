/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Time.
 *
 * The clock is the CPU's cycle counter with a rate that is told by the hypervisor, or found at
 * the first use against a reference counter and refined at growing distances from then on. Its
 * rate changes smoothly; it never goes back and never steps.
 */

#include <stdbool.h>
#include <uk/defs.h>

/*
 * Nanoseconds since about boot (where only the PIT is there to compare with, since the first use
 * if that was later than 50 ms after boot). Never less than an earlier call returned, on any CPU.
 * Any context but NMI. About 20 instructions.
 */
uk_nsec_t uk_clock_now(void);

/* Nanoseconds since 1970-01-01 00:00 UTC; uk_clock_now()'s count where no device tells the date.
 * The device is asked at the first call: thread context. These three: select CLOCK_WALL. */
uk_nsec_t uk_clock_wall(void);
/* Set the date; -EINVAL before 1970. The monotonic clock does not notice. Thread context. */
int uk_clock_wall_set(uk_nsec_t wall);
/* Distance of the two clocks, as of the last uk_clock_wall() or uk_clock_wall_set(); any context.
 */
uk_nsec_t uk_clock_wall_offset(void);

/*
 * The cycle counter's value at `deadline`, for timers that compare with it. False while the rate
 * is not known. Interrupts off or on. May err by the clock's present precision.
 */
bool uk_clock_to_cycles(uk_nsec_t deadline, uint64_t *cycles);

/*
 * Before this moment (of uk_clock_now()) the clock may have lost time, which it does not know: its
 * rate was not known, and nobody looked for longer than the reference can count. What began earlier
 * took perhaps longer than the clock says. To be asked after the end was read. Any context.
 */
uk_nsec_t uk_clock_gap(void);
