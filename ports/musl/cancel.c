/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cancellation points where nobody cancels. A program that calls pthread_cancel() links
 * pthread_cancel.c, whose two functions then stand in for the weak ones here; in all others the
 * whole pair folds away. The pattern is musl's own for optional parts.
 */

#include "syscall.h"

static long nothing_pending(long nr)
{
	(void)nr;
	return 0;
}

static long interrupted(long nr)
{
	(void)nr;
	return -EINTR;
}

hidden long __uk_cancel_test(long nr);
hidden long __uk_cancel_interrupted(long nr);
weak_alias(nothing_pending, __uk_cancel_test);
weak_alias(interrupted, __uk_cancel_interrupted);

long __uk_cancel_enter(long nr)
{
	return __uk_cancel_test(nr);
}

long __uk_cancel_leave(long nr)
{
	return __uk_cancel_interrupted(nr);
}
