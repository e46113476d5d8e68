/* SPDX-License-Identifier: BSD-3-Clause */
#include "../ramfs.h"
#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/string.h>
#include <uk/test.h>

#define MIB (1024ul * 1024)

/* A transfer to or from memory of the test; it stops early when `fault_in` bytes were moved. */
struct mem_io {
	struct uk_fs_io io;
	char *at;
	bool out;
	size_t fault_in;
};

static long move(struct uk_fs_io *io, void *at, size_t n)
{
	struct mem_io *m = UK_CONTAINER_OF(io, struct mem_io, io);
	size_t k = UK_MIN(UK_MIN(n, io->left), m->fault_in);

	if (k == 0)
		return -EFAULT;
	memcpy(m->out ? m->at : at, m->out ? at : m->at, k);
	m->at += k;
	m->fault_in -= k;
	io->left -= k;
	return (long)k;
}

static long put(struct uk_fs_node *n, uint64_t offset, const void *buf, size_t len, bool append)
{
	struct mem_io m = { { .move = move, .offset = offset, .left = len, .append = append },
			    (char *)(uintptr_t)buf,
			    false,
			    SIZE_MAX };

	return n->ops->change->write(n, &m.io);
}

static long get(struct uk_fs_node *n, uint64_t offset, void *buf, size_t len)
{
	struct mem_io m = { { .move = move, .offset = offset, .left = len }, buf, true, SIZE_MAX };

	return n->ops->change->read(n, &m.io);
}

static struct uk_fs_node *root;

/* An empty tree of at most `limit` bytes. */
static bool start(uint64_t limit)
{
	root = NULL;
	return UK_EXPECT_EQ(uk_ramfs_create(limit, &root), 0);
}

static uint64_t used(void)
{
	struct uk_ramfs_usage usage;

	uk_ramfs_usage(root, &usage);
	return usage.used;
}

static int make(struct uk_fs_node *dir, const char *name, uint32_t mode, struct uk_fs_node **out)
{
	struct uk_fs_new what = { mode, "target", 6 };

	return dir->ops->change->create(dir, name, uk_str_len(name), &what, out);
}

static int drop(struct uk_fs_node *dir, const char *name, bool directory)
{
	return dir->ops->change->unlink(dir, name, uk_str_len(name), directory);
}

static int move_name(struct uk_fs_node *a, const char *from, struct uk_fs_node *b, const char *to,
		     unsigned int flags)
{
	struct uk_fs_rename what = { a, from, uk_str_len(from), b, to, uk_str_len(to), flags };

	return a->ops->change->rename(&what);
}

static struct uk_fs_node *find(struct uk_fs_node *dir, const char *name)
{
	struct uk_fs_node *node;

	return dir->ops->lookup(dir, name, uk_str_len(name), &node) == 0 ? node : NULL;
}

static struct uk_stat look(struct uk_fs_node *node)
{
	struct uk_stat st = { 0 };

	UK_EXPECT_EQ(node->ops->stat(node, &st), 0);
	return st;
}

