/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/errno.h>
#include <uk/fs.h>
#include <uk/heap.h>
#include <uk/string.h>
#include <uk/test.h>

/*
 * A file system of one static tree that counts references:
 *	/a/b/file  /a/link -> b  /a/up -> ../c  /c  /loop -> loop  /abs -> /a/b
 *	/hole -> nowhere  /l00 -> l01 ... l39 -> c
 */
#define LINKS ((int)UK_FS_LINKS_MAX)

struct node {
	struct uk_fs_node fs;
	const char *name;
	const char *target;
	struct node *parent;
};

static struct node tree[64];
static unsigned int count;

static struct node *of(struct uk_fs_node *node)
{
	return UK_CONTAINER_OF(node, struct node, fs);
}

static int lookup(struct uk_fs_node *dir, const char *name, size_t len, struct uk_fs_node **out)
{
	for (unsigned int i = 1; i < count; i++) {
		if (tree[i].parent == of(dir) && uk_str_neq(name, len, tree[i].name)) {
			*out = &tree[i].fs;
			uk_fs_node_get(*out);
			return 0;
		}
	}
	return -ENOENT;
}

static long readlink(struct uk_fs_node *node, char *buf, size_t size)
{
	size_t n = uk_str_len(of(node)->target);

	memcpy(buf, of(node)->target, UK_MIN(n, size));
	return (long)n;
}

static void release(struct uk_fs_node *node)
{
	(void)node; /* the tree holds one reference: never 0 */
	UK_EXPECT(false);
}

static const struct uk_fs_ops ops = { .lookup = lookup, .readlink = readlink, .release = release };

static struct node *add(struct node *parent, const char *name, uint32_t mode, const char *target)
{
	struct node *n = &tree[count++];

	*n = (struct node){ { &ops, mode, 1 }, name, target, parent };
	return n;
}

static struct node *root, *b, *c, *file;

static void build(void)
{
	static char names[LINKS][4];
	struct node *a;

	if (count > 0)
		return;
	root = add(NULL, "", UK_S_IFDIR, NULL);
	a = add(root, "a", UK_S_IFDIR, NULL);
	b = add(a, "b", UK_S_IFDIR, NULL);
	c = add(root, "c", UK_S_IFDIR, NULL);
	file = add(b, "file", UK_S_IFREG, NULL);
	add(a, "link", UK_S_IFLNK, "b");
	add(a, "up", UK_S_IFLNK, "../c");
	add(root, "loop", UK_S_IFLNK, "loop");
	add(root, "abs", UK_S_IFLNK, "/a/b");
	add(root, "hole", UK_S_IFLNK, "nowhere");
	for (int i = 0; i < LINKS; i++) {
		uk_str_copy(names[i], "l00", 4);
		names[i][1] = (char)('0' + i / 10);
		names[i][2] = (char)('0' + i % 10);
		add(root, names[i], UK_S_IFLNK, i + 1 < LINKS ? names[i + 1] : "c");
	}
}

static int walk(const char *path, unsigned int flags, struct node **out)
{
	struct uk_fs_node *node;
	int err = uk_fs_walk(path, uk_str_len(path), flags, &node);

	*out = NULL;
	if (err == 0) {
		*out = of(node);
		uk_fs_node_put(node);
	}
	return err;
}

/* One tree for all cases: a mount is for ever. In the guest an initrd may be on "/". */
static bool ready(void)
{
	int err;

	build();
	if (root->fs.refs > 1)
		return true;
	err = uk_fs_mount_node(&root->fs, "/");
	if (err == 0)
		uk_fs_node_get(&root->fs); /* the mount's own */
	else
		uk_test_skip("something is mounted on / already");
	return err == 0;
}

static int leads(const char *path, struct node *to)
{
	struct node *got;
	int err = walk(path, 0, &got);

	if (err == 0)
		UK_EXPECT(got == to);
	return err;
}

