/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Counter 2 of the 8254 (Intel 8254 data sheet, 231164), which raises no interrupt: it counts
 * down from 65536 at 1.193182 MHz, again and again.
 */

#include "timers.h"
#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/ioport.h>

#define PIT_HZ    1193182u
#define COUNTER_2 0x42
#define CONTROL   0x43
#define GATE      0x61 /* bit 0: counter 2 counts; bit 1: the loudspeaker hears it */

#define MODE        0x34u /* low byte then high byte, mode 2, binary */
#define SELECT_2    0x80u
#define LATCH_2     0x80u
#define READ_STATUS 0xe8u /* read-back command: status of counter 2 alone */
#define STATUS_MODE 0x3fu

/* The latch is the moment; the two reads that follow take what was latched. */
static void read(struct uk_clock_sample *sample)
{
	sample->before = uk_cpu_cycles_ordered();
	uk_port_out8(CONTROL, LATCH_2);
	sample->after = uk_cpu_cycles_ordered();
	uint32_t low = uk_port_in8(COUNTER_2);
	uint32_t high = uk_port_in8(COUNTER_2);

	sample->count = (0u - (high << 8 | low)) & 0xffff;
}

static const struct uk_clock_reference pit = {
	.name = "pit",
	.hz = PIT_HZ,
	.bits = 16,
	.read = read,
};

int uk__x86_timers_pit(void)
{
	uk_port_out8(GATE, (uk_port_in8(GATE) & 0xfcu) | 1);
	uk_port_out8(CONTROL, SELECT_2 | MODE);
	uk_port_out8(COUNTER_2, 0);
	uk_port_out8(COUNTER_2, 0);
	/* Where there is no PIT nothing answers so. */
	uk_port_out8(CONTROL, READ_STATUS);
	if ((uk_port_in8(COUNTER_2) & STATUS_MODE) != MODE)
		return -ENODEV;
	return uk_clock_reference_register(&pit);
}
