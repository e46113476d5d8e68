/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Messages for people: contract implemented by lib/log.
 *
 * One call is one line, written without a newline; the build tags it with the library's name.
 * Levels above CONFIG_LOG_LEVEL cost nothing. The format is the subset of printf that
 * uk_format() documents. Any context but NMI; never sleeps.
 */

#include <stdarg.h>
#include <stddef.h>
#include <uk/defs.h>

enum uk_log_level { UK_LOG_ERR = 1, UK_LOG_WARN, UK_LOG_INFO, UK_LOG_DBG };

void uk_log_print(enum uk_log_level level, const char *library, const char *fmt, ...)
	uk_printf(3, 4);

/*
 * Format into buf[size], always NUL-terminated when size > 0; returns the length the text
 * would have without the bound. Knows %% %c %s %d %i %u %x %X %o %p with flags - 0 +, width
 * (also *), precision for %s (also *), and the lengths hh h l ll z.
 */
int uk_format(char *buf, size_t size, const char *fmt, ...) uk_printf(3, 4);
int uk_vformat(char *buf, size_t size, const char *fmt, va_list ap) uk_printf(3, 0);

#define uk_log_(level, ...) \
	do { \
		if (CONFIG_LIB_LOG && (level) <= CONFIG_LOG_LEVEL) \
			uk_log_print(level, UK_LIB, __VA_ARGS__); \
	} while (0)
#define uk_err(...)  uk_log_(UK_LOG_ERR, __VA_ARGS__)
#define uk_warn(...) uk_log_(UK_LOG_WARN, __VA_ARGS__)
#define uk_info(...) uk_log_(UK_LOG_INFO, __VA_ARGS__)
#define uk_dbg(...)  uk_log_(UK_LOG_DBG, __VA_ARGS__)
