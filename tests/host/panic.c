/* SPDX-License-Identifier: BSD-3-Clause */
/* Contracts panic.h and plat.h on the host: a panic aborts, an exit exits. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <uk/panic.h>
#include <uk/plat.h>

uk_noreturn void uk_panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "[ashlar] panic: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	abort();
}

uk_noreturn void uk_panic_trap(const struct uk_trap_frame *frame, const char *fmt, ...)
{
	(void)frame;
	uk_panic("%s", fmt);
}

uk_noreturn void uk_plat_exit(int status)
{
	exit(status);
}

uk_noreturn void uk_plat_reset(void)
{
	exit(0);
}

void uk_plat_early_write(const char *text, size_t len)
{
	fwrite(text, 1, len, stderr);
}
