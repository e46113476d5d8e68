/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Writes archives for tests.
 */

#include <uk/log.h>
#include <uk/string.h>

struct archive {
	size_t size;
	char bytes[16384];
};

static inline void archive_pad(struct archive *a)
{
	while (a->size % 4 != 0)
		a->bytes[a->size++] = '\0';
}

/* One entry; `size` is what the header says, and as many bytes are taken from data. */
static inline void archive_raw(struct archive *a, const char *name, uint32_t mode, uint32_t ino,
			       uint32_t nlink, const char *data, uint32_t size)
{
	uint32_t len = (uint32_t)uk_str_len(name) + 1;

	a->size +=
		(size_t)uk_format(a->bytes + a->size, 111,
				  "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", ino,
				  mode, 0u, 0u, nlink, 1234u, size, 8u, 1u, 0u, 0u, len, 0u);
	memcpy(a->bytes + a->size, name, len);
	a->size += len;
	archive_pad(a);
	if (data)
		memcpy(a->bytes + a->size, data, size);
	a->size += data ? size : 0;
	archive_pad(a);
}

static inline void archive_add(struct archive *a, const char *name, uint32_t mode, const char *text)
{
	archive_raw(a, name, mode, 1, 1, text, text ? (uint32_t)uk_str_len(text) : 0);
}

static inline void archive_end(struct archive *a)
{
	archive_raw(a, "TRAILER!!!", 0, 0, 1, NULL, 0);
}
