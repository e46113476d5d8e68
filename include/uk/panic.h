/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The end: contract implemented by lib/panic.
 *
 * A panic prints one line "[ashlar] panic: KIND ... in ADDRESS", registers where there are any,
 * a backtrace and "[ashlar] panic end", then ends the machine. Any context, also with locks
 * held and in a broken state; the first caller wins, what follows is ignored.
 */

#include <stdbool.h>
#include <uk/defs.h>

struct uk_trap_frame;

/* `fmt` as of uk_log_print(), one line without the newline. */
uk_noreturn void uk_panic(const char *fmt, ...) uk_printf(1, 2);

/*
 * Panic at the instruction and with the registers of an exception. `kind` is for example
 * "page fault (write) at 0x0000000000000000".
 */
uk_noreturn void uk_panic_trap(const struct uk_trap_frame *frame, const char *fmt, ...)
	uk_printf(2, 3);

/*
 * With signals: what follows is no fault of the kernel's but of the program, which ends with this
 * status (0 to 255). The report is the same, but its last line is "[ashlar] exit STATUS".
 */
void uk_panic_status(int status);

/* Called by the compiler's code when a stack canary has changed. */
uk_noreturn void __stack_chk_fail(void);

/* Checks for a caller's bug; nothing in it is evaluated where assertions are off. */
#define UK_ASSERT(cond) \
	do { \
		if (CONFIG_ASSERT && uk_unlikely(!(cond))) \
			uk_panic("assertion failed: %s (%s:%d)", #cond, __FILE_NAME__, __LINE__); \
	} while (0)
#define UK_STATIC_ASSERT(cond) _Static_assert(cond, #cond)
