/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The first panic wins. A second one on the way (a fault in a console driver, a broken stack)
 * ends the machine at once; what was printed until then stands.
 */

#include "panic.h"

#include <uk/atomic.h>
#include <uk/console.h>
#include <uk/cpu.h>
#include <uk/log.h>
#include <uk/panic.h>
#include <uk/plat.h>
#include <uk/smp.h>
#include <uk/trap.h>

#define STATUS   134 /* 128 + SIGABRT, as a shell shows an aborted program */
#define TEXT_MAX 256

static int program_status; /* THREAD_INTERRUPT; 0: it is a panic */

static int panics;
static unsigned int winner; /* the CPU that panics, + 1; LIB_SMP */

void uk__panic_print(const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	int n = uk_vformat(text, sizeof(text), fmt, ap);
	va_end(ap);
	uk_console_write_panic(text, UK_MIN((size_t)n, sizeof(text) - 1));
}

/* What may not be told reads as 0. */
static uintptr_t shown(uintptr_t address)
{
	return uk_trap_address(&address) || CONFIG_PANIC_REGISTERS ? address : 0;
}

void uk__panic_print_code(uintptr_t ip)
{
	uk__panic_print("  0x%016lx\n", shown(ip));
}

/* Of an exception: the instruction itself, and not what a call returns to. */
static void print_registers(const struct uk_trap_frame *frame)
{
	const char *name;
	uint64_t value;

	if (!CONFIG_PANIC_REGISTERS) {
		uk__panic_print("pc 0x%016lx\n", shown(uk_trap_ip(frame)));
		return;
	}
	for (unsigned int i = 0; (name = uk_trap_register(frame, i, &value)); i++)
		uk__panic_print("%s%s 0x%016lx", i % 4 ? " " : i ? "\n" : "", name, shown(value));
	uk__panic_print("\n");
}

/* Who jumped to what is no code left its address on the stack. */
static void print_jumper(uintptr_t sp)
{
	const uintptr_t *caller = (const uintptr_t *)sp;

	if (uk__panic_is_stack(sp) && uk__panic_is_text(*caller))
		uk__panic_print_code(*caller);
}

/* A panic within a panic: no formatter, no driver. */
static uk_noreturn void end_again(void)
{
	static const char text[] = "\n[ashlar] panic: fault within a panic\n[ashlar] panic end\n";

	if (uk_load(&panics) == 2)
		uk_plat_early_write(text, sizeof(text) - 1);
	uk_plat_exit(STATUS);
}

/* One CPU panics; another that wants to stops instead. */
static void take_turn(void)
{
	unsigned int nobody = 0;

	if (!uk_compare_exchange(&winner, &nobody, uk_cpu_id() + 1) && nobody != uk_cpu_id() + 1)
		uk_cpu_stop();
}

static uk_noreturn void end(const struct uk_trap_frame *frame, uintptr_t ip, uintptr_t fp,
			    const char *fmt, va_list ap)
{
	char kind[TEXT_MAX];

	if (CONFIG_LOCKCHECK)
		uk_lockcheck_end();
	uk_cpu_irq_disable();
	if (CONFIG_LIB_SMP)
		take_turn();
	if (uk_fetch_add(&panics, 1) > 0)
		end_again();
	if (CONFIG_LIB_SMP)
		uk_smp_halt_others();
	uk_vformat(kind, sizeof(kind), fmt, ap);
	/* A line of its own: the application may have stopped in the middle of one. */
	uk__panic_print("\n[ashlar] panic: %s in 0x%016lx\n", kind, shown(ip));
	if (frame)
		print_registers(frame);
	if (CONFIG_PANIC_NOTES)
		uk__panic_notes(frame);
	if (CONFIG_PANIC_BACKTRACE) {
		uk__panic_print("backtrace:\n");
		uk__panic_print_code(ip);
		if (!uk__panic_is_text(ip) && frame)
			print_jumper(uk_trap_sp(frame));
		uk__panic_backtrace(fp);
	}
	if (CONFIG_THREAD_INTERRUPT && program_status) {
		uk__panic_print("[ashlar] exit %d\n", program_status);
		uk_plat_exit(program_status);
	}
	uk__panic_print("[ashlar] panic end\n");
	uk_plat_exit(STATUS);
}

#if CONFIG_THREAD_INTERRUPT
void uk_panic_status(int status)
{
	program_status = status;
}
#endif

uk_noinline void uk_panic(const char *fmt, ...)
{
	const uintptr_t *fp = __builtin_frame_address(0);
	va_list ap;

	va_start(ap, fmt);
	end(NULL, (uintptr_t)__builtin_return_address(0), CONFIG_FRAME_POINTER ? fp[0] : 0, fmt,
	    ap);
	/* cppcheck-suppress va_end_missing ; end() does not return */
}

void uk_panic_trap(const struct uk_trap_frame *frame, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	end(frame, uk_trap_ip(frame), uk_trap_fp(frame), fmt, ap);
	/* cppcheck-suppress va_end_missing ; end() does not return */
}

/* The function that found its canary changed called us: it is the one that is named. */
static uk_noreturn void smashed(uintptr_t ip, uintptr_t fp, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	end(NULL, ip, fp, fmt, ap);
	/* cppcheck-suppress va_end_missing ; end() does not return */
}

__attribute__((used)) uk_noinline void __stack_chk_fail(void)
{
	const uintptr_t *fp = __builtin_frame_address(0);

	smashed((uintptr_t)__builtin_return_address(0), CONFIG_FRAME_POINTER ? fp[0] : 0,
		"stack smashed");
}
