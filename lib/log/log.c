/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A message is put together on the caller's stack and goes to the console as one write, so that
 * lines of several CPUs do not mix. The lock is only tried, for a bounded time: a message from
 * the middle of another one (an interrupt, a fault in a console driver) still comes out.
 */

#include <uk/console.h>
#include <uk/log.h>
#include <uk/spinlock.h>
#include <uk/string.h>

#define LINE_MAX  256 /* with the newline; what is longer ends in "..." */
#define TRIES_MAX 10000

static struct uk_spinlock lock = UK_SPINLOCK_INIT;

static size_t put_prefix(char *line, const char *library)
{
	size_t n = uk_str_copy(line, library, LINE_MAX / 4);

	n = UK_MIN(n, (size_t)LINE_MAX / 4 - 1);
	line[n++] = ':';
	line[n++] = ' ';
	return n;
}

static size_t put_text(char *line, size_t n, const char *fmt, va_list ap)
{
	size_t room = LINE_MAX - n;
	int len = uk_vformat(line + n, room, fmt, ap);

	if ((size_t)len >= room) {
		memcpy(line + LINE_MAX - 4, "...", 3);
		n = LINE_MAX - 1;
	} else {
		n += (size_t)len;
	}
	line[n++] = '\n';
	return n;
}

static bool try_lock(void)
{
	for (int i = 0; i < TRIES_MAX; i++) {
		if (uk_spin_trylock(&lock))
			return true;
		uk_cpu_relax();
	}
	return false;
}

void uk_log_print(enum uk_log_level level, const char *library, const char *fmt, ...)
{
	char line[LINE_MAX];
	va_list ap;

	(void)level;
	va_start(ap, fmt);
	size_t n = put_text(line, put_prefix(line, library), fmt, ap);
	va_end(ap);

	uk_irqflags_t flags = uk_cpu_irq_save();
	bool locked = try_lock();

	uk_console_write(line, n);
	if (locked)
		uk_spin_unlock(&lock);
	uk_cpu_irq_restore(flags);
}
