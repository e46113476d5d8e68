/* SPDX-License-Identifier: BSD-3-Clause */
/* An initrd of any bytes: its index, every node of it, and paths that its names make. */

#include "input.h"
#include "lib/cpio/index.h"
#include <uk/errno.h>

static struct uk_cpio_index cpio;
static unsigned int visited;

static void visit(struct uk_fs_node *node, unsigned int depth);

static void visit_entries(struct uk_fs_node *dir, unsigned int depth)
{
	struct uk_fs_dirent e;
	struct uk_fs_node *child;
	uint64_t cursor = 0;

	while (dir->ops->readdir(dir, &cursor, &e) > 0) {
		MUST(e.name_len > 0 && e.name_len <= UK_FS_NAME_MAX);
		MUST(!memchr(e.name, '/', e.name_len) && !memchr(e.name, '\0', e.name_len));
		MUST(dir->ops->lookup(dir, e.name, e.name_len, &child) == 0);
		MUST(child->mode == e.mode);
		visit(child, depth + 1);
	}
}

static void visit(struct uk_fs_node *node, unsigned int depth)
{
	struct uk_stat st = { 0 };
	const void *at;
	char target[64];
	long n;

	visited++;
	MUST(depth <= UK_FS_DEPTH_MAX);
	MUST(node->ops->stat(node, &st) == 0 && st.st_mode == node->mode);
	n = node->ops->map(node, 0, &at);
	MUST(n == st.st_size);
	if (n > 0)
		touch(at, (size_t)n);
	MUST(node->ops->map(node, (uint64_t)n, &at) == 0);
	if (UK_S_ISLNK(node->mode))
		MUST(node->ops->readlink(node, target, sizeof(target)) == n && n > 0);
	if (UK_S_ISDIR(node->mode))
		visit_entries(node, depth);
}

/* The tree stays mounted while targets come and go: a directory that stands for the real root. */
static int root_lookup(struct uk_fs_node *dir, const char *name, size_t len,
		       struct uk_fs_node **out)
{
	(void)dir;
	return uk__cpio_ops.lookup(&cpio.node[0].fs, name, len, out);
}

static const struct uk_fs_ops root_ops = { .lookup = root_lookup };
static struct uk_fs_node root = { .ops = &root_ops, .mode = UK_S_IFDIR | 0755 };

static void walk(const char *path, size_t len)
{
	struct uk_fs_node *node;
	char byte;

	if (uk_fs_walk(path, len, 0, &node) != 0)
		return;
	MUST(!UK_S_ISLNK(node->mode));
	if (node != &root)
		(void)uk_fs_read(node, 0, &byte, 1);
	uk_fs_node_put(node);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int mounted = -1;
	struct uk_cpio_reader reader = { .base = (const char *)data, .size = size };
	struct uk_cpio_entry e;
	char path[64] = "/";

	if (mounted)
		mounted = uk_fs_mount_node(&root, "/");
	if (uk__cpio_index(&cpio, data, size, &uk__cpio_ops) != 0) {
		MUST(!cpio.node && !cpio.bucket && cpio.why);
		return 0;
	}
	visited = 0;
	visit(&cpio.node[0].fs, 0);
	MUST(visited == cpio.count);
	while (uk__cpio_next(&reader, &e) > 0) {
		size_t n = UK_MIN(e.name_len, sizeof(path) - 1);

		memcpy(path + 1, e.name, n);
		walk(path, n + 1);
		if (UK_S_ISLNK(e.mode))
			walk(e.data, e.size);
	}
	uk__cpio_index_free(&cpio);
	return 0;
}
