/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files of the table `special`.
 */

#include "fs.h"
#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/string.h>

struct text_file {
	struct uk_file file;
	int64_t pos;
	int64_t size;
	char text[];
};

static struct text_file *text_of(struct uk_file *file)
{
	return UK_CONTAINER_OF(file, struct text_file, file);
}

static long text_read(struct uk_file *file, struct uk_file_iter *to, int64_t offset)
{
	struct text_file *f = text_of(file);
	int64_t at = offset >= 0 ? offset : uk_load(&f->pos);
	long n = at < f->size ? uk_file_iter_put(to, f->text + at, (size_t)(f->size - at)) : 0;

	if (n > 0 && offset < 0)
		uk_store(&f->pos, at + n);
	return n;
}

static int64_t text_seek(struct uk_file *file, int64_t offset, int whence)
{
	struct text_file *f = text_of(file);
	int64_t base = whence == UK_SEEK_CUR ? uk_load(&f->pos) : 0;

	if (whence < UK_SEEK_SET || whence > UK_SEEK_END)
		return -EINVAL;
	if (whence == UK_SEEK_END)
		base = f->size;
	if (__builtin_add_overflow(base, offset, &base) || base < 0)
		return -EINVAL;
	uk_store(&f->pos, base);
	return base;
}

static int text_stat(struct uk_file *file, struct uk_stat *out)
{
	out->st_mode = UK_S_IFREG | 0444;
	out->st_size = text_of(file)->size;
	return 0;
}

static void text_close(struct uk_file *file)
{
	uk_heap_free(text_of(file));
}

static const struct uk_file_ops text_ops = {
	.read = text_read,
	.seek = text_seek,
	.stat = text_stat,
	.close = text_close,
};

const struct uk_posix_fs_special *uk__posix_fs_special(const char *path, bool device)
{
	UK_TABLE_FOREACH(struct uk_posix_fs_special, special, s) {
		if ((s->ops != NULL) == device && uk_str_eq(s->path, path))
			return s;
	}
	return NULL;
}

/* One byte more than there is text: a formatter ends with a terminator. */
static int open_text(const struct uk_posix_fs_special *s, uint32_t flags, struct uk_file **out)
{
	size_t size = s->text(NULL, 0);
	struct text_file *f;

	if ((flags & UK_O_ACCMODE) != UK_O_RDONLY)
		return -EROFS;
	f = uk_heap_alloc(sizeof(*f) + size + 1);
	if (!f)
		return -ENOMEM;
	uk_file_init(&f->file, &text_ops, flags);
	f->pos = 0;
	f->size = (int64_t)UK_MIN(s->text(f->text, size + 1), size);
	*out = &f->file;
	return 0;
}

int uk__posix_fs_special_open(const struct uk_posix_fs_special *s, uint32_t flags,
			      struct uk_file **out)
{
	if (flags & UK_O_DIRECTORY)
		return -ENOTDIR;
	if (s->text)
		return open_text(s, flags, out);
	if (CONFIG_POSIX_FS_TTY && s->ops == &uk__posix_fs_opened_ops)
		return uk__posix_fs_opened(s, flags, out);
	*out = uk_heap_alloc(sizeof(**out));
	if (!*out)
		return -ENOMEM;
	uk_file_init(*out, s->ops, flags);
	return 0;
}

void uk__posix_fs_special_stat(const struct uk_posix_fs_special *s, struct uk_stat *out)
{
	out->st_mode = s->mode;
	if (s->text)
		out->st_size = (int64_t)s->text(NULL, 0);
}
