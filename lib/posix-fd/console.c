/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Standard input, output and error: one open file on the console, as a terminal gives it.
 */

#include "console.h"
#include <uk/abi/ioctl.h>
#include <uk/console.h>
#include <uk/errno.h>
#include <uk/init.h>
#include <uk/uaccess.h>

#define CHUNK 128u

/*
 * Output goes through a small buffer: a driver holds its lock while it writes, and the
 * application's memory is not touched under a lock.
 */
static long console_write(struct uk_file *file, struct uk_file_iter *from, int64_t offset)
{
	char chunk[CHUNK];
	long done = 0, n;

	(void)file;
	(void)offset;
	while ((n = uk_file_iter_get(from, chunk, sizeof(chunk))) > 0) {
		uk_console_write(chunk, (size_t)n);
		done += n;
	}
	return done > 0 ? done : n;
}

static long no_input(struct uk_file *file, struct uk_file_iter *to, int64_t offset)
{
	(void)file;
	(void)to;
	(void)offset;
	return 0;
}

/* libc asks for the window's size to learn that this is a terminal. 0 by 0: not known. */
static long console_ioctl(struct uk_file *file, unsigned long request, void *arg)
{
	struct uk_winsize size = { 0 };

	if (request == UK_TIOCGWINSZ)
		return uk_uaccess_write(arg, &size, sizeof(size));
	return CONFIG_POSIX_FD_STDIN ? uk__posix_fd_stdin_ioctl(file, request, arg) : -ENOTTY;
}

static const struct uk_file_ops console_ops = {
	.read = CONFIG_POSIX_FD_STDIN ? uk__posix_fd_stdin_read : no_input,
	.write = console_write,
	.ioctl = console_ioctl,
	.poll = CONFIG_POSIX_FD_STDIN ? uk__posix_fd_stdin_poll : NULL,
};

static struct uk_file console;

struct uk_file *uk_fd_terminal(void)
{
	uk_file_get(&console);
	return &console;
}

static int console_open(void)
{
	uk_file_init(&console, &console_ops, UK_O_RDWR);
	for (int fd = 0; fd < 3; fd++) {
		uk_file_get(&console);
		uk_fd_install(&console, 0);
	}
	return 0;
}
UK_INIT(CORE, console_open);
