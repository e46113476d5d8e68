/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Input from the console through a line discipline.
 */

#include "console.h"
#include "line.h"
#include <uk/clock.h>
#include <uk/console.h>
#include <uk/errno.h>
#include <uk/init.h>
#include <uk/signal.h>
#include <uk/timer.h>
#include <uk/uaccess.h>

#define AGAIN (10 * (uk_nsec_t)UK_NSEC_PER_MSEC)

static struct {
	struct uk_spinlock lock; /* line, and that it starts once */
	bool started;            /* the first use has set up the line */
	bool deaf;               /* the console cannot tell that there is input */
	struct uk_line line;
	struct uk_timer timer;
} input;

/* Take from the device what it has, while there is room. Lock held. */
static void pull(void)
{
	char c, echo[3];

	while (uk__posix_fd_line_open(&input.line) && uk_console_read(&c, 1) == 1) {
		unsigned int n = uk__posix_fd_line_input(&input.line, c, echo);

		if (n > 0)
			uk_console_write(echo, n);
	}
}

static uk_irqflags_t lock(void)
{
	return uk_spin_lock_irqsave(&input.lock);
}

/* And the signal that a key asked for meanwhile. */
static void unlock(uk_irqflags_t flags)
{
	int sig = input.line.signal;

	if (CONFIG_LIB_POSIX_SIGNAL)
		input.line.signal = 0;
	uk_spin_unlock_irqrestore(&input.lock, flags);
	if (CONFIG_LIB_POSIX_SIGNAL && sig)
		uk_signal_send(sig, UK_SI_KERNEL);
}

/* From the interrupt: the reader itself takes the bytes, but keys that send signals do not wait. */
static void notify(void *arg)
{
	if (CONFIG_LIB_POSIX_SIGNAL) {
		uk_irqflags_t flags = lock();

		pull();
		unlock(flags);
	}
	uk_poll_wake(arg, UK_POLLIN);
}

/* Nobody goes on before the line is what reads expect. Until it is known whether the console can
 * tell, others look again. */
static void start(struct uk_file *file)
{
	uk_irqflags_t flags;
	bool first;

	/* Acquire: pairs with the release below. */
	if (uk_load_acquire(&input.started))
		return;
	flags = lock();
	first = !input.started;
	if (first) {
		uk__posix_fd_line_init(&input.line);
		if (CONFIG_LIB_TIMER)
			uk_timer_init(&input.timer, notify, &file->poll);
		uk_store(&input.deaf, true);
		uk_store_release(&input.started, true);
	}
	unlock(flags);
	if (first)
		uk_store(&input.deaf, uk_console_set_input_notify(notify, &file->poll) != 0);
}

/* Somebody may be about to wait: then he looks again in a while. */
static void look_again(void)
{
	if (CONFIG_LIB_TIMER && uk_load(&input.deaf) && !uk_timer_active(&input.timer))
		uk_timer_start(&input.timer, uk_clock_now() + AGAIN);
}

long uk__posix_fd_stdin_read(struct uk_file *file, struct uk_file_iter *to, int64_t offset)
{
	char chunk[128];
	size_t room = UK_MIN(to->total, sizeof(chunk));
	uk_irqflags_t flags;
	long n;

	(void)offset;
	if (room == 0)
		return 0;
	start(file);
	flags = lock();
	pull();
	n = uk__posix_fd_line_take(&input.line, chunk, room);
	unlock(flags);
	return n > 0 ? uk_file_iter_put(to, chunk, (size_t)n) : n;
}

uint32_t uk__posix_fd_stdin_poll(struct uk_file *file)
{
	uk_irqflags_t flags;
	bool readable;

	start(file);
	flags = lock();
	pull();
	readable = uk__posix_fd_line_readable(&input.line);
	unlock(flags);
	if (!readable)
		look_again();
	return UK_POLLOUT | (readable ? UK_POLLIN : 0);
}

static long get_mode(void *arg)
{
	struct uk_termios mode;
	uk_irqflags_t flags = lock();

	mode = input.line.mode;
	unlock(flags);
	return uk_uaccess_write(arg, &mode, sizeof(mode));
}

static long set_mode(const void *arg, bool flush)
{
	struct uk_termios mode;
	uk_irqflags_t flags;

	if (uk_uaccess_read(&mode, arg, sizeof(mode)))
		return -EFAULT;
	flags = lock();
	if (flush)
		uk__posix_fd_line_flush(&input.line);
	uk__posix_fd_line_mode(&input.line, &mode);
	unlock(flags);
	return 0;
}

static long count_ready(void *arg)
{
	uk_irqflags_t flags = lock();
	int32_t n;

	pull();
	n = (int32_t)uk__posix_fd_line_count(&input.line);
	unlock(flags);
	return uk_uaccess_write(arg, &n, sizeof(n));
}

long uk__posix_fd_stdin_ioctl(struct uk_file *file, unsigned long request, void *arg)
{
	start(file);
	switch (request) {
	case UK_TCGETS: return get_mode(arg);
	case UK_TCSETS:
	case UK_TCSETSW: return set_mode(arg, false);
	case UK_TCSETSF: return set_mode(arg, true);
	case UK_FIONREAD: return count_ready(arg);
	default: return -ENOTTY;
	}
}

#if CONFIG_LIB_POSIX_SIGNAL
/* Keys are looked at also while nobody reads. */
static int stdin_init(void)
{
	struct uk_file *file = uk_fd_get(0);

	if (file) {
		start(file);
		uk_fd_put(file);
	}
	return 0;
}
UK_INIT(APP, stdin_init);
#endif
