/* SPDX-License-Identifier: BSD-3-Clause */
/* COM1 as a console. */

#include "registers.h"

#include <uk/console.h>
#include <uk/init.h>
#include <uk/ioport.h>
#include <uk/ns16550.h>

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

static struct uk_console com1 = {
	.write = com1_write,
	.read = com1_read,
};

static int com1_init(void)
{
	uk_console_register(&com1);
	return 0;
}

UK_INIT(CORE, com1_init);
