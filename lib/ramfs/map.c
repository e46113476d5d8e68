/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pages of files in mappings, the same that read() and write() use. A mapping holds the node, and
 * each page of it that is mapped a reference to the page. Cutting a file takes the pages out of the
 * mappings before they go (uk_vm_revoke()), after its size has changed: page_enter() sees that, so
 * what is mapped is always in the tree.
 */

#include "ramfs.h"
#include <uk/errno.h>
#include <uk/fault.h>

/* The page at `index`; false: behind the end. n->lock held. */
static bool find(struct uk_ramfs_node *n, uint64_t index, struct uk_ramfs_page **page)
{
	*page = uk__ramfs_tree_get(&n->page, index);
	return index < (n->size + UK_PAGE_SIZE - 1) / UK_PAGE_SIZE;
}

/* Puts `fresh` there unless it is behind the end or somebody was faster. */
static int fill_hole(struct uk_ramfs_node *n, uint64_t index, struct uk_ramfs_page *fresh)
{
	struct uk_ramfs_page *page;
	int err = -EIO;

	uk_spin_lock(&n->lock);
	if (find(n, index, &page))
		err = page ? -EEXIST : uk__ramfs_tree_put(&n->page, n->in, index, fresh);
	if (err == 0)
		n->pages++;
	uk_spin_unlock(&n->lock);
	return err;
}

static int page_get(void *object, uint64_t offset, uk_paddr_t *pa)
{
	struct uk_ramfs_node *n = uk__ramfs_of(object);
	uint64_t index = offset / UK_PAGE_SIZE;
	struct uk_ramfs_page *page;
	int err;

	for (;;) {
		uk_spin_lock(&n->lock);
		bool inside = find(n, index, &page);

		if (inside && page)
			*pa = uk_virt_to_phys(page->at);
		uk_spin_unlock(&n->lock);
		if (!inside || page)
			return inside ? 0 : -EIO;
		page = uk__ramfs_page_alloc(n->in);
		if (!page)
			return -ENOMEM;
		err = fill_hole(n, index, page);
		if (err)
			uk__ramfs_page_put(n->in, page);
		if (err && err != -EEXIST)
			return err == -EIO ? err : -ENOMEM;
	}
}

static bool page_enter(void *object, uint64_t offset, uk_paddr_t pa)
{
	struct uk_ramfs_node *n = uk__ramfs_of(object);
	struct uk_ramfs_page *page;

	uk_spin_lock(&n->lock);
	bool good =
		find(n, offset / UK_PAGE_SIZE, &page) && page && uk_virt_to_phys(page->at) == pa;

	if (good)
		uk_fetch_add(&page->refs, 1);
	uk_spin_unlock(&n->lock);
	return good;
}

static void page_put(void *object, uint64_t offset, uk_paddr_t pa uk_unused)
{
	struct uk_ramfs_node *n = uk__ramfs_of(object);
	struct uk_ramfs_page *page;

	uk_spin_lock(&n->lock);
	page = uk__ramfs_tree_get(&n->page, offset / UK_PAGE_SIZE);
	uk_spin_unlock(&n->lock);
	uk__ramfs_page_put(n->in, page);
}

static void node_hold(void *object)
{
	uk_fs_node_get(object);
}

static void node_drop(void *object)
{
	uk_fs_node_put(object);
}

static const struct uk_vm_ops pages = {
	.get = page_get,
	.put = page_put,
	.enter = page_enter,
	.hold = node_hold,
	.drop = node_drop,
};

/* Of areas that may write to the file. */
static void writer_hold(void *object)
{
	uk_fetch_add(&uk__ramfs_of(object)->mapped, 1);
	node_hold(object);
}

static void writer_drop(void *object)
{
	uk_fetch_sub(&uk__ramfs_of(object)->mapped, 1);
	node_drop(object);
}

static const struct uk_vm_ops written_pages = {
	.get = page_get,
	.put = page_put,
	.enter = page_enter,
	.hold = writer_hold,
	.drop = writer_drop,
};

int uk__ramfs_map(struct uk_fs_node *node, struct uk_vm_source *source)
{
	source->ops = source->writes ? &written_pages : &pages;
	source->object = node;
	source->ops->hold(node);
	return 0;
}

bool uk_ramfs_is_mapped(struct uk_fs_node *node)
{
	return uk_load(&uk__ramfs_of(node)->mapped) != 0;
}
