/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * memfd_create (Linux, memfd_create(2)): a file in memory that no directory knows. It is a node of
 * its own in front of one of a ramfs tree of its own, so that seals (fcntl(2), "File sealing")
 * stand between all that changes it and the bytes.
 */

#include "memfd.h"
#include "fs.h"
#include <uk/abi/memfd.h>
#include <uk/errno.h>
#include <uk/fault.h>
#include <uk/heap.h>
#include <uk/ramfs.h>
#include <uk/string.h>
#include <uk/sync.h>
#include <uk/syscall.h>

#define NAME_MAX 249u /* what Linux leaves of 255 */
#define SEALS \
	((uint32_t)(UK_F_SEAL_SEAL | UK_F_SEAL_SHRINK | UK_F_SEAL_GROW | UK_F_SEAL_WRITE | \
		    UK_F_SEAL_FUTURE_WRITE))

struct memfd {
	struct uk_fs_node fs;
	struct uk_fs_node *data;
	struct uk_mutex mutex; /* between the look at the seals and what they allow */
	uint32_t seals;        /* mutex */
};

static struct memfd *of(struct uk_fs_node *node)
{
	return UK_CONTAINER_OF(node, struct memfd, fs);
}

static void lock(struct memfd *m)
{
	if (CONFIG_LIB_SYNC)
		uk_mutex_lock(&m->mutex);
}

static void unlock(struct memfd *m)
{
	if (CONFIG_LIB_SYNC)
		uk_mutex_unlock(&m->mutex);
}

static int memfd_stat(struct uk_fs_node *node, struct uk_stat *out)
{
	return of(node)->data->ops->stat(of(node)->data, out);
}

static long memfd_read(struct uk_fs_node *node, uint64_t offset, void *buf, size_t len)
{
	return of(node)->data->ops->read(of(node)->data, offset, buf, len);
}

static long memfd_io_read(struct uk_fs_node *node, struct uk_fs_io *io)
{
	return of(node)->data->ops->change->read(of(node)->data, io);
}

/* -EPERM: a seal says no. */
static int may_write(struct memfd *m, const struct uk_fs_io *io)
{
	struct uk_stat st = { 0 };
	uint64_t end;

	if (m->seals & (UK_F_SEAL_WRITE | UK_F_SEAL_FUTURE_WRITE))
		return -EPERM;
	if (!(m->seals & UK_F_SEAL_GROW))
		return 0;
	m->data->ops->stat(m->data, &st);
	if (__builtin_add_overflow(io->append ? (uint64_t)st.st_size : io->offset, io->left, &end))
		return -EPERM;
	return end > (uint64_t)st.st_size ? -EPERM : 0;
}

static long memfd_io_write(struct uk_fs_node *node, struct uk_fs_io *io)
{
	struct memfd *m = of(node);
	long n;

	lock(m);
	n = may_write(m, io);
	if (n == 0)
		n = m->data->ops->change->write(m->data, io);
	unlock(m);
	return n;
}

static int memfd_truncate(struct uk_fs_node *node, uint64_t size)
{
	struct memfd *m = of(node);
	struct uk_stat st = { 0 };
	uint64_t now;
	int err = -EPERM;

	lock(m);
	m->data->ops->stat(m->data, &st);
	now = (uint64_t)st.st_size;
	if (!(size < now && (m->seals & UK_F_SEAL_SHRINK)) &&
	    !(size > now && (m->seals & UK_F_SEAL_GROW)))
		err = m->data->ops->change->truncate(m->data, size);
	unlock(m);
	return err;
}

static int memfd_set(struct uk_fs_node *node, const struct uk_fs_attr *attr)
{
	return of(node)->data->ops->change->set(of(node)->data, attr);
}

static void memfd_release(struct uk_fs_node *node)
{
	uk_fs_node_put(of(node)->data);
	uk_heap_free(of(node));
}

