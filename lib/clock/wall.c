/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The date: the monotonic clock and an offset, which is asked for once.
 */

#include <uk/atomic.h>
#include <uk/clock_source.h>
#include <uk/errno.h>
#include <uk/log.h>

static const struct uk_clock_calendar *calendar;
static uk_nsec_t offset; /* 0: neither asked for nor set */
static bool known;

int uk_clock_calendar_register(const struct uk_clock_calendar *cal)
{
	if (calendar)
		return -EBUSY;
	calendar = cal;
	return 0;
}

/*
 * Two threads that ask first at the same time may both read the device: either answer will do. What
 * somebody has set while it was read stays.
 */
static void ask(void)
{
	uk_nsec_t wall = 0, unset = 0;
	int err = calendar ? calendar->read(&wall) : -ENODEV;

	if (err == 0)
		uk_compare_exchange(&offset, &unset, wall - uk_clock_now());
	else
		uk_warn("no date from %s (%d): counting from 1970",
			calendar ? calendar->name : "any device", err);
	/* Release: pairs with the acquire in uk_clock_wall(). */
	uk_store_release(&known, true);
}

uk_nsec_t uk_clock_wall(void)
{
	if (uk_unlikely(!uk_load_acquire(&known)))
		ask();
	return uk_clock_now() + uk_load(&offset);
}

uk_nsec_t uk_clock_wall_offset(void)
{
	return uk_load(&offset);
}

int uk_clock_wall_set(uk_nsec_t wall)
{
	if (wall < 0)
		return -EINVAL;
	uk_store(&offset, wall - uk_clock_now());
	uk_store_release(&known, true);
	return 0;
}
