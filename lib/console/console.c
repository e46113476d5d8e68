/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/atomic.h>
#include <uk/console.h>
#include <uk/errno.h>
#include <uk/plat.h>
#include <uk/spinlock.h>

#define PIECE_MAX 256 /* bytes written under one hold of the lock */

static struct {
	struct uk_spinlock lock;
	struct uk_list all;
	void (*notify)(void *arg);
	void *notify_arg;
} consoles = {
	.lock = UK_SPINLOCK_INIT,
	.all = UK_LIST_INIT(consoles.all),
};

static void write_all(const char *text, size_t len)
{
	if (uk_list_empty(&consoles.all))
		uk_plat_early_write(text, len);
	UK_LIST_FOREACH(it, &consoles.all) {
		struct uk_console *console = UK_LIST_ENTRY(it, struct uk_console, node);

		console->write(console, text, len);
	}
}

void uk_console_register(struct uk_console *console)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&consoles.lock);

	uk_list_append(&consoles.all, &console->node);
	uk_spin_unlock_irqrestore(&consoles.lock, flags);
}

void uk_console_write(const char *text, size_t len)
{
	while (len) {
		size_t n = UK_MIN(len, (size_t)PIECE_MAX);
		uk_irqflags_t flags = uk_spin_lock_irqsave(&consoles.lock);

		write_all(text, n);
		uk_spin_unlock_irqrestore(&consoles.lock, flags);
		text += n;
		len -= n;
	}
}

void uk_console_write_panic(const char *text, size_t len)
{
	write_all(text, len);
}

long uk_console_read(char *buf, size_t len)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&consoles.lock);
	size_t n = 0;

	UK_LIST_FOREACH(it, &consoles.all) {
		struct uk_console *console = UK_LIST_ENTRY(it, struct uk_console, node);
		long got = console->read && n < len ? console->read(console, buf + n, len - n) : 0;

		n += got > 0 ? (size_t)got : 0;
	}
	uk_spin_unlock_irqrestore(&consoles.lock, flags);
	return (long)n;
}

int uk_console_set_input_notify(void (*fn)(void *arg), void *arg)
{
	int err = -ENOSYS;
	uk_irqflags_t flags = uk_spin_lock_irqsave(&consoles.lock);

	consoles.notify_arg = arg;
	consoles.notify = fn;
	uk_spin_unlock_irqrestore(&consoles.lock, flags);

	/* Consoles are never unregistered, so the list may be walked without the lock. */
	UK_LIST_FOREACH(it, &consoles.all) {
		struct uk_console *console = UK_LIST_ENTRY(it, struct uk_console, node);

		if (fn && console->input_enable && console->input_enable(console) == 0)
			err = 0;
	}
	return fn ? err : 0;
}

void uk_console_input(struct uk_console *console)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&consoles.lock);
	void (*fn)(void *arg) = consoles.notify;
	void *arg = consoles.notify_arg;

	(void)console;
	uk_spin_unlock_irqrestore(&consoles.lock, flags);
	if (fn)
		fn(arg);
}
