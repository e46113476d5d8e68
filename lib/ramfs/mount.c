/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tree that is there from the start.
 */

#include "ramfs.h"
#include <uk/bootinfo.h>
#include <uk/errno.h>
#include <uk/init.h>
#include <uk/log.h>
#include <uk/param.h>
#include <uk/string.h>

static uint64_t size = CONFIG_RAMFS_SIZE_KIB * 1024ull;
UK_PARAM_UINT(size, size, "bytes that the files may take, with all that they need; 0: half of RAM");

static int ramfs_mount(const char *source, struct uk_fs_node **root)
{
	struct uk_frames_stats stats;

	(void)source;
	uk_frames_stats(&stats);
	return uk_ramfs_create(size ? size : stats.total * UK_PAGE_SIZE / 2, root);
}

UK_TABLE_ENTRY(struct uk_fs_type, fs) ramfs_type = { "ramfs", ramfs_mount };

/* After the file systems that bring the directory. Without it the program can still run. */
static int ramfs_init(void)
{
	int err = 0;

	if (CONFIG_RAMFS_TARGET[0])
		err = uk_fs_mount("ramfs", "", CONFIG_RAMFS_TARGET);
	if (err == -ENOENT)
		uk_err("no directory %s to be mounted on: put an empty one into the initrd",
		       CONFIG_RAMFS_TARGET);
	else if (err)
		uk_err("not mounted on %s: error %d", CONFIG_RAMFS_TARGET, -err);
	return 0;
}
UK_INIT(APP, ramfs_init);
