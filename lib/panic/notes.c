/* SPDX-License-Identifier: BSD-3-Clause */
/* Notes of libraries. A fault in one ends the machine; what was printed until then stands. */

#include "panic.h"

#include <uk/log.h>
#include <uk/panic.h>

void uk_panic_say(const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	uk_vformat(text, sizeof(text), fmt, ap);
	va_end(ap);
	uk__panic_print("%s\n", text);
}

void uk__panic_notes(const struct uk_trap_frame *frame)
{
	UK_TABLE_FOREACH(struct uk_panic_note, panic_note, it)
		it->fn(frame);
}
