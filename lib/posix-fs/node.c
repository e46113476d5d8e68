/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Open files and directories of file systems.
 */

#include "node.h"
#include "memfd.h"
#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/string.h>
#include <uk/uaccess.h>

/* Straight from where the file lies. */
static long read_mapped(struct uk_fs_node *node, struct uk_file_iter *to, uint64_t offset)
{
	const void *from;
	long n = node->ops->map(node, offset, &from);

	return n > 0 ? uk_file_iter_put(to, from, (size_t)n) : n;
}

static long read_copied(struct uk_fs_node *node, struct uk_file_iter *to, uint64_t offset)
{
	char buf[256];
	long done = 0, n = 0;

	while (to->total > 0) {
		n = node->ops->read(node, offset + (uint64_t)done, buf,
				    UK_MIN(to->total, sizeof(buf)));
		if (n > 0)
			n = uk_file_iter_put(to, buf, (size_t)n);
		if (n <= 0)
			break;
		done += n;
	}
	return done > 0 ? done : n;
}

static long read_at(struct node_file *f, struct uk_file_iter *to, uint64_t offset)
{
	return f->node->ops->map ? read_mapped(f->node, to, offset)
				 : read_copied(f->node, to, offset);
}

static long node_read(struct uk_file *file, struct uk_file_iter *to, int64_t offset)
{
	struct node_file *f = uk__posix_fs_of(file);
	long n;

	if (offset >= 0)
		return read_at(f, to, (uint64_t)offset);
	uk__posix_fs_lock(f);
	n = read_at(f, to, (uint64_t)f->pos);
	if (n > 0)
		f->pos += n;
	uk__posix_fs_unlock(f);
	return n;
}

static int node_stat(struct uk_file *file, struct uk_stat *out)
{
	return uk__posix_fs_of(file)->node->ops->stat(uk__posix_fs_of(file)->node, out);
}

static int64_t base_of(struct node_file *f, int whence)
{
	struct uk_stat st = { 0 };
	int err;

	switch (whence) {
	case UK_SEEK_SET: return 0;
	case UK_SEEK_CUR: return f->pos;
	case UK_SEEK_END: err = f->node->ops->stat(f->node, &st); return err ? err : st.st_size;
	default: return -EINVAL;
	}
}

static int64_t node_seek(struct uk_file *file, int64_t offset, int whence)
{
	struct node_file *f = uk__posix_fs_of(file);
	int64_t at;

	uk__posix_fs_lock(f);
	at = base_of(f, whence);
	if (at >= 0 && (__builtin_add_overflow(at, offset, &at) || at < 0))
		at = -EINVAL;
	if (at >= 0)
		f->pos = at;
	uk__posix_fs_unlock(f);
	return at;
}

static void node_close(struct uk_file *file)
{
	struct node_file *f = uk__posix_fs_of(file);

	uk_fs_node_put(f->node);
	uk_heap_free(f->path);
	uk_heap_free(f);
}

/* The entry at `pos`, which moves on; 0: no more. */
static int next_entry(struct node_file *f, int64_t *pos, struct uk_fs_dirent *out)
{
	uint64_t cursor = (uint64_t)*pos - 2;
	int n;

	if (*pos < 2) {
		out->name = "..";
		out->name_len = (size_t)++*pos;
		out->ino = 1;
		out->mode = UK_S_IFDIR;
		return 1;
	}
	n = f->node->ops->readdir(f->node, &cursor, out);
	*pos = (int64_t)(cursor + 2);
	return n;
}

/* Bytes written, 0 if there is no room. */
static long put_entry(char *user, size_t room, const struct uk_fs_dirent *e, int64_t next)
{
	uint64_t raw[(UK_DIRENT64_HEAD + UK_FS_NAME_MAX + 8) / 8 + 1];
	struct uk_dirent64 *d = (struct uk_dirent64 *)raw;
	size_t len = UK_ALIGN_UP(UK_DIRENT64_HEAD + e->name_len + 1, 8ul);

	if (len > room || e->name_len > UK_FS_NAME_MAX)
		return 0;
	memset(raw, 0, len);
	d->d_ino = e->ino;
	d->d_off = next;
	d->d_reclen = (uint16_t)len;
	d->d_type = UK_DT_OF(e->mode);
	memcpy(d->d_name, e->name, e->name_len);
	return uk_uaccess_write(user, raw, len) ? -EFAULT : (long)len;
}

static long node_getdents(struct uk_file *file, void *user, size_t room)
{
	struct node_file *f = uk__posix_fs_of(file);
	struct uk_fs_dirent entry;
	long done = 0, n = 0;
	int more = 0;

	uk__posix_fs_lock(f);
	do {
		int64_t next = f->pos;

		more = next_entry(f, &next, &entry);
		if (more <= 0)
			break;
		n = put_entry((char *)user + done, room - (size_t)done, &entry, next);
		if (n > 0) {
			done += n;
			f->pos = next;
		}
	} while (n > 0);
	uk__posix_fs_unlock(f);
	if (done > 0 || more <= 0)
		return done > 0 ? done : more;
	return n < 0 ? n : -EINVAL;
}

static const struct uk_file_ops file_ops = {
	.read = node_read,
	.seek = node_seek,
	.stat = node_stat,
	.close = node_close,
};

static const struct uk_file_ops dir_ops = {
	.seek = node_seek,
	.stat = node_stat,
	.getdents = node_getdents,
	.close = node_close,
};

#if CONFIG_VM_DEMAND
static int node_map(struct uk_file *file, struct uk_vm_source *source)
{
	struct uk_fs_node *node = uk__posix_fs_of(file)->node;

	return node->ops->change->map ? node->ops->change->map(node, source) : -ENODEV;
}
#endif

static const struct uk_file_ops changeable_ops = {
	.read = uk__posix_fs_io_read,
	.write = uk__posix_fs_io_write,
	.seek = node_seek,
	.ioctl = CONFIG_POSIX_FS_MEMFD ? uk__posix_fs_memfd_ioctl : NULL,
	.stat = node_stat,
	.close = node_close,
#if CONFIG_VM_DEMAND
	.map = node_map,
#endif
};

static const struct uk_file_ops *ops_for(const struct uk_fs_node *node)
{
	if (UK_S_ISDIR(node->mode))
		return &dir_ops;
	return uk_fs_change(node) ? &changeable_ops : &file_ops;
}

struct uk_fs_node *uk__posix_fs_node_of(const struct uk_file *file)
{
	if (file->ops != &dir_ops && file->ops != &file_ops &&
	    !(CONFIG_FS_CHANGE && file->ops == &changeable_ops))
		return NULL;
	return uk__posix_fs_of((struct uk_file *)(uintptr_t)file)->node;
}

struct uk_file *uk__posix_fs_node_file(struct uk_fs_node *node, char *path, uint32_t flags)
{
	struct node_file *f = uk_heap_zalloc(1, sizeof(*f));

	if (!f)
		return NULL;
	uk_file_init(&f->file, ops_for(node), flags);
	if (CONFIG_LIB_SYNC)
		uk_mutex_init(&f->mutex);
	f->node = node;
	f->path = path;
	return &f->file;
}

const char *uk__posix_fs_dir_path(const struct uk_file *file)
{
	return file->ops == &dir_ops ? uk__posix_fs_of((struct uk_file *)(uintptr_t)file)->path
				     : NULL;
}
