/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/callers.h>
#include <uk/console.h>
#include <uk/log.h>

static const char mark[] = "[ashlar] ";

void uk_callers_report(const char *fmt, ...)
{
	char line[160 + 2 * UK_CALLERS_TEXT];
	size_t len = sizeof(mark) - 1, most = sizeof(line) - len - 1;
	va_list ap;

	__builtin_memcpy(line, mark, len);
	va_start(ap, fmt);
	int n = uk_vformat(line + len, most, fmt, ap);
	va_end(ap);
	len += UK_MIN((size_t)n, most - 1);
	line[len++] = '\n';
	uk_console_write(line, len);
}
