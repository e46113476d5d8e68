/* SPDX-License-Identifier: BSD-3-Clause */
/* The way out. */

#include <uk/atomic.h>
#include <uk/boot.h>
#include <uk/console.h>
#include <uk/init.h>
#include <uk/log.h>
#include <uk/plat.h>

#define LINE_MAX 256

static int exits;

static uk_noreturn void finish(int status)
{
	char line[32];

	status &= 0xff;
	/* The runner looks for it at the start of a line or behind an unfinished one. */
	uk_console_write(line, (size_t)uk_format(line, sizeof(line), "[ashlar] exit %d\n", status));
	uk_plat_exit(status);
}

void uk_boot_exit(int status)
{
	const struct uk_fini *it = uk_tab_fini_end;

	if (uk_fetch_add(&exits, 1) == 0)
		while (it > uk_tab_fini)
			(--it)->fn();
	finish(status);
}

void uk_boot_fail(const char *fmt, ...)
{
	char line[LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	int n = uk_vformat(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);

	size_t len = UK_MIN((size_t)n, sizeof(line) - 2);

	line[len++] = '\n';
	uk_console_write(line, len);
	finish(1);
}
