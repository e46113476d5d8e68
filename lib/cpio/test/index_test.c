/* SPDX-License-Identifier: BSD-3-Clause */
#include "../index.h"
#include "archive.h"
#include <uk/abi/stat.h>
#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/test.h>

static struct archive a;
static struct uk_cpio_index index;

#define DIR  (UK_S_IFDIR | 0755)
#define FILE (UK_S_IFREG | 0644)
#define LINK (UK_S_IFLNK | 0777)

static int build(void)
{
	archive_end(&a);
	return uk__cpio_index(&index, a.bytes, a.size, &uk__cpio_ops);
}

static void start(void)
{
	a.size = 0;
}

/* The node at a path without '.' and '..', or NULL. */
static struct uk_cpio_node *at(const char *path)
{
	uint32_t dir = 0;

	while (*path && dir != UK_CPIO_NONE) {
		size_t n = 0;

		while (path[n] && path[n] != '/')
			n++;
		dir = uk__cpio_find(&index, dir, path, n);
		path += n + (path[n] == '/');
	}
	return dir == UK_CPIO_NONE ? NULL : &index.node[dir];
}

static bool holds(const char *path, const char *text)
{
	struct uk_cpio_node *n = at(path);
	const void *from = NULL;

	return n && n->size == uk_str_len(text) &&
	       uk__cpio_ops.map(&n->fs, 0, &from) == (long)n->size &&
	       memcmp(from, text, n->size) == 0;
}

UK_TEST(cpio_index, tree)
{
	struct uk_stat st = { 0 };
	const void *from;
	char target[8];

	start();
	archive_add(&a, ".", UK_S_IFDIR | 0700, NULL);
	archive_add(&a, "./www", DIR, NULL);
	archive_add(&a, "./www/index.html", FILE, "<html>");
	archive_add(&a, "/etc//passwd", FILE, "root"); /* its directory is implied */
	archive_add(&a, "www/link", LINK, "../etc");
	archive_add(&a, "empty", FILE, "");
	UK_REQUIRE(build() == 0);
	UK_EXPECT(holds("www/index.html", "<html>"));
	UK_EXPECT(holds("etc/passwd", "root"));
	UK_EXPECT(holds("empty", "") || at("empty")->size == 0);
	UK_EXPECT(at("etc") && UK_S_ISDIR(at("etc")->fs.mode));
	UK_EXPECT(at("etc/none") == NULL && at("ww") == NULL);
	UK_EXPECT_EQ(index.node[0].fs.mode, UK_S_IFDIR | 0700);
	UK_EXPECT_EQ(uk__cpio_ops.readlink(&at("www/link")->fs, target, sizeof(target)), 6);
	UK_EXPECT_EQ(memcmp(target, "../etc", 6), 0);
	UK_EXPECT_EQ(uk__cpio_ops.map(&at("etc/passwd")->fs, 3, &from), 1);
	UK_EXPECT_EQ(uk__cpio_ops.map(&at("etc/passwd")->fs, 4, &from), 0);
	UK_EXPECT_EQ(uk__cpio_ops.map(&at("etc/passwd")->fs, UINT64_MAX, &from), 0);
	uk__cpio_ops.stat(&at("etc/passwd")->fs, &st);
	UK_EXPECT(st.st_size == 4 && st.st_mtim.tv_sec == 1234 && st.st_mode == FILE);
	uk__cpio_index_free(&index);
}

UK_TEST(cpio_index, reading_a_directory)
{
	struct uk_fs_dirent e;
	uint64_t cursor = 0;
	unsigned int seen = 0;

	start();
	archive_add(&a, "d", DIR, NULL);
	archive_add(&a, "d/x", FILE, "1");
	archive_add(&a, "other", FILE, "2");
	archive_add(&a, "d/y", DIR, NULL);
	archive_add(&a, "d/y/z", FILE, "3");
	UK_REQUIRE(build() == 0);
	while (uk__cpio_ops.readdir(&at("d")->fs, &cursor, &e) == 1) {
		UK_EXPECT(e.name_len == 1 && (e.name[0] == 'x' || e.name[0] == 'y'));
		seen++;
	}
	UK_EXPECT_EQ(seen, 2);
	UK_EXPECT_EQ(uk__cpio_ops.readdir(&at("d")->fs, &cursor, &e), 0);
	/* Cursors that a program makes up show nothing of other directories. */
	for (uint64_t bad = 1; bad < 20; bad++) {
		cursor = bad;
		if (uk__cpio_ops.readdir(&at("d/y")->fs, &cursor, &e) == 1)
			UK_EXPECT(e.name[0] == 'z');
	}
	cursor = UINT64_MAX;
	UK_EXPECT_EQ(uk__cpio_ops.readdir(&at("d")->fs, &cursor, &e), 0);
	uk__cpio_index_free(&index);
}