/* A file without a name is in no directory: no lookup, and nothing links it. */
#if CONFIG_VM_DEMAND
/* The data's own. What is mapped under the lock counts before a seal can be added. */
static int memfd_map(struct uk_fs_node *node, struct uk_vm_source *source)
{
	struct memfd *m = of(node);
	int err = 0;

	lock(m);
	if (source->writes && (m->seals & (UK_F_SEAL_WRITE | UK_F_SEAL_FUTURE_WRITE))) {
		err = source->now ? -EPERM : 0;
		source->writes = false;
		source->read_only = true;
	}
	if (err == 0)
		err = m->data->ops->change->map(m->data, source);
	unlock(m);
	return err;
}
#endif

static const struct uk_fs_change_ops memfd_change_ops = {
	.read = memfd_io_read,
	.write = memfd_io_write,
	.truncate = memfd_truncate,
#if CONFIG_VM_DEMAND
	.map = memfd_map,
#endif
	.set = memfd_set,
};

static const struct uk_fs_ops memfd_ops = {
	.stat = memfd_stat,
	.read = memfd_read,
	.release = memfd_release,
	.change = &memfd_change_ops,
};

/* It could still be written through a mapping. */
static bool is_in_use(struct memfd *m, uint32_t seals)
{
	return CONFIG_VM_DEMAND && (seals & ~m->seals & UK_F_SEAL_WRITE) &&
	       uk_ramfs_is_mapped(m->data);
}

static long add_seals(struct memfd *m, struct uk_file *file, uint32_t seals)
{
	long err = 0;

	if ((file->flags & UK_O_ACCMODE) == UK_O_RDONLY)
		return -EPERM;
	if (seals & ~SEALS)
		return -EINVAL;
	lock(m);
	if (m->seals & UK_F_SEAL_SEAL)
		err = -EPERM;
	else if (is_in_use(m, seals))
		err = -EBUSY;
	else
		m->seals |= seals;
	unlock(m);
	return err;
}

long uk__posix_fs_memfd_ioctl(struct uk_file *file, unsigned long request, void *arg)
{
	struct uk_fs_node *node = uk__posix_fs_node_of(file);

	if (node->ops != &memfd_ops)
		return -ENOTTY;
	if (request == UK_FILE_ADD_SEALS)
		return add_seals(of(node), file, (uint32_t)(uintptr_t)arg);
	return request == UK_FILE_GET_SEALS ? uk_load(&of(node)->seals) : -ENOTTY;
}

/* An empty file, the only one of a tree: with its last reference both go. */
static int empty_file(struct uk_fs_node **out)
{
	static const struct uk_fs_new what = { .mode = UK_S_IFREG | 0777 };
	struct uk_fs_node *root;
	int err = uk_ramfs_create(UINT64_MAX, &root);

	if (err)
		return err;
	err = root->ops->change->create(root, "memfd", 5, &what, out);
	uk_fs_node_put(root);
	return err;
}

static int create(uint32_t flags, struct uk_file **out)
{
	struct memfd *m = uk_heap_zalloc(1, sizeof(*m));
	int err = m ? empty_file(&m->data) : -ENOMEM;

	if (err) {
		uk_heap_free(m);
		return -ENOMEM;
	}
	m->fs = (struct uk_fs_node){ &memfd_ops, UK_S_IFREG, 1 };
	m->seals = flags & UK_MFD_ALLOW_SEALING ? 0 : UK_F_SEAL_SEAL;
	if (CONFIG_LIB_SYNC)
		uk_mutex_init(&m->mutex);
	*out = uk__posix_fs_node_file(&m->fs, NULL, UK_O_RDWR);
	if (*out)
		return 0;
	uk_fs_node_put(&m->fs);
	return -ENOMEM;
}

UK_SYSCALL_FULL2(memfd_create, const char *, user, uint32_t, flags)
{
	struct uk_file *file;
	char *name;
	size_t len;
	int err;

	if (flags & ~(uint32_t)(UK_MFD_CLOEXEC | UK_MFD_ALLOW_SEALING))
		return -EINVAL;
	err = uk__posix_fs_string(user, &name);
	if (err)
		return err == -ENAMETOOLONG ? -EINVAL : err;
	len = uk_str_len(name);
	uk_heap_free(name); /* nothing shows it */
	if (len > NAME_MAX)
		return -EINVAL;
	err = create(flags, &file);
	return err ? err : uk_fd_install(file, flags & UK_MFD_CLOEXEC ? UK_O_CLOEXEC : 0);
}
