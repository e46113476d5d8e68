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
