/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include <stdbool.h>
#include <uk/defs.h>

/* One piece of a panic's text to all consoles, past all locks. */
void uk__panic_print(const char *fmt, ...) uk_printf(1, 2);

/* notes.c: what libraries have to say. */
struct uk_trap_frame;
void uk__panic_notes(const struct uk_trap_frame *frame);

/* A line of the backtrace. */
void uk__panic_print_code(uintptr_t ip);

/* True if ip is an address of the image's code. */
bool uk__panic_is_text(uintptr_t ip);

/* True if two words at p can be read: they may be part of a stack. */
bool uk__panic_is_stack(uintptr_t p);

/* Print the callers, by the chain of frame pointers that starts at fp. */
void uk__panic_backtrace(uintptr_t fp);