UK_TEST(walk, names_and_dots)
{
	if (!ready())
		return;
	UK_EXPECT_EQ(leads("/", root), 0);
	UK_EXPECT_EQ(leads("//", root), 0);
	UK_EXPECT_EQ(leads("/.", root), 0);
	UK_EXPECT_EQ(leads("/..", root), 0);
	UK_EXPECT_EQ(leads("/../../a/../c", c), 0);
	UK_EXPECT_EQ(leads("/a//b///file", file), 0);
	UK_EXPECT_EQ(leads("/a/./b/./file", file), 0);
	UK_EXPECT_EQ(leads("/a/b/", b), 0);
	UK_EXPECT_EQ(leads("/a/b/.", b), 0);
}

UK_TEST(walk, errors)
{
	struct node *got;
	char text[UK_FS_PATH_MAX + 8];

	if (!ready())
		return;
	UK_EXPECT_EQ(walk("", 0, &got), -ENOENT);
	UK_EXPECT_EQ(walk("a", 0, &got), -ENOENT);
	UK_EXPECT_EQ(walk("/x", 0, &got), -ENOENT);
	UK_EXPECT_EQ(walk("/a/x/y", 0, &got), -ENOENT);
	UK_EXPECT_EQ(walk("/a/b/file/", 0, &got), -ENOTDIR);
	UK_EXPECT_EQ(walk("/a/b/file/x", 0, &got), -ENOTDIR);
	UK_EXPECT_EQ(walk("/a/b/file/..", 0, &got), -ENOTDIR);
	memset(text, 'x', sizeof(text));
	text[0] = '/';
	text[UK_FS_NAME_MAX + 2] = '\0';
	UK_EXPECT_EQ(walk(text, 0, &got), -ENAMETOOLONG);
	text[UK_FS_NAME_MAX + 1] = '\0';
	UK_EXPECT_EQ(walk(text, 0, &got), -ENOENT);
	memset(text, '/', sizeof(text));
	text[UK_FS_PATH_MAX] = '\0';
	UK_EXPECT_EQ(walk(text, 0, &got), -ENAMETOOLONG);
	text[UK_FS_PATH_MAX - 1] = '\0';
	UK_EXPECT_EQ(walk(text, 0, &got), 0);
}

UK_TEST(walk, links)
{
	struct node *got;

	if (!ready())
		return;
	UK_EXPECT_EQ(leads("/a/link/file", file), 0);
	UK_EXPECT_EQ(leads("/a/link", b), 0);
	UK_EXPECT_EQ(leads("/a/up", c), 0);
	UK_EXPECT_EQ(leads("/abs/file", file), 0);
	UK_EXPECT_EQ(leads("/a/link/../../c", c), 0); /* '..' of where the link leads */
	UK_EXPECT_EQ(walk("/hole", 0, &got), -ENOENT);
	UK_EXPECT_EQ(walk("/loop", 0, &got), -ELOOP);
	UK_EXPECT_EQ(walk("/loop/x", 0, &got), -ELOOP);
	UK_EXPECT_EQ(walk("/a/link", UK_FS_NOFOLLOW, &got), 0);
	UK_EXPECT(got && UK_S_ISLNK(got->fs.mode));
	UK_EXPECT_EQ(walk("/a/link/", UK_FS_NOFOLLOW, &got), 0);
	UK_EXPECT(got == b);
	UK_EXPECT_EQ(leads("/l00", c), 0); /* 40 links */
	UK_EXPECT_EQ(walk("/l00/../l00", 0, &got), -ELOOP);
}

/* What a walk takes it gives back: the tree's counts are as they were. */
UK_TEST(walk, no_reference_is_lost)
{
	uint32_t before[64];

	if (!ready())
		return;
	for (unsigned int i = 0; i < count; i++)
		before[i] = tree[i].fs.refs;
	for (int round = 0; round < 2000; round++) {
		static const char *const part[] = { "a",    "b", "..", "link", "up",  "loop", "abs",
						    "file", "c", "",   ".",    "l00", "hole", "x" };
		char path[128] = "";
		struct node *got;
		size_t n = 0;

		for (uint64_t k = 1 + uk_test_random_below(6); k > 0; k--) {
			path[n++] = '/';
			n += uk_str_copy(path + n, part[uk_test_random_below(UK_ARRAY_SIZE(part))],
					 sizeof(path) - n);
		}
		(void)walk(path, (unsigned int)uk_test_random_below(2), &got);
	}
	for (unsigned int i = 0; i < count; i++)
		UK_EXPECT_EQ(tree[i].fs.refs, before[i]);
}
