/* SPDX-License-Identifier: BSD-3-Clause */
/* Output by polling: one look at the status for each FIFO's worth of bytes. */

#include "registers.h"

#include <uk/cpu.h>
#include <uk/ioport.h>
#include <uk/ns16550.h>

#define WAIT_MAX 200000 /* looks at the status; FIFO_SIZE bytes at 9600 bit/s take 20 ms */

static bool ready;

static void setup(uint16_t port)
{
	if (CONFIG_NS16550_BAUD) {
		unsigned int divisor = CLOCK / UK_MAX(CONFIG_NS16550_BAUD, 2);

		uk_port_out8(port + REG_LCR, LCR_8N1 | LCR_DLAB);
		uk_port_out8(port + REG_DATA, divisor & 0xff);
		uk_port_out8(port + REG_IER, divisor >> 8);
		uk_port_out8(port + REG_LCR, LCR_8N1);
	}
	uk_port_out8(port + REG_FCR, FCR_ENABLE);
}

static bool wait_empty(uint16_t port)
{
	for (int i = 0; i < WAIT_MAX; i++) {
		if (uk_port_in8(port + REG_LSR) & LSR_EMPTY)
			return true;
		uk_cpu_relax();
	}
	return false;
}

void uk_ns16550_write_polled(uint16_t port, const char *text, size_t len)
{
	if (!ready) {
		ready = true;
		setup(port);
	}
	while (len && wait_empty(port)) {
		size_t n = UK_MIN(len, (size_t)FIFO_SIZE);

		len -= n;
		while (n--)
			uk_port_out8(port + REG_DATA, (uint8_t)*text++);
	}
}
