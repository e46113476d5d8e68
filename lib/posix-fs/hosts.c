/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * /etc/hosts, where a program may look for its own machine.
 */

#include "fs.h"
#include <uk/string.h>

static const char hosts[] = "127.0.0.1 localhost\n::1 localhost\n";

static size_t text(char *buf, size_t size)
{
	memcpy(buf, hosts, UK_MIN(size, sizeof(hosts) - 1));
	return sizeof(hosts) - 1;
}

UK_TABLE_ENTRY(struct uk_posix_fs_special, special)
etc_hosts = { "/etc/hosts", UK_S_IFREG | 0444, NULL, text };