/* Indices of all sizes against a list of them. */
UK_TEST(ramfs_tree, random_items_against_a_model)
{
	enum { ITEMS = 64 };
	struct uk_ramfs in = { .limit = 64 * MIB };
	struct uk_ramfs_tree tree = { NULL, 0 };
	uint64_t index[ITEMS];
	bool there[ITEMS] = { false };

	for (int i = 0; i < ITEMS; i++)
		index[i] = (uint64_t)i << uk_test_random_below(31);
	for (int round = 0; round < 5000; round++) {
		uint64_t i = uk_test_random_below(ITEMS), at = index[uk_test_random_below(ITEMS)];
		uint64_t next = UINT64_MAX, from = at;
		void *item = NULL;

		/* The model names items by their index: equal ones are one. */
		for (int k = 0; k < ITEMS; k++) {
			if (there[k] && index[k] >= from && index[k] < next)
				next = index[k];
			if (there[k] && index[k] == index[i])
				item = &index[k];
		}
		UK_EXPECT((uk__ramfs_tree_get(&tree, index[i]) != NULL) == (item != NULL));
		UK_EXPECT((uk__ramfs_tree_next(&tree, &at) != NULL) == (next != UINT64_MAX));
		UK_EXPECT(next == UINT64_MAX || at == next);
		if (item) {
			UK_EXPECT(uk__ramfs_tree_take(&tree, &in, index[i]) == item);
			there[(uint64_t *)item - index] = false;
		} else {
			UK_EXPECT_EQ(uk__ramfs_tree_put(&tree, &in, index[i], &index[i]), 0);
			there[i] = true;
		}
	}
	for (int i = 0; i < ITEMS; i++)
		uk__ramfs_tree_take(&tree, &in, index[i]);
	UK_EXPECT(tree.top == NULL);
	UK_EXPECT_EQ(in.used, 0);
	UK_EXPECT_EQ(uk__ramfs_tree_put(&tree, &in, UK_RAMFS_INDEX_MAX, &in), -EFBIG);
}

/* Every limit up to what an item far away takes: it is there, or nothing is left behind. */
UK_TEST(ramfs_tree, no_room_leaves_nothing_behind)
{
	for (uint64_t limit = 0; limit < 4096; limit += 128) {
		struct uk_ramfs in = { .limit = limit };
		struct uk_ramfs_tree tree = { NULL, 0 };
		int err = uk__ramfs_tree_put(&tree, &in, 1ull << 35, &in);

		UK_EXPECT(err == 0 || err == -ENOSPC);
		UK_EXPECT((uk__ramfs_tree_get(&tree, 1ull << 35) != NULL) == (err == 0));
		uk__ramfs_tree_take(&tree, &in, 1ull << 35);
		UK_EXPECT(tree.top == NULL);
		UK_EXPECT_EQ(in.used, 0);
	}
}

#define MODEL 60000ul

static void one_change(struct uk_fs_node *file, char *model, char *buf, size_t *size)
{
	size_t at = uk_test_random_below(MODEL), n = uk_test_random_below(MODEL - at) + 1;

	if (uk_test_random_below(2))
		n = UK_MIN(n, 300ul);
	if (uk_test_random_below(4) == 0) {
		UK_EXPECT_EQ(file->ops->change->truncate(file, at), 0);
		if (at < *size)
			memset(model + at, 0, *size - at);
		*size = at;
		return;
	}
	if (uk_test_random_below(3) == 0) {
		at = *size;
		n = UK_MIN(n, MODEL - at);
	}
	memset(buf, (int)uk_test_random_below(256), n);
	UK_EXPECT_EQ(put(file, at, buf, n, at == *size), n);
	memcpy(model + at, buf, n);
	*size = n > 0 ? UK_MAX(*size, at + n) : *size;
}

UK_TEST(ramfs, contents_against_a_model)
{
	char *model = uk_heap_zalloc(3, MODEL);
	struct uk_fs_node *file;
	uint64_t before;
	size_t size = 0;

	UK_REQUIRE(model != NULL && start(4 * MIB));

	char *buf = model + MODEL, *got = buf + MODEL;

	before = used();
	UK_REQUIRE(make(root, "file", UK_S_IFREG | 0600, &file) == 0);
	for (int round = 0; round < 400; round++) {
		size_t at = uk_test_random_below(MODEL), n = uk_test_random_below(MODEL);
		size_t there;

		one_change(file, model, buf, &size);
		there = at < size ? UK_MIN(n, size - at) : 0;
		UK_EXPECT_EQ(look(file).st_size, size);
		UK_EXPECT_EQ(get(file, at, got, n), there);
		UK_EXPECT(memcmp(got, model + at, there) == 0);
		UK_EXPECT_EQ(uk_fs_read(file, at, got, n), there);
		UK_EXPECT(memcmp(got, model + at, there) == 0);
	}
	UK_EXPECT_EQ(drop(root, "file", false), 0);
	uk_fs_node_put(file);
	UK_EXPECT_EQ(used(), before);
	uk_fs_node_put(root);
	uk_heap_free(model);
}

