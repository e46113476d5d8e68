/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Who called: implemented by lib/callers, for reports of debug builds. Any context; takes no lock.
 */

#include <uk/defs.h>

#define UK_CALLERS_MAX 5u

/*
 * Where each call was made from which `fp` (a frame pointer: __builtin_frame_address(0), or what
 * was saved of one) leads to, newest first: addresses within the calling instructions, so that a
 * line table finds the call. Ends at `most`, and where the chain does. Returns how many.
 */
unsigned int uk_callers(const void *fp, uintptr_t *at, unsigned int most);

/* " 0x... 0x..." as the image was linked, for a report that the runner gives names to; buf holds
 * UK_CALLERS_TEXT characters. Returns buf. */
#define UK_CALLERS_TEXT (20u * UK_CALLERS_MAX)
const char *uk_callers_text(char *buf, const uintptr_t *at, unsigned int count);

/* A line `[ashlar] ...` on the console: those that begin with "leak: ", "lock: " or "stack: " get
 * names behind their addresses by the runner. Without its newline. Any context but NMI. */
void uk_callers_report(const char *fmt, ...) uk_printf(1, 2);
