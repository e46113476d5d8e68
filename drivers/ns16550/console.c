/* SPDX-License-Identifier: BSD-3-Clause */
/* COM1 as a console. */

#include "registers.h"

#include <uk/console.h>
#include <uk/errno.h>
#include <uk/init.h>
#include <uk/ioport.h>
#include <uk/irq.h>
#include <uk/ns16550.h>

#define COM1_ISA_IRQ 4

static long com1_write(struct uk_console *console, const char *text, size_t len)
{
	(void)console;
	uk_ns16550_write_polled(UK_NS16550_COM1, text, len);
	return (long)len;
}

static long com1_read(struct uk_console *console, char *buf, size_t len)
{
	size_t n = 0;

	(void)console;
	while (n < len && (uk_port_in8(UK_NS16550_COM1 + REG_LSR) & LSR_RECEIVED))
		buf[n++] = (char)uk_port_in8(UK_NS16550_COM1 + REG_DATA);
	return (long)n;
}

/* The line stays up until the bytes are read: the listener's thread does that. */
static void com1_interrupt(void *console)
{
	uk_console_input(console);
}

static int com1_input_enable(struct uk_console *console)
{
	static bool enabled;
	int err;

	if (!CONFIG_LIB_IRQ)
		return -ENOSYS;
	if (enabled)
		return 0;
	err = uk_irq_line_request(COM1_ISA_IRQ, UK_IRQ_ISA, com1_interrupt, console);
	if (err)
		return err;
	enabled = true;
	uk_port_out8(UK_NS16550_COM1 + REG_MCR, MCR_READY);
	uk_port_out8(UK_NS16550_COM1 + REG_IER, IER_RECEIVED);
	return 0;
}

static struct uk_console com1 = {
	.write = com1_write,
	.read = com1_read,
	.input_enable = com1_input_enable,
};

static int com1_init(void)
{
	uk_console_register(&com1);
	return 0;
}

UK_INIT(CORE, com1_init);
