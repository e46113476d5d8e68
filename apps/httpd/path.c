/* SPDX-License-Identifier: BSD-3-Clause */
#include "path.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The next decoded byte at *i, which moves on; -1 where it cannot be part of a path. */
static int decode_byte(const char *s, size_t len, size_t *i)
{
	unsigned char c = (unsigned char)s[(*i)++];

	if (c == '%') {
		int high = *i + 1 < len ? hex_digit(s[*i]) : -1;
		int low = high >= 0 ? hex_digit(s[*i + 1]) : -1;

		if (low < 0)
			return -1;
		*i += 2;
		c = (unsigned char)(high << 4 | low);
	}
	return c < 0x20 || c == 0x7f ? -1 : c;
}

/* Called at the end of a segment that starts at out[start]: the new length of out. */
static size_t close_segment(const char *out, size_t start, size_t n)
{
	size_t len = n - start;

	if (len == 1 && out[start] == '.')
		return start;
	if (len == 2 && out[start] == '.' && out[start + 1] == '.') {
		if (start > 1)
			start--;
		while (start > 1 && out[start - 1] != '/')
			start--;
		return start;
	}
	return n;
}

int path_decode(char *out, size_t size, const char *target, size_t len)
{
	size_t n = 1, start = 1;

	if (!len || target[0] != '/')
		return 400;
	out[0] = '/';
	for (size_t i = 1; i < len;) {
		int c = decode_byte(target, len, &i);

		if (c < 0)
			return 400;
		if (c == '/') {
			n = close_segment(out, start, n);
			/* An empty segment, and the slash after a dropped one, add nothing. */
			if (out[n - 1] == '/') {
				start = n;
				continue;
			}
		}
		if (n + 1 >= size)
			return 414;
		out[n++] = (char)c;
		if (c == '/')
			start = n;
	}
	n = close_segment(out, start, n);
	out[n] = '\0';
	return 0;
}

const char *path_type(const char *path)
{
	static const struct {
		char ending[8];
		const char *type;
	} types[] = {
		{ ".html", "text/html; charset=utf-8" },
		{ ".css", "text/css; charset=utf-8" },
		{ ".js", "text/javascript; charset=utf-8" },
		{ ".txt", "text/plain; charset=utf-8" },
		{ ".json", "application/json" },
		{ ".xml", "application/xml" },
		{ ".svg", "image/svg+xml" },
		{ ".png", "image/png" },
		{ ".jpg", "image/jpeg" },
		{ ".jpeg", "image/jpeg" },
		{ ".gif", "image/gif" },
		{ ".webp", "image/webp" },
		{ ".ico", "image/x-icon" },
		{ ".wasm", "application/wasm" },
		{ ".woff2", "font/woff2" },
		{ ".pdf", "application/pdf" },
	};
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcasecmp(dot, types[i].ending) == 0)
			return types[i].type;
	}
	return "application/octet-stream";
}
