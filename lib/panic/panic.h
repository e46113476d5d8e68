/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include <uk/defs.h>

/* One piece of a panic's text to all consoles, past all locks. */
void uk__panic_print(const char *fmt, ...) uk_printf(1, 2);

/* Print the callers, by the chain of frame pointers that starts at fp. */
void uk__panic_backtrace(uintptr_t fp);
