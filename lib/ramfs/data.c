/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is in a file. Bytes behind its end in the last page are always zero, so that growing it
 * needs no clearing.
 */

#include "ramfs.h"
#include <uk/errno.h>
#include <uk/fault.h>
#include <uk/string.h>
#include <uk/uaccess.h>

#define BATCH 32u /* pages taken out of a file under one hold of its lock */

static void writers_lock(struct uk_ramfs_node *n)
{
	if (CONFIG_LIB_SYNC)
		uk_mutex_lock(&n->writers);
}

static void writers_unlock(struct uk_ramfs_node *n)
{
	if (CONFIG_LIB_SYNC)
		uk_mutex_unlock(&n->writers);
}

/* The page at `index`, with a reference, or NULL; *size is the file's. */
static struct uk_ramfs_page *page_get(struct uk_ramfs_node *n, uint64_t index, uint64_t *size)
{
	struct uk_ramfs_page *page;

	uk_spin_lock(&n->lock);
	*size = n->size;
	page = uk__ramfs_tree_get(&n->page, index);
	if (page)
		uk_fetch_add(&page->refs, 1);
	uk_spin_unlock(&n->lock);
	return page;
}

/* Zeros, where the file has a hole. */
static long move_zeros(struct uk_fs_io *io, size_t n)
{
	static char zeros[256]; /* nobody writes there */
	size_t done = 0;
	long k = 0;

	while (done < n) {
		size_t part = UK_MIN(n - done, sizeof(zeros));

		k = io->move(io, zeros, part);
		if (k > 0)
			done += (size_t)k;
		if (k < (long)part)
			break;
	}
	return done > 0 ? (long)done : k;
}

/* Up to the end of a page, of the file or of what is wanted; *part: how much that is. */
static long read_part(struct uk_ramfs_node *n, struct uk_fs_io *io, size_t *part)
{
	size_t in_page = io->offset % UK_PAGE_SIZE;
	uint64_t size;
	struct uk_ramfs_page *page = page_get(n, io->offset / UK_PAGE_SIZE, &size);
	long k = 0;

	*part = UK_MIN(UK_PAGE_SIZE - in_page, io->left);
	if (io->offset >= size)
		*part = 0;
	else
		*part = (size_t)UK_MIN((uint64_t)*part, size - io->offset);
	if (*part > 0)
		k = page ? io->move(io, page->at + in_page, *part) : move_zeros(io, *part);
	if (page)
		uk__ramfs_page_put(n->in, page);
	return k;
}

static uk_noinline long read_parts(struct uk_ramfs_node *n, struct uk_fs_io *io)
{
	long done = 0, k = 0;
	size_t part;

	while (io->left > 0) {
		k = read_part(n, io, &part);
		if (k > 0) {
			done += k;
			io->offset += (uint64_t)k;
		}
		if (k <= 0 || (size_t)k < part)
			break;
	}
	return done > 0 ? done : k;
}

/* It all lies in one page, and in one piece of the caller's memory. What the caller is told does
 * not matter if it fails. */
static long read_whole(struct uk_fs_io *io, const struct uk_ramfs_page *page)
{
	const char *from = page->at + io->offset % UK_PAGE_SIZE;
	size_t n = io->left;

	if (CONFIG_VM_DEMAND) {
		size_t missing = uk_uaccess_copy(io->user, from, n);

		n -= missing;
		io->offset += n;
		io->left -= n;
		return n > 0 || missing == 0 ? (long)n : -EFAULT;
	}
	io->offset += n;
	io->left = 0;
	return uk_uaccess_write(io->user, from, n) ? -EFAULT : (long)n;
}

long uk__ramfs_io_read(struct uk_fs_node *node, struct uk_fs_io *io)
{
	struct uk_ramfs_node *n = uk__ramfs_of(node);
	struct uk_ramfs_page *page;
	uint64_t size;
	long k;

	if (io->left > io->run || io->offset % UK_PAGE_SIZE + io->left > UK_PAGE_SIZE)
		return read_parts(n, io);
	page = page_get(n, io->offset / UK_PAGE_SIZE, &size);
	if (uk_likely(page && io->offset + io->left <= size)) {
		k = read_whole(io, page);
		uk__ramfs_page_put(n->in, page);
		return k;
	}
	if (page)
		uk__ramfs_page_put(n->in, page);
	return read_parts(n, io);
}

struct buffer_io {
	struct uk_fs_io io;
	char *at;
};

static long move_to_buffer(struct uk_fs_io *io, void *at, size_t n)
{
	struct buffer_io *b = UK_CONTAINER_OF(io, struct buffer_io, io);

	memcpy(b->at, at, n);
	b->at += n;
	io->left -= n;
	return (long)n;
}

long uk__ramfs_read(struct uk_fs_node *node, uint64_t offset, void *buf, size_t len)
{
	struct buffer_io b = { { .move = move_to_buffer, .offset = offset, .left = len }, buf };

	return uk__ramfs_io_read(node, &b.io);
}

