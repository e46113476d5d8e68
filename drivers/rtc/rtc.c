/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The PC's real-time clock, MC146818 and its heirs, in UTC. Its resolution is a second: nobody
 * waits here for the next one to begin.
 */

#include "decode.h"
#include <uk/clock_source.h>
#include <uk/errno.h>
#include <uk/init.h>
#include <uk/ioport.h>
#include <uk/string.h>

#define INDEX 0x70
#define DATA  0x71

#define REG_STATUS_A 0x0a
#define REG_STATUS_B 0x0b
#define REG_CENTURY  0x32 /* by convention, and in the FADT of PCs */
#define A_UPDATING   0x80u

#define UPDATE_READS 10000 /* an update takes 2 ms at most, a read of a port 1 us or so */
#define TRIES        5

static uint8_t reg(uint8_t index)
{
	uk_port_out8(INDEX, index);
	return uk_port_in8(DATA);
}

static void read_once(struct uk__rtc_registers *raw)
{
	for (int i = 0; i < UPDATE_READS && (reg(REG_STATUS_A) & A_UPDATING); i++)
		;
	*raw = (struct uk__rtc_registers){
		.second = reg(0),
		.minute = reg(2),
		.hour = reg(4),
		.day = reg(7),
		.month = reg(8),
		.year = reg(9),
		.century = reg(REG_CENTURY),
		.status_b = reg(REG_STATUS_B),
	};
}

/* Twice the same: no update fell into the reading. */
static int read_date(uk_nsec_t *wall)
{
	struct uk__rtc_registers a, b;

	read_once(&a);
	for (int i = 0; i < TRIES; i++) {
		read_once(&b);
		if (memcmp(&a, &b, sizeof(a)) == 0) {
			int64_t seconds = uk__rtc_decode(&a);

			*wall = seconds * (int64_t)UK_NSEC_PER_SEC;
			return seconds < 0 ? -ENODEV : 0;
		}
		a = b;
	}
	return -EIO;
}

static const struct uk_clock_calendar calendar = { .name = "rtc", .read = read_date };

static int rtc_init(void)
{
	/* -EBUSY: the hypervisor tells the date. */
	(void)uk_clock_calendar_register(&calendar);
	return 0;
}
UK_INIT(CORE, rtc_init);
