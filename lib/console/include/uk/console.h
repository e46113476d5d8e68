/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Consoles: text for people, bytes as they are. Drivers register; output goes to all of them,
 * input comes from any.
 */

#include <uk/defs.h>
#include <uk/list.h>

struct uk_console {
	/* Write all, polling, in bounded time; any context. Returns len, or what it could. */
	long (*write)(struct uk_console *console, const char *text, size_t len);
	/* Take up to len bytes that are there; 0: none now. NULL: no input. */
	long (*read)(struct uk_console *console, char *buf, size_t len);
	/* Call uk_console_input() from now on when input arrives; 0 or -Exxx. NULL: cannot. */
	int (*input_enable)(struct uk_console *console);
	struct uk_list node; /* of lib/console */
};

/* The console lives for ever. Boot and thread context. */
void uk_console_register(struct uk_console *console);

/* Any context but NMI; pieces of up to 256 bytes do not mix with those of other writers. */
void uk_console_write(const char *text, size_t len);

/* The same without any lock, for the last words of a panic. */
void uk_console_write_panic(const char *text, size_t len);

/* Bytes that are there, up to len; 0: none now. Any context but NMI. */
long uk_console_read(char *buf, size_t len);

/*
 * fn(arg) is called, possibly from an interrupt, when uk_console_read() may have something
 * new. One listener; NULL ends it. 0, or -ENOSYS when no console can tell: then poll.
 */
int uk_console_set_input_notify(void (*fn)(void *arg), void *arg);

/* For drivers: input has arrived. Any context but NMI. */
void uk_console_input(struct uk_console *console);
