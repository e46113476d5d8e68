/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sparse arrays. What is empty is given back at once.
 */

#include "ramfs.h"
#include <uk/errno.h>

#define BITS 6u
#define FAN  (1u << BITS)

struct level {
	void *slot[FAN];
	uint32_t used; /* slots that are not NULL */
};

/* The slot of a level, 1 being the one that holds items. */
static unsigned int slot(uint64_t index, unsigned int level)
{
	return (index >> (BITS * (level - 1))) & (FAN - 1);
}

static bool within(const struct uk_ramfs_tree *tree, uint64_t index)
{
	return index >> (BITS * tree->height) == 0;
}

void *uk__ramfs_tree_get(const struct uk_ramfs_tree *tree, uint64_t index)
{
	void *at = tree->top;

	/* Most files are small. */
	if (tree->height == 0)
		return index == 0 ? at : NULL;
	if (!within(tree, index))
		return NULL;
	for (unsigned int l = tree->height; l > 0 && at; l--)
		at = ((struct level *)at)->slot[slot(index, l)];
	return at;
}

/* In the branch `at` with `l` levels; not deeper than UK_RAMFS_HEIGHT_MAX calls. */
static void *first(void *at, unsigned int l, uint64_t *index)
{
	if (!at || l == 0)
		return at;
	for (unsigned int k = slot(*index, l); k < FAN; k++) {
		uint64_t start = *index >> (BITS * (l - 1));
		void *found = first(((struct level *)at)->slot[k], l - 1, index);

		if (found)
			return found;
		*index = (start + 1) << (BITS * (l - 1));
	}
	return NULL;
}

void *uk__ramfs_tree_next(const struct uk_ramfs_tree *tree, uint64_t *index)
{
	return within(tree, *index) ? first(tree->top, tree->height, index) : NULL;
}

void *uk__ramfs_tree_take(struct uk_ramfs_tree *tree, struct uk_ramfs *in, uint64_t index)
{
	struct level *path[UK_RAMFS_HEIGHT_MAX];
	unsigned int n = 0;
	void *item = tree->top;
	bool gone;

	if (!within(tree, index))
		return NULL;
	while (n < tree->height && item) {
		path[n] = item;
		item = path[n]->slot[slot(index, tree->height - n)];
		n++;
	}
	/* From the item upwards, as long as nothing else hangs there. */
	for (gone = item != NULL; n > 0; n--) {
		struct level *level = path[n - 1];

		if (gone) {
			level->slot[slot(index, tree->height - n + 1)] = NULL;
			level->used--;
		}
		gone = level->used == 0;
		if (!gone)
			return item;
		uk__ramfs_free(in, level, sizeof(*level));
	}
	if (gone)
		*tree = (struct uk_ramfs_tree){ NULL, 0 };
	return item;
}

/* Levels on top until the index is within. */
static int grow(struct uk_ramfs_tree *tree, struct uk_ramfs *in, uint64_t index)
{
	for (; !within(tree, index); tree->height++) {
		struct level *level;

		if (!tree->top)
			continue;
		level = uk__ramfs_alloc(in, sizeof(*level));
		if (!level)
			return -ENOSPC;
		level->slot[0] = tree->top;
		level->used = 1;
		tree->top = level;
	}
	return 0;
}

int uk__ramfs_tree_put(struct uk_ramfs_tree *tree, struct uk_ramfs *in, uint64_t index, void *item)
{
	struct level *level = NULL;
	void **at = &tree->top;

	if (index >= UK_RAMFS_INDEX_MAX)
		return -EFBIG;
	if (grow(tree, in, index))
		return -ENOSPC;
	for (unsigned int l = tree->height; l > 0; l--) {
		if (!*at) {
			*at = uk__ramfs_alloc(in, sizeof(*level));
			if (!*at) {
				uk__ramfs_tree_take(tree, in, index);
				return -ENOSPC;
			}
			if (level)
				level->used++;
		}
		level = *at;
		at = &level->slot[slot(index, l)];
	}
	if (!*at && level)
		level->used++;
	*at = item;
	return 0;
}
