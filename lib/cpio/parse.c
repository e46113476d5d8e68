/* SPDX-License-Identifier: BSD-3-Clause */
#include "parse.h"
#include <uk/errno.h>
#include <uk/string.h>

#define HEADER   110u /* magic and 13 numbers of 8 hexadecimal digits */
#define FIELDS   13u
#define NAME_MAX 4096u

enum { INO, MODE, UID, GID, NLINK, MTIME, FILESIZE, DEVMAJOR, DEVMINOR, RMAJOR, RMINOR, NAMESIZE };

static int fail(struct uk_cpio_reader *r, const char *why)
{
	r->why = why;
	return -EBADMSG;
}

static bool read_hex(const char *text, uint32_t *value)
{
	*value = 0;
	for (int i = 0; i < 8; i++) {
		unsigned int c = (unsigned char)text[i], low = c | 0x20;
		unsigned int digit = c - '0' < 10 ? c - '0' : low - 'a' + 10;

		if (c - '0' >= 10 && low - 'a' >= 6)
			return false;
		*value = *value << 4 | digit;
	}
	return true;
}

static bool starts(const char *at, const char *with, size_t n)
{
	return memcmp(at, with, n) == 0;
}

static const char *what_is_it(const char *at)
{
	if (starts(at, "\x1f\x8b", 2) ||
	    starts(at,
		   "\xfd"
		   "7zXZ",
		   5) ||
	    starts(at, "\x28\xb5\x2f\xfd", 4) || starts(at, "BZh", 3))
		return "it is compressed: unpack it first";
	if (starts(at, "070707", 6) || starts(at, "\xc7\x71", 2) || starts(at, "\x71\xc7", 2))
		return "an older cpio format: make it with `cpio -o -H newc`";
	return "no cpio header here";
}

static int read_header(struct uk_cpio_reader *r, uint32_t field[FIELDS])
{
	const char *at = r->base + r->at;

	if (r->size - r->at < HEADER)
		return fail(r, "it ends without a trailer: truncated");
	/* 070702 has a sum of the data's bytes: not looked at. */
	if (!starts(at, "07070", 5) || (at[5] != '1' && at[5] != '2'))
		return fail(r, what_is_it(at));
	for (unsigned int i = 0; i < FIELDS; i++) {
		if (!read_hex(at + 6 + i * 8, &field[i]))
			return fail(r, "a number in the header is not hexadecimal");
	}
	return 0;
}

/* The name with its terminator follows the header. */
static int read_name(struct uk_cpio_reader *r, struct uk_cpio_entry *e, uint32_t size)
{
	if (size == 0 || size > NAME_MAX)
		return fail(r, "absurd length of a name");
	if (r->size - r->at - HEADER < size)
		return fail(r, "it ends within a name: truncated");
	e->name = r->base + r->at + HEADER;
	e->name_len = uk_str_nlen(e->name, size);
	if (e->name_len != size - 1)
		return fail(r, "a name has no terminator, or a zero byte within");
	return 0;
}

/* Data starts at a multiple of 4 and is padded to one; the last padding may be missing. */
static int read_data(struct uk_cpio_reader *r, struct uk_cpio_entry *e, uint32_t name_size)
{
	size_t start = UK_ALIGN_UP(r->at + HEADER + name_size, 4ul);

	if (start > r->size || r->size - start < e->size)
		return fail(r, "a file goes beyond the end of the archive: truncated");
	e->data = r->base + start;
	r->at = UK_MIN(UK_ALIGN_UP(start + e->size, 4ul), r->size);
	return 1;
}

int uk__cpio_next(struct uk_cpio_reader *r, struct uk_cpio_entry *e)
{
	uint32_t field[FIELDS];
	int err = read_header(r, field);

	if (err)
		return err;
	*e = (struct uk_cpio_entry){
		.offset = r->at,
		.size = field[FILESIZE],
		.ino = field[INO],
		.mode = field[MODE],
		.nlink = field[NLINK],
		.uid = field[UID],
		.gid = field[GID],
		.mtime = field[MTIME],
		.dev = field[DEVMAJOR] << 20 | (field[DEVMINOR] & 0xfffff),
	};
	err = read_name(r, e, field[NAMESIZE]);
	if (err)
		return err;
	if (uk_str_eq(e->name, "TRAILER!!!"))
		return 0;
	return read_data(r, e, field[NAMESIZE]);
}
