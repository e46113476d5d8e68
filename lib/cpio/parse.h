/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Reads a cpio archive of the format "newc" (cpio(5); Linux,
 * Documentation/driver-api/early-userspace/buffer-format.rst) header by header. Pure: touches the
 * archive alone, which may be anything; never reads beyond its end.
 */

#include <stdbool.h>
#include <uk/defs.h>

struct uk_cpio_entry {
	size_t offset;    /* of the header */
	const char *name; /* as in the archive, NUL-terminated */
	size_t name_len;
	const char *data; /* within the archive */
	uint32_t size;
	uint32_t ino;
	uint32_t mode;
	uint32_t nlink;
	uint32_t uid;
	uint32_t gid;
	uint32_t mtime;
	uint32_t dev; /* major and minor in one word */
};

struct uk_cpio_reader {
	const char *base;
	size_t size;
	size_t at;       /* offset of the next header */
	const char *why; /* after an error: what is wrong at `at` */
};

/* 1: the next entry is in *entry; 0: the trailer; -EBADMSG: reader->why. */
int uk__cpio_next(struct uk_cpio_reader *reader, struct uk_cpio_entry *entry);
