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
#include <uk/table.h>

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

/*
 * With PANIC_NOTES, which who has any selects: called by a panic after its first line and its
 * registers, with the frame of the exception or NULL; on whatever stack, interrupts off, other CPUs
 * stopped wherever they were. Takes no lock; tells by uk_panic_say() a line without its newline.
 */
struct uk_panic_note {
	void (*fn)(const struct uk_trap_frame *frame);
};

UK_TABLE(struct uk_panic_note, panic_note);

#define UK_PANIC_NOTE(f) UK_TABLE_ENTRY(struct uk_panic_note, panic_note) uk_panic_note_##f = { f }
/* What stands behind the others: no cause. */
#define UK_PANIC_NOTE_LATE(f) \
	UK_TABLE_ENTRY_AT(struct uk_panic_note, panic_note, "2") uk_panic_note_##f = { f }

void uk_panic_say(const char *fmt, ...) uk_printf(1, 2);

/* Checks for a caller's bug; nothing in it is evaluated where assertions are off. */
#define UK_ASSERT(cond) \
	do { \
		if (CONFIG_ASSERT && uk_unlikely(!(cond))) \
			uk_panic("assertion failed: %s (%s:%d)", #cond, __FILE_NAME__, __LINE__); \
	} while (0)
#define UK_STATIC_ASSERT(cond) _Static_assert(cond, #cond)
