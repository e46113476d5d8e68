/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupts while a fault is on its way. */

#include "faults.h"

#include <uk/clock.h>
#include <uk/timer.h>

#define PERIOD (100 * (uk_nsec_t)UK_NSEC_PER_USEC)

static void tick(void *arg)
{
	uk_timer_start(arg, uk_clock_now() + PERIOD);
}

static struct uk_timer timer = UK_TIMER_INIT(tick, &timer);

void ticking_start(void)
{
	uk_timer_start(&timer, uk_clock_now() + PERIOD);
}
