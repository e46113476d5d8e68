/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * /dev/tty, /dev/console, and the standard streams by name. Opening one gives another descriptor of
 * the file that is there, as dup() does: its flags and its mode are shared (as on BSD; Linux makes
 * a second open file on the same device).
 */

#include "fs.h"
#include <uk/errno.h>
#include <uk/string.h>

const struct uk_file_ops uk__posix_fs_opened_ops;

UK_TABLE_ENTRY(struct uk_posix_fs_special, special)
dev_tty = { "/dev/tty", UK_S_IFCHR | 0666, &uk__posix_fs_opened_ops, NULL };
UK_TABLE_ENTRY(struct uk_posix_fs_special, special)
dev_console = { "/dev/console", UK_S_IFCHR | 0600, &uk__posix_fs_opened_ops, NULL };
UK_TABLE_ENTRY(struct uk_posix_fs_special, special)
dev_stdin = { "/dev/stdin", UK_S_IFCHR | 0600, &uk__posix_fs_opened_ops, NULL };
UK_TABLE_ENTRY(struct uk_posix_fs_special, special)
dev_stdout = { "/dev/stdout", UK_S_IFCHR | 0600, &uk__posix_fs_opened_ops, NULL };
UK_TABLE_ENTRY(struct uk_posix_fs_special, special)
dev_stderr = { "/dev/stderr", UK_S_IFCHR | 0600, &uk__posix_fs_opened_ops, NULL };

/* With a reference; NULL: it was closed. */
static struct uk_file *file_of(const char *name)
{
	static const char *const streams[] = { "stdin", "stdout", "stderr" };

	for (int fd = 0; fd < 3; fd++) {
		if (uk_str_eq(name, streams[fd]))
			return uk_fd_get(fd);
	}
	return uk_fd_terminal();
}

int uk__posix_fs_opened(const struct uk_posix_fs_special *s, uint32_t flags, struct uk_file **out)
{
	struct uk_file *file = file_of(s->path + sizeof("/dev/") - 1);
	uint32_t has, wants = flags & UK_O_ACCMODE;

	if (!file)
		return -ENXIO;
	has = file->flags & UK_O_ACCMODE;
	if (has != UK_O_RDWR && has != wants) {
		uk_fd_put(file);
		return -EACCES;
	}
	*out = file;
	return 0;
}