/* What a fault cut short does not show when the file grows over it. */
UK_TEST(ramfs, a_write_that_is_cut_short)
{
	char ones[5000], got[5000];
	struct mem_io m = { { .move = move, .left = 5000 }, ones, false, 4500 };
	struct uk_fs_node *file;

	memset(ones, 1, sizeof(ones));
	if (!start(MIB))
		return;
	UK_REQUIRE(make(root, "f", UK_S_IFREG | 0600, &file) == 0);
	UK_EXPECT_EQ(file->ops->change->write(file, &m.io), 4500);
	UK_EXPECT_EQ(m.io.offset, 4500);
	UK_EXPECT_EQ(look(file).st_size, 4500);
	UK_EXPECT_EQ(file->ops->change->truncate(file, 5000), 0);
	UK_EXPECT_EQ(get(file, 0, got, 5000), 5000);
	for (int i = 0; i < 5000; i++)
		UK_EXPECT(got[i] == (i < 4500));
	m = (struct mem_io){ { .move = move, .offset = 9000, .left = 10 }, ones, false, 0 };
	UK_EXPECT_EQ(file->ops->change->write(file, &m.io), -EFAULT);
	UK_EXPECT_EQ(look(file).st_size, 5000);
	uk_fs_node_put(file);
	uk_fs_node_put(root);
}

/* What lies in one page goes straight to memory that is in one piece; all else by move(). */
UK_TEST(ramfs, reads_go_straight)
{
	static const struct {
		uint64_t offset;
		size_t left;
		long got;
		bool straight;
	} reads[] = {
		{ 0, 1, 1, true },        { 4000, 96, 96, true },  { 4000, 97, 97, false },
		{ 4990, 10, 10, true },   { 4990, 11, 10, false }, { 5000, 1, 0, false },
		{ 3, 4096, 4096, false }, { 4096, 0, 0, true },
	};
	char file_is[5000], got[5000];
	struct uk_fs_node *file;

	for (size_t i = 0; i < sizeof(file_is); i++)
		file_is[i] = (char)(i * 7);
	if (!start(MIB))
		return;
	UK_REQUIRE(make(root, "f", UK_S_IFREG | 0600, &file) == 0);
	UK_EXPECT_EQ(put(file, 0, file_is, sizeof(file_is), false), sizeof(file_is));
	for (size_t i = 0; i < UK_ARRAY_SIZE(reads); i++) {
		struct mem_io m = { { .move = move,
				      .offset = reads[i].offset,
				      .left = reads[i].left,
				      .user = got,
				      .run = sizeof(got) },
				    got,
				    true,
				    SIZE_MAX };

		memset(got, 0, sizeof(got));
		UK_EXPECT_EQ(file->ops->change->read(file, &m.io), reads[i].got);
		UK_EXPECT_EQ(m.io.offset, reads[i].offset + (uint64_t)reads[i].got);
		UK_EXPECT_EQ(m.io.left, reads[i].left - (size_t)reads[i].got);
		UK_EXPECT(memcmp(got, file_is + reads[i].offset, (size_t)reads[i].got) == 0);
		UK_EXPECT_EQ(m.at != got, !reads[i].straight && reads[i].got > 0);
	}
	uk_fs_node_put(file);
	uk_fs_node_put(root);
}

