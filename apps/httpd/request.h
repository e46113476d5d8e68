/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The head of an HTTP/1.1 request (RFC 9112, sections 2 to 5): a pure function over bytes, so
 * that it is tested and fuzzed without a socket. All input is hostile.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_HEAD_MAX   8192 /* request line and fields, bytes; more is answered with 431 */
#define REQUEST_PATH_MAX   1024 /* decoded path with its terminator; more is answered with 414 */
#define REQUEST_FIELDS_MAX 100  /* header fields; more is answered with 431 */

enum request_method { METHOD_GET, METHOD_HEAD, METHOD_OTHER };

/* One byte range as it was asked for (RFC 9110, section 14.1.2); see range_resolve(). */
struct request_range {
	bool present;
	bool suffix; /* the last `first` bytes */
	uint64_t first;
	uint64_t last; /* inclusive; UINT64_MAX: to the end */
};

struct request {
	enum request_method method;
	int status; /* 0, or the status that refuses this request */
	bool keep_alive;
	bool has_host;
	unsigned int minor; /* HTTP/1.minor */
	uint64_t body;      /* Content-Length: bytes that follow the head */
	struct request_range range;
	char path[REQUEST_PATH_MAX]; /* decoded, absolute, without "." and ".." */
};

/*
 * Bytes of the first complete head in buf (with the empty line that ends it), or 0 while it is
 * incomplete. Empty lines before a request are part of it (RFC 9112, 2.2).
 */
size_t request_head_length(const char *buf, size_t len);

/*
 * Read the head of len bytes that request_head_length() found. Always fills all of *req;
 * req->status says whether it can be served. The connection cannot go on after a refusal with
 * keep_alive false.
 */
void request_parse(struct request *req, const char *head, size_t len);

/* The window [*start, *end) of a file of `size` bytes; false: 416, it cannot be satisfied. */
bool range_resolve(const struct request_range *range, uint64_t size, uint64_t *start,
		   uint64_t *end);