/* The page to be written, with a reference; made where there is none. Writers' lock held. */
static struct uk_ramfs_page *page_make(struct uk_ramfs_node *n, uint64_t index)
{
	uint64_t size;
	struct uk_ramfs_page *page = page_get(n, index, &size);
	int err;

	if (page)
		return page;
	page = uk__ramfs_page_alloc(n->in);
	if (!page)
		return NULL;
	page->refs = 2;
	uk_spin_lock(&n->lock);
	/* A fault on a mapping takes no writers' lock. */
	if (CONFIG_VM_DEMAND && uk__ramfs_tree_get(&n->page, index))
		err = -EEXIST;
	else
		err = uk__ramfs_tree_put(&n->page, n->in, index, page);
	if (err == 0)
		n->pages++;
	uk_spin_unlock(&n->lock);
	if (err) {
		page->refs = 1;
		uk__ramfs_page_put(n->in, page);
		return CONFIG_VM_DEMAND && err == -EEXIST ? page_get(n, index, &size) : NULL;
	}
	return page;
}

/* A copy of k bytes, of the n that were tried, has come to `at`: the file holds them. */
static void wrote(struct uk_ramfs_node *n, struct uk_ramfs_page *page, uint64_t at, long k,
		  size_t part)
{
	size_t moved = k > 0 ? (size_t)k : 0, in_page = at % UK_PAGE_SIZE;

	uk_spin_lock(&n->lock);
	/* What a fault cut short may have left bytes behind the end. */
	if (moved < part && at + part > n->size) {
		uint64_t from = UK_MAX(at + moved, n->size);

		memset(page->at + in_page + (from - at), 0, at + part - from);
	}
	if (moved > 0) {
		n->size = UK_MAX(n->size, at + moved);
		n->mtime = n->ctime = uk__ramfs_now();
	}
	uk_spin_unlock(&n->lock);
}

static long write_part(struct uk_ramfs_node *n, struct uk_fs_io *io, size_t *part)
{
	size_t in_page = io->offset % UK_PAGE_SIZE;
	struct uk_ramfs_page *page;
	long k;

	if (io->offset >= UK_RAMFS_FILE_MAX)
		return -EFBIG;
	page = page_make(n, io->offset / UK_PAGE_SIZE);
	if (!page)
		return -ENOSPC;
	*part = UK_MIN(UK_PAGE_SIZE - in_page, io->left);
	k = io->move(io, page->at + in_page, *part);
	wrote(n, page, io->offset, k, *part);
	uk__ramfs_page_put(n->in, page);
	return k;
}

long uk__ramfs_io_write(struct uk_fs_node *node, struct uk_fs_io *io)
{
	struct uk_ramfs_node *n = uk__ramfs_of(node);
	long done = 0, k = 0;
	size_t part;

	writers_lock(n);
	if (io->append)
		io->offset = n->size; /* changed only under the writers' lock */
	while (io->left > 0) {
		k = write_part(n, io, &part);
		if (k > 0) {
			done += k;
			io->offset += (uint64_t)k;
		}
		if (k <= 0 || (size_t)k < part)
			break;
	}
	writers_unlock(n);
	return done > 0 ? done : k;
}

/* Pages from `index` on go, some at a time. */
static void drop_from(struct uk_ramfs_node *n, uint64_t index)
{
	struct uk_ramfs_page *page[BATCH];
	unsigned int count;

	do {
		count = 0;
		uk_spin_lock(&n->lock);
		while (count < BATCH && (page[count] = uk__ramfs_tree_next(&n->page, &index))) {
			uk__ramfs_tree_take(&n->page, n->in, index);
			count++;
		}
		n->pages -= count;
		uk_spin_unlock(&n->lock);
		for (unsigned int i = 0; i < count; i++)
			uk__ramfs_page_put(n->in, page[i]);
	} while (count == BATCH);
}

void uk__ramfs_drop_pages(struct uk_ramfs_node *n)
{
	drop_from(n, 0);
}

int uk__ramfs_truncate(struct uk_fs_node *node, uint64_t size)
{
	struct uk_ramfs_node *n = uk__ramfs_of(node);
	size_t in_page = size % UK_PAGE_SIZE;
	struct uk_ramfs_page *last;
	uint64_t before;

	if (size > UK_RAMFS_FILE_MAX)
		return -EFBIG;
	writers_lock(n);
	last = page_get(n, size / UK_PAGE_SIZE, &before);
	uk_spin_lock(&n->lock);
	n->size = size;
	n->mtime = n->ctime = uk__ramfs_now();
	uk_spin_unlock(&n->lock);
	if (CONFIG_VM_DEMAND && size < before)
		uk_vm_revoke(node, UK_ALIGN_UP(size, (uint64_t)UK_PAGE_SIZE));
	if (last && in_page > 0 && size < before)
		memset(last->at + in_page, 0, UK_PAGE_SIZE - in_page);
	if (last)
		uk__ramfs_page_put(n->in, last);
	if (size < before)
		drop_from(n, (size + UK_PAGE_SIZE - 1) / UK_PAGE_SIZE);
	writers_unlock(n);
	return 0;
}