UK_TEST(cpio_index, hard_links)
{
	start();
	archive_raw(&a, "one", FILE, 7, 3, NULL, 0);
	archive_raw(&a, "sub/two", FILE, 7, 3, NULL, 0); /* makes a directory in between */
	archive_raw(&a, "three", FILE, 7, 3, "shared", 6);
	archive_raw(&a, "other", FILE, 8, 2, NULL, 0);
	archive_raw(&a, "lone", FILE, 7, 1, NULL, 0);
	UK_REQUIRE(build() == 0);
	UK_EXPECT(holds("one", "shared"));
	UK_EXPECT(holds("sub/two", "shared"));
	UK_EXPECT(holds("three", "shared"));
	UK_EXPECT_EQ(at("other")->size, 0);
	UK_EXPECT_EQ(at("lone")->size, 0);
	uk__cpio_index_free(&index);
}

static void refused(const char *why, const char *name)
{
	UK_EXPECT_EQ(build(), -EBADMSG);
	UK_EXPECT_STR_EQ(index.why, why);
	UK_EXPECT_STR_EQ(index.name, name);
	UK_EXPECT(index.node == NULL);
}

UK_TEST(cpio_index, hostile_names)
{
	char deep[200] = "", name[300];
	size_t n = 0;

	start();
	archive_add(&a, "a/../../etc/passwd", FILE, "x");
	refused("its name leads out of the archive", "a/../../etc/passwd");
	start();
	archive_add(&a, "..", DIR, NULL);
	refused("its name leads out of the archive", "..");
	start();
	for (unsigned int i = 0; i <= UK_FS_DEPTH_MAX; i++)
		n += uk_str_copy(deep + n, "d/", sizeof(deep) - n);
	archive_add(&a, deep, DIR, NULL);
	refused("it lies deeper than 32 directories", deep);
	start();
	memset(name, 'n', sizeof(name));
	name[256] = '\0';
	archive_add(&a, name, FILE, "x");
	refused("a part of its name is longer than 255 bytes", name);
	start();
	archive_add(&a, "./", FILE, "x");
	refused("the root is no directory", "./");
}

UK_TEST(cpio_index, contradictions)
{
	start();
	archive_add(&a, "f", FILE, "x");
	archive_add(&a, "f/g", FILE, "x");
	refused("its name goes through what is no directory", "f/g");
	start();
	archive_add(&a, "d/x", FILE, "x");
	archive_add(&a, "d", FILE, "x");
	refused("a directory of that name came before", "d");
	start();
	archive_add(&a, "f", FILE, "x");
	archive_add(&a, "./f", FILE, "y");
	refused("its name came before", "./f");
	start();
	archive_add(&a, "f", FILE, "x");
	archive_add(&a, "f", DIR, NULL);
	refused("its name came before", "f");
	start();
	archive_add(&a, "d", DIR, "data");
	refused("data where there can be none", "d");
	start();
	archive_add(&a, "l", LINK, "");
	refused("a symbolic link without a sound target", "l");
	start();
	archive_raw(&a, "l", LINK, 1, 1, "a\0b", 3);
	refused("a symbolic link without a sound target", "l");
	start();
	archive_add(&a, "k", 0, NULL);
	refused("no known kind of file", "k");
}

static void make_good(void)
{
	start();
	archive_add(&a, ".", DIR, NULL);
	archive_add(&a, "www", DIR, NULL);
	archive_add(&a, "www/a/b/c", FILE, "text");
	archive_add(&a, "www/link", LINK, "a/b");
	archive_raw(&a, "h1", FILE, 9, 2, NULL, 0);
	archive_raw(&a, "h2", FILE, 9, 2, "both", 4);
	archive_end(&a);
}

/* Visit all that an index shows: ASan watches. */
static uint64_t visit(void)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < index.count; i++) {
		struct uk_cpio_node *n = &index.node[i];
		const void *from = NULL;
		long len = UK_S_ISREG(n->fs.mode) ? uk__cpio_ops.map(&n->fs, 0, &from) : 0;
		struct uk_fs_dirent e;
		uint64_t cursor = 0;
		uint32_t entries = 0;

		for (long k = 0; k < len; k++)
			sum += ((const unsigned char *)from)[k];
		while (uk__cpio_ops.readdir(&n->fs, &cursor, &e) == 1 && entries++ <= index.count)
			sum += (unsigned char)e.name[0];
		UK_EXPECT(entries <= index.count);
	}
	return sum;
}

/* Bytes of a good archive are changed at random: it is refused, or all that it shows is within. */
UK_TEST(cpio_index, random_damage)
{
	uint64_t sum = 0;
	unsigned int good = 0;

	for (int round = 0; round < 20000; round++) {
		size_t size;
		char *copy;

		make_good();
		for (uint64_t k = 1 + uk_test_random_below(3); k > 0; k--) {
			static const char hex[] = "0123456789abcdefF";
			size_t where = uk_test_random_below(a.size);

			a.bytes[where] = uk_test_random_below(2)
						 ? hex[uk_test_random_below(sizeof(hex) - 1)]
						 : (char)uk_test_random();
		}
		size = uk_test_random_below(4) ? a.size : uk_test_random_below(a.size) + 1;
		copy = uk_heap_alloc(size);
		memcpy(copy, a.bytes, size);
		if (uk__cpio_index(&index, copy, size, &uk__cpio_ops) == 0) {
			sum += visit();
			uk__cpio_index_free(&index);
			good++;
		}
		uk_heap_free(copy);
	}
	UK_EXPECT(sum > 0 && good > 100 && good < 19900);
}
