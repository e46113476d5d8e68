/* SPDX-License-Identifier: BSD-3-Clause */
#include "../parse.h"
#include "archive.h"
#include <uk/abi/stat.h>
#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/test.h>

static struct archive a;

static void start(void)
{
	a.size = 0;
}

/* Why the archive is refused, or "" when it ends well; in memory of exactly its size. */
static const char *why(size_t size)
{
	char *copy = uk_heap_alloc(size);
	struct uk_cpio_reader r = { .base = copy, .size = size };
	struct uk_cpio_entry e;
	int more;

	memcpy(copy, a.bytes, size);
	while ((more = uk__cpio_next(&r, &e)) > 0)
		UK_EXPECT(e.data >= copy && e.data + e.size <= copy + size);
	uk_heap_free(copy);
	return more == 0 ? "" : r.why;
}

UK_TEST(cpio_parse, entries)
{
	struct uk_cpio_reader r = { .base = a.bytes };
	struct uk_cpio_entry e;

	start();
	archive_add(&a, ".", UK_S_IFDIR | 0755, NULL);
	archive_add(&a, "./file", UK_S_IFREG | 0644, "hello");
	archive_end(&a);
	r.size = a.size;
	UK_EXPECT_EQ(uk__cpio_next(&r, &e), 1);
	UK_EXPECT_STR_EQ(e.name, ".");
	UK_EXPECT_EQ(e.mode, UK_S_IFDIR | 0755);
	UK_EXPECT_EQ(uk__cpio_next(&r, &e), 1);
	UK_EXPECT_STR_EQ(e.name, "./file");
	UK_EXPECT(e.size == 5 && memcmp(e.data, "hello", 5) == 0);
	UK_EXPECT(e.mtime == 1234 && e.nlink == 1);
	UK_EXPECT_EQ(uk__cpio_next(&r, &e), 0);
}

UK_TEST(cpio_parse, truncated_at_every_byte)
{
	start();
	archive_add(&a, "dir", UK_S_IFDIR | 0755, NULL);
	archive_add(&a, "dir/file", UK_S_IFREG | 0644, "some text");
	archive_add(&a, "link", UK_S_IFLNK | 0777, "dir");
	archive_end(&a);
	for (size_t size = 1; size < a.size - 4; size++)
		UK_EXPECT(uk_str_len(why(size)) > 0);
	UK_EXPECT_STR_EQ(why(a.size), "");
}

UK_TEST(cpio_parse, what_it_is_instead)
{
	start();
	memset(a.bytes, 0, 512);
	UK_EXPECT_STR_EQ(why(512), "no cpio header here");
	UK_EXPECT_STR_EQ(why(10), "it ends without a trailer: truncated");
	memcpy(a.bytes, "\x1f\x8b\x08", 3);
	UK_EXPECT_STR_EQ(why(512), "it is compressed: unpack it first");
	memcpy(a.bytes, "070707", 6);
	UK_EXPECT_STR_EQ(why(512), "an older cpio format: make it with `cpio -o -H newc`");
}

UK_TEST(cpio_parse, absurd_numbers)
{
	start();
	archive_add(&a, "x", UK_S_IFREG | 0644, "data");
	archive_end(&a);
	memcpy(a.bytes + 6 + 6 * 8, "FFFFFFFF", 8); /* size of the file */
	UK_EXPECT_STR_EQ(why(a.size), "a file goes beyond the end of the archive: truncated");
	memcpy(a.bytes + 6 + 6 * 8, "0000000g", 8);
	UK_EXPECT_STR_EQ(why(a.size), "a number in the header is not hexadecimal");
	memcpy(a.bytes + 6 + 6 * 8, "00000004", 8);
	memcpy(a.bytes + 6 + 11 * 8, "FFFFFFFF", 8); /* length of the name */
	UK_EXPECT_STR_EQ(why(a.size), "absurd length of a name");
	memcpy(a.bytes + 6 + 11 * 8, "00000000", 8);
	UK_EXPECT_STR_EQ(why(a.size), "absurd length of a name");
	memcpy(a.bytes + 6 + 11 * 8, "00000001", 8);
	UK_EXPECT_STR_EQ(why(a.size), "a name has no terminator, or a zero byte within");
	memcpy(a.bytes + 6 + 11 * 8, "00000800", 8);
	UK_EXPECT_STR_EQ(why(a.size), "it ends within a name: truncated");
}