UK_TEST(ramfs, holes_cost_nothing_and_lengths_are_bounded)
{
	struct uk_fs_node *file;
	uint64_t before;
	char c = 'x';

	if (!start(MIB))
		return;
	UK_REQUIRE(make(root, "f", UK_S_IFREG | 0600, &file) == 0);
	before = used();
	UK_EXPECT_EQ(put(file, UK_RAMFS_FILE_MAX - 1, &c, 1, false), 1);
	UK_EXPECT_EQ(look(file).st_size, UK_RAMFS_FILE_MAX);
	UK_EXPECT_EQ(look(file).st_blocks, 8);
	UK_EXPECT_EQ(put(file, UK_RAMFS_FILE_MAX, &c, 1, false), -EFBIG);
	UK_EXPECT_EQ(put(file, INT64_MAX, &c, 1, false), -EFBIG);
	UK_EXPECT_EQ(file->ops->change->truncate(file, UK_RAMFS_FILE_MAX + 1), -EFBIG);
	UK_EXPECT_EQ(get(file, 1ull << 40, &c, 1), 1);
	UK_EXPECT_EQ(c, 0);
	UK_EXPECT_EQ(get(file, UK_RAMFS_FILE_MAX - 1, &c, 1), 1);
	UK_EXPECT_EQ(c, 'x');
	UK_EXPECT_EQ(file->ops->change->truncate(file, 0), 0);
	UK_EXPECT_EQ(used(), before);
	uk_fs_node_put(file);
	uk_fs_node_put(root);
}

UK_TEST(ramfs, full_is_told_and_room_comes_back)
{
	static char block[4096];
	struct uk_fs_node *file, *none;
	uint64_t before;
	long n, sum = 0;
	int err;

	UK_EXPECT_EQ(uk_ramfs_create(100, &none), -ENOSPC);
	if (!start(256 * 1024))
		return;
	before = used();
	UK_REQUIRE(make(root, "big", UK_S_IFREG | 0600, &file) == 0);
	while ((n = put(file, 0, block, sizeof(block), true)) > 0)
		sum += n;
	UK_EXPECT_EQ(n, -ENOSPC);
	UK_EXPECT(sum > 240 * 1024 && sum < 256 * 1024);
	UK_EXPECT_EQ(look(file).st_size, sum);
	UK_EXPECT_EQ(put(file, 0, block, 100, false), 100); /* what is there can be written */
	for (char name[] = "a"; (err = make(root, name, UK_S_IFREG | 0600, NULL)) == 0; name[0]++)
		UK_REQUIRE(name[0] < 127);
	UK_EXPECT_EQ(err, -ENOSPC);
	for (char name[] = "a"; drop(root, name, false) == 0;)
		name[0]++;
	UK_EXPECT_EQ(drop(root, "big", false), 0);
	UK_EXPECT_EQ(get(file, 0, block, 100), 100); /* open: lives on */
	UK_EXPECT_EQ(look(file).st_nlink, 0);
	uk_fs_node_put(file);
	UK_EXPECT_EQ(used(), before);
	UK_EXPECT_EQ(make(root, "again", UK_S_IFREG | 0600, NULL), 0);
	uk_fs_node_put(root); /* with what is in it */
}

UK_TEST(ramfs, names)
{
	struct uk_fs_node *a, *b, *f, *got;

	if (!start(MIB))
		return;
	UK_REQUIRE(make(root, "a", UK_S_IFDIR | 0755, &a) == 0);
	UK_REQUIRE(make(a, "b", UK_S_IFDIR | 0755, &b) == 0);
	UK_REQUIRE(make(b, "f", UK_S_IFREG | 0640, &f) == 0);
	UK_EXPECT_EQ(make(b, "f", UK_S_IFDIR | 0755, NULL), -EEXIST);
	UK_EXPECT_EQ(look(root).st_nlink, 3);
	UK_EXPECT_EQ(look(a).st_nlink, 3);
	UK_EXPECT_EQ(look(b).st_nlink, 2);
	UK_EXPECT_EQ(look(f).st_mode, UK_S_IFREG | 0640);
	UK_EXPECT_EQ(drop(root, "a", true), -ENOTEMPTY);
	UK_EXPECT_EQ(drop(root, "a", false), -EISDIR);
	UK_EXPECT_EQ(drop(b, "f", true), -ENOTDIR);
	UK_EXPECT_EQ(drop(b, "x", false), -ENOENT);
	UK_EXPECT_EQ(root->ops->change->link(root, "g", 1, f), 0);
	UK_EXPECT_EQ(root->ops->change->link(root, "h", 1, a), -EPERM);
	UK_EXPECT_EQ(look(f).st_nlink, 2);
	UK_EXPECT_EQ(drop(b, "f", false), 0);
	got = find(root, "g");
	UK_EXPECT(got == f);
	uk_fs_node_put(got);
	UK_EXPECT_EQ(drop(a, "b", true), 0);
	UK_EXPECT_EQ(make(b, "x", UK_S_IFREG | 0600, NULL), -ENOENT); /* b is removed */
	UK_EXPECT_EQ(root->ops->change->link(b, "x", 1, f), -ENOENT);
	UK_EXPECT_EQ(drop(root, "g", false), 0);
	UK_EXPECT_EQ(root->ops->change->link(root, "g", 1, f), -ENOENT);
	uk_fs_node_put(f);
	uk_fs_node_put(b);
	uk_fs_node_put(a);
	uk_fs_node_put(root);
}

