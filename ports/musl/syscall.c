/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls whose number is known only at run time. This file names every call: an application that
 * uses syscall() keeps all that are configured in its image.
 */

#define _BSD_SOURCE
#include <stdarg.h>
#include <unistd.h>

/* Makes a macro of syscall, so it comes last. */
#include "syscall.h"

#undef syscall

long __uk_syscall_any(long nr, long a, long b, long c, long d, long e, long f)
{
	return __uk_syscall_switch(nr, a, b, c, d, e, f);
}

long syscall(long nr, ...)
{
	long arg[6];
	va_list ap;

	va_start(ap, nr);
	for (int i = 0; i < 6; i++)
		arg[i] = va_arg(ap, long);
	va_end(ap);
	return __syscall_ret(
		__uk_syscall_switch(nr, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]));
}
