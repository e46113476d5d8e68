/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Files that are not in a file system: devices, and texts that are made when they are opened
 * (/etc/resolv.conf by a network stack). An entry of the table is there under its name alone:
 * directories do not list it. A device comes before a file of the same name in a file system, a
 * text after it, so that an initrd may bring its own /etc/hosts.
 */

#include <uk/defs.h>
#include <uk/file.h>
#include <uk/table.h>

struct uk_posix_fs_special {
	const char *path; /* absolute, without '.' and '..' */
	uint32_t mode;    /* UK_S_IFCHR or UK_S_IFREG, and permissions */
	/* Of a device: what its files do. A file has no state but its struct uk_file. */
	const struct uk_file_ops *ops;
	/* Of a text: write at most `size` bytes, return the whole length; is asked twice, with a
	 * size of 0 first, then with room for a terminator too, which does not count. Thread
	 * context, no lock held. */
	size_t (*text)(char *buf, size_t size);
};
UK_TABLE(struct uk_posix_fs_special, special);
