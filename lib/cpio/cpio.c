/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The initrd becomes the root of the file tree.
 */

#include "index.h"
#include <uk/boot.h>
#include <uk/bootinfo.h>
#include <uk/errno.h>
#include <uk/init.h>
#include <uk/plat.h>

static struct uk_cpio_index initrd;

static uk_noreturn void damaged(int err)
{
	if (err == -ENOMEM)
		uk_boot_fail("initrd: no memory for the list of its files: give more by MEM=");
	if (initrd.name)
		uk_boot_fail("initrd: %.200s at offset %zu: %s", initrd.name, initrd.offset,
			     initrd.why);
	uk_boot_fail("initrd: at offset %zu: %s", initrd.offset, initrd.why);
}

static int cpio_mount(const char *source, struct uk_fs_node **root)
{
	const struct uk_boot_range *at = &uk_plat_bootinfo.initrd;
	const void *archive;
	int err;

	(void)source;
	if (at->size == 0)
		return -ENOENT;
	if (initrd.node)
		return -EBUSY;
	archive = uk_plat_phys_read(at->start, at->size);
	if (!archive)
		return -EFAULT;
	err = uk__cpio_index(&initrd, archive, at->size, &uk__cpio_ops);
	if (err == 0)
		*root = &initrd.node[0].fs;
	return err;
}

UK_TABLE_ENTRY(struct uk_fs_type, fs) cpio_type = { "cpio", cpio_mount };

static int cpio_init(void)
{
	int err = uk_fs_mount("cpio", "initrd", "/");

	switch (err) {
	case 0: return 0;
	case -ENOENT:
		if (CONFIG_CPIO_REQUIRED)
			uk_boot_fail("initrd: there is none; the program's files come in one");
		return 0;
	case -EFAULT:
		uk_boot_fail("initrd: not in readable memory (%llu bytes at 0x%llx)",
			     (unsigned long long)uk_plat_bootinfo.initrd.size,
			     (unsigned long long)uk_plat_bootinfo.initrd.start);
	case -EBADMSG:
	case -ENOMEM: damaged(err);
	default: return err;
	}
}
UK_INIT(SERVICE, cpio_init);
