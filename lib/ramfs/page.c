/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory, and its limit.
 */

#include "ramfs.h"
#include <uk/heap.h>
#include <uk/meminfo.h>
#include <uk/string.h>

static size_t held;

UK_HOLDER(held, "contents of files (ramfs)", NULL);

bool uk__ramfs_charge(struct uk_ramfs *in, uint64_t size)
{
	if (uk_fetch_add(&in->used, size) + size <= in->limit)
		return true;
	uk_fetch_sub(&in->used, size);
	return false;
}

void uk__ramfs_uncharge(struct uk_ramfs *in, uint64_t size)
{
	uk_fetch_sub(&in->used, size);
}

void *uk__ramfs_alloc(struct uk_ramfs *in, size_t size)
{
	void *ptr;

	if (!uk__ramfs_charge(in, size))
		return NULL;
	ptr = uk_heap_zalloc(1, size);
	if (!ptr)
		uk__ramfs_uncharge(in, size);
	return ptr;
}

void uk__ramfs_free(struct uk_ramfs *in, void *ptr, size_t size)
{
	if (!ptr)
		return;
	uk_heap_free(ptr);
	uk__ramfs_uncharge(in, size);
}

struct uk_ramfs_page *uk__ramfs_page_alloc(struct uk_ramfs *in)
{
	struct uk_ramfs_page *page = uk__ramfs_alloc(in, sizeof(*page));

	if (!page)
		return NULL;
	if (uk__ramfs_charge(in, UK_PAGE_SIZE)) {
		page->at = uk_pages_alloc(0);
		if (page->at) {
			memset(page->at, 0, UK_PAGE_SIZE);
			page->refs = 1;
			uk_holder_take(&held, 1);
			return page;
		}
		uk_meminfo_lack(UK_PAGE_SIZE);
		uk__ramfs_uncharge(in, UK_PAGE_SIZE);
	}
	uk__ramfs_free(in, page, sizeof(*page));
	return NULL;
}

void uk__ramfs_page_free(struct uk_ramfs *in, struct uk_ramfs_page *page)
{
	uk_holder_give(&held, 1);
	uk_pages_free(page->at, 0);
	uk__ramfs_uncharge(in, UK_PAGE_SIZE);
	uk__ramfs_free(in, page, sizeof(*page));
}
