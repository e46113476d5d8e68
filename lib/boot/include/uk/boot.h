/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Start and end of an image. uk_boot_main() (<uk/plat.h>) is called by the platform.
 */

#include <uk/defs.h>

/*
 * Orderly end: finishing functions in reverse order of initialisation, the line
 * "[ashlar] exit N", the machine off. status: its low 8 bits count. Thread context; a second
 * call while the first is under way goes straight to the end.
 */
uk_noreturn void uk_boot_exit(int status);

/*
 * Boot cannot go on for a reason that a person can mend: one line, then exit status 1 without
 * finishing functions. `fmt` as of uk_log_print(), without the newline. Boot context.
 */
uk_noreturn void uk_boot_fail(const char *fmt, ...) uk_printf(1, 2);

/*
 * Somebody outside (the power button) wants an orderly end: a line in the log, and fn() of
 * uk_boot_on_stop() is called, at once or as soon as there is one. What ends the image is still
 * uk_boot_exit(). Any context but NMI.
 */
void uk_boot_stop_request(const char *who);
/* One taker for an image. fn runs in the requester's context and only passes the word on. */
void uk_boot_on_stop(void (*fn)(void));
