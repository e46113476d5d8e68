/* SPDX-License-Identifier: BSD-3-Clause */
/* What differs between guest and host (tests/host/test_host.c). */

#include "internal.h"
#include <uk/console.h>
#include <uk/test.h>

/* One CPU until lib/smp exists. */
void uk_test_smp(void (*fn)(unsigned int cpu, void *arg), void *arg)
{
	fn(0, arg);
}

bool uk_test_panics(void (*fn)(void *arg), void *arg)
{
	(void)fn;
	(void)arg;
	return true;
}

void uk__test_write(const char *text, size_t len)
{
	uk_console_write(text, len);
}
