/* SPDX-License-Identifier: BSD-3-Clause */
#include "../fs.h"
#include <uk/errno.h>
#include <uk/log.h>
#include <uk/string.h>
#include <uk/test.h>

/* As resolv.conf is made: by a formatter, which ends with a terminator. */
static size_t formatted(char *buf, size_t size)
{
	return (size_t)uk_format(buf, size, "one\ntwo\n");
}

/* Longer at each question. */
static size_t growing(char *buf, size_t size)
{
	static size_t len;

	len += 10;
	memset(buf, 'x', UK_MIN(len, size));
	return len;
}

UK_TABLE_ENTRY(struct uk_posix_fs_special, special)
entry_formatted = { "/test/formatted", UK_S_IFREG | 0444, NULL, formatted };
UK_TABLE_ENTRY(struct uk_posix_fs_special, special)
entry_growing = { "/test/growing", UK_S_IFREG | 0444, NULL, growing };

/* The content as a string in out[64]; its length, or -Exxx. */
static long content(const char *path, char out[64])
{
	const struct uk_posix_fs_special *s = uk__posix_fs_special(path, false);
	struct uk_file_iter it;
	struct uk_file *file;
	int err = s ? uk__posix_fs_special_open(s, UK_O_RDONLY, &file) : -ENOENT;
	long n;

	if (err)
		return err;
	uk_file_iter_buffer(&it, out, 63);
	n = uk_file_read(file, &it, UK_FILE_OWN_POS);
	out[n < 0 ? 0 : n] = '\0';
	UK_EXPECT_EQ(uk_file_read(file, &it, UK_FILE_OWN_POS), 0);
	uk_file_put(file);
	return n;
}

UK_TEST(special, text_is_whole)
{
	char out[64];

	UK_EXPECT_EQ(content("/test/formatted", out), 8);
	UK_EXPECT_STR_EQ(out, "one\ntwo\n");
}

UK_TEST(special, text_that_grows_is_cut)
{
	char out[64] = "";
	long n = content("/test/growing", out);

	UK_REQUIRE(n > 0 && n % 10 == 0);
	UK_EXPECT_EQ(uk_str_len(out), n);
}

UK_TEST(special, cannot_be_written)
{
	const struct uk_posix_fs_special *s = uk__posix_fs_special("/test/formatted", false);
	struct uk_file *file;

	UK_REQUIRE(s);
	UK_EXPECT_EQ(uk__posix_fs_special_open(s, UK_O_RDWR, &file), -EROFS);
	UK_EXPECT_EQ(uk__posix_fs_special_open(s, UK_O_DIRECTORY, &file), -ENOTDIR);
	UK_EXPECT(!uk__posix_fs_special("/test/formatted", true));
	UK_EXPECT(!uk__posix_fs_special("/test/none", false));
}
