/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walk along a path (POSIX.1-2017, XBD 4.13). The directories from the root to where it
 * stands are kept, so that '..' needs no help from file systems and never leads above the root.
 */

#include "fs.h"
#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/string.h>

struct walk {
	const char *path; /* what is left */
	size_t len;
	char *own; /* memory of `path` once a link was followed; or NULL */
	unsigned int links;
	unsigned int flags;
	unsigned int depth; /* nodes in `at`; at[0] is the root */
	struct uk_fs_node *at[UK_FS_DEPTH_MAX + 1];
};

static struct uk_fs_node *here(const struct walk *w)
{
	return w->at[w->depth - 1];
}

static int push(struct walk *w, struct uk_fs_node *node)
{
	if (w->depth == UK_ARRAY_SIZE(w->at)) {
		uk_fs_node_put(node);
		return -ENAMETOOLONG;
	}
	w->at[w->depth++] = node;
	return 0;
}

static void pop_to(struct walk *w, unsigned int depth)
{
	while (w->depth > depth)
		uk_fs_node_put(w->at[--w->depth]);
}

/* The path from now on: what the link at the end of `at` says, then what was left. */
static int follow(struct walk *w)
{
	struct uk_fs_node *link = here(w);
	char *text;
	long n;

	if (++w->links > UK_FS_LINKS_MAX)
		return -ELOOP;
	if (!link->ops->readlink)
		return -EINVAL;
	text = uk_heap_alloc(UK_FS_PATH_MAX);
	if (!text)
		return -ENOMEM;
	n = link->ops->readlink(link, text, UK_FS_PATH_MAX);
	if (n > 0 && (size_t)n + 1 + w->len >= UK_FS_PATH_MAX)
		n = -ENAMETOOLONG;
	if (n <= 0) {
		uk_heap_free(text);
		return n < 0 ? (int)n : -ENOENT;
	}
	if (w->len > 0) {
		text[n++] = '/';
		memcpy(text + n, w->path, w->len);
	}
	pop_to(w, text[0] == '/' ? 1 : w->depth - 1);
	uk_heap_free(w->own);
	w->own = text;
	w->path = text;
	w->len += (size_t)n;
	return 0;
}

/* Go to the entry `name` of where we stand. */
static int enter(struct walk *w, const char *name, size_t len)
{
	struct uk_fs_node *node;
	int err;

	if (len > UK_FS_NAME_MAX)
		return -ENAMETOOLONG;
	err = here(w)->ops->lookup(here(w), name, len, &node);
	return err ? err : push(w, uk__fs_cross(node));
}

/*
 * One name of the path, with the slashes before it. A link is followed if anything comes
 * after it, be it a slash.
 */
static int step(struct walk *w)
{
	const char *name;
	size_t n = 0;
	int err = 0;

	while (w->len > 0 && *w->path == '/') {
		w->path++;
		w->len--;
	}
	name = w->path;
	while (n < w->len && name[n] != '/')
		n++;
	w->path += n;
	w->len -= n;
	if (!UK_S_ISDIR(here(w)->mode))
		return -ENOTDIR;
	if (n == 0 || (n == 1 && name[0] == '.'))
		return 0;
	if (n == 2 && name[0] == '.' && name[1] == '.')
		pop_to(w, w->depth > 1 ? w->depth - 1 : 1);
	else
		err = enter(w, name, n);
	if (err == 0 && UK_S_ISLNK(here(w)->mode) && (w->len > 0 || !(w->flags & UK_FS_NOFOLLOW)))
		err = follow(w);
	return err;
}

static int start(struct walk *w)
{
	struct uk_fs_node *root;

	if (w->len >= UK_FS_PATH_MAX)
		return -ENAMETOOLONG;
	if (w->len == 0 || w->path[0] != '/')
		return -ENOENT;
	root = uk__fs_cross(NULL);
	return root ? push(w, root) : -ENOENT;
}

int uk_fs_walk(const char *path, size_t len, unsigned int flags, struct uk_fs_node **out)
{
	struct walk w = { .path = path, .len = len, .flags = flags };
	int err = start(&w);

	while (err == 0 && w.len > 0)
		err = step(&w);
	if (err == 0)
		*out = w.at[--w.depth]; /* its reference goes to the caller */
	pop_to(&w, 0);
	uk_heap_free(w.own);
	return err;
}