UK_TEST(ramfs, renames)
{
	struct uk_fs_node *a, *b, *f, *got;

	if (!start(MIB))
		return;
	UK_REQUIRE(make(root, "a", UK_S_IFDIR | 0755, &a) == 0);
	UK_REQUIRE(make(a, "b", UK_S_IFDIR | 0755, &b) == 0);
	UK_REQUIRE(make(root, "f", UK_S_IFREG | 0600, &f) == 0);
	UK_EXPECT_EQ(move_name(root, "a", b, "x", 0), -EINVAL);
	UK_EXPECT_EQ(move_name(root, "a", a, "x", 0), -EINVAL);
	UK_EXPECT_EQ(move_name(root, "f", root, "a", 0), -EISDIR);
	UK_EXPECT_EQ(move_name(root, "a", root, "f", 0), -ENOTDIR);
	UK_EXPECT_EQ(move_name(a, "b", root, "a", 0), -ENOTEMPTY);
	UK_EXPECT_EQ(move_name(root, "x", root, "y", 0), -ENOENT);
	UK_EXPECT_EQ(move_name(root, "f", root, "f", 0), 0);
	UK_EXPECT_EQ(move_name(root, "f", b, "g", 0), 0);
	UK_EXPECT(find(root, "f") == NULL);
	UK_EXPECT_EQ(make(root, "f", UK_S_IFREG | 0600, NULL), 0);
	UK_EXPECT_EQ(move_name(root, "f", b, "g", UK_FS_RENAME_NOREPLACE), -EEXIST);
	UK_EXPECT_EQ(move_name(root, "f", b, "g", 0), 0);
	UK_EXPECT_EQ(look(f).st_nlink, 0); /* it was replaced */
	UK_EXPECT_EQ(move_name(a, "b", root, "c", 0), 0);
	UK_EXPECT_EQ(look(root).st_nlink, 4);
	UK_EXPECT_EQ(look(a).st_nlink, 2);
	UK_EXPECT_EQ(make(root, "empty", UK_S_IFDIR | 0700, NULL), 0);
	UK_EXPECT_EQ(move_name(root, "c", root, "empty", 0), 0);
	UK_EXPECT_EQ(look(root).st_nlink, 4);
	got = find(root, "empty");
	UK_EXPECT(got == b);
	uk_fs_node_put(got);
	UK_EXPECT_EQ(move_name(root, "a", b, "a", 0), 0);
	UK_EXPECT_EQ(look(root).st_nlink, 3);
	uk_fs_node_put(f);
	uk_fs_node_put(b);
	uk_fs_node_put(a);
	uk_fs_node_put(root);
}

