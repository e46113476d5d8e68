/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The 16550 serial port (National Semiconductor PC16550D, June 1995). With LIB_CONSOLE, COM1
 * registers itself as a console when devices are initialised.
 */

#include <uk/defs.h>

#define UK_NS16550_COM1 0x3f8 /* first of its eight I/O ports */

/*
 * Write and wait until the port has taken it, but never for ever: a port that stops taking
 * bytes loses them. Sets COM1 up at its first use. Any context; callers serialise, except for
 * the last words of a panic.
 */
void uk_ns16550_write_polled(uint16_t port, const char *text, size_t len);