/* A directory that is still used outlives the tree that it was in, as the root of the rest. */
UK_TEST(ramfs, what_is_left_of_a_tree)
{
	struct uk_fs_node *a, *b, *got;

	if (!start(MIB))
		return;
	UK_REQUIRE(make(root, "a", UK_S_IFDIR | 0755, &a) == 0);
	UK_REQUIRE(make(a, "b", UK_S_IFDIR | 0755, &b) == 0);
	UK_REQUIRE(make(a, "c", UK_S_IFDIR | 0755, NULL) == 0);
	uk_fs_node_put(root);
	UK_EXPECT_EQ(look(a).st_nlink, 4);
	UK_EXPECT_EQ(move_name(a, "c", b, "c", 0), 0);
	UK_EXPECT_EQ(look(a).st_nlink, 3);
	UK_EXPECT_EQ(look(b).st_nlink, 3);
	UK_EXPECT_EQ(make(a, "x", UK_S_IFREG | 0600, NULL), 0);
	got = find(b, "c");
	UK_EXPECT(got != NULL);
	uk_fs_node_put(got);
	uk_fs_node_put(a);
	UK_EXPECT_EQ(move_name(b, "c", b, "d", 0), 0);
	uk_fs_node_put(b); /* asserts that nothing is left */
}

/* Each entry that stays is seen once, whatever comes and goes meanwhile. */
UK_TEST(ramfs, a_directory_that_changes_while_it_is_read)
{
	enum { N = 500 };
	unsigned int seen[N] = { 0 };
	struct uk_fs_dirent e;
	uint64_t cursor = 0;
	char name[] = "000";

	if (!start(MIB))
		return;
	for (int i = 0; i < N; i++) {
		name[0] = (char)('0' + i / 100);
		name[1] = (char)('0' + i / 10 % 10);
		name[2] = (char)('0' + i % 10);
		UK_REQUIRE(make(root, name, UK_S_IFREG | 0600, NULL) == 0);
	}
	while (root->ops->readdir(root, &cursor, &e) == 1) {
		unsigned int i = (unsigned int)(e.name[0] - '0') * 100 +
				 (unsigned int)(e.name[1] - '0') * 10 +
				 (unsigned int)(e.name[2] - '0');

		UK_REQUIRE(e.name_len == 3 && i < N);
		seen[i]++;
		memcpy(name, e.name, 3);
		UK_EXPECT_EQ(drop(root, name, false), 0);
		if (i % 2 == 0)
			UK_EXPECT_EQ(make(root, "new", UK_S_IFREG | 0600, NULL), 0);
		if (i % 2 == 0)
			UK_EXPECT_EQ(drop(root, "new", false), 0);
	}
	for (int i = 0; i < N; i++)
		UK_EXPECT_EQ(seen[i], 1);
	cursor = UINT64_MAX; /* made up */
	UK_EXPECT_EQ(root->ops->readdir(root, &cursor, &e), 0);
	cursor = UK_RAMFS_INDEX_MAX;
	UK_EXPECT_EQ(root->ops->readdir(root, &cursor, &e), 0);
	uk_fs_node_put(root);
}

UK_TEST(ramfs, links_and_attributes)
{
	struct uk_fs_attr attr = { .set = UK_FS_SET_MODE | UK_FS_SET_UID | UK_FS_SET_MTIME,
				   .mode = 0123,
				   .uid = 7,
				   .gid = 8,
				   .mtime = { 5, 6 } };
	struct uk_fs_node *link;
	char text[16] = "";

	if (!start(MIB))
		return;
	UK_REQUIRE(make(root, "l", UK_S_IFLNK | 0777, &link) == 0);
	UK_EXPECT_EQ(link->ops->readlink(link, text, 3), 6);
	UK_EXPECT_STR_EQ(text, "tar");
	UK_EXPECT_EQ(look(link).st_size, 6);
	UK_EXPECT_EQ(link->ops->change->set(link, &attr), 0);
	UK_EXPECT_EQ(look(link).st_mode, UK_S_IFLNK | 0123);
	UK_EXPECT_EQ(look(link).st_uid, 7);
	UK_EXPECT_EQ(look(link).st_gid, 0);
	UK_EXPECT_EQ(look(link).st_mtim.tv_nsec, 6);
	uk_fs_node_put(link);
	uk_fs_node_put(root);
}
