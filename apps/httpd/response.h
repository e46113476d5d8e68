/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* The head of a response (RFC 9112, section 4), written without printf: it is the hot path. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Bytes; holds any head (a location has up to 3 for each of a path) and the page of any error. */
#define RESPONSE_HEAD_MAX 4096

struct response {
	int status;
	bool keep_alive;
	bool old;             /* to HTTP/1.0, where it is said that a connection stays */
	const char *type;     /* NULL: no body is described */
	const char *location; /* decoded path to go to, or NULL */
	uint64_t start, end;  /* the window of the body that is sent */
	uint64_t size;        /* of the whole body */
};

/*
 * Write the head into buf[RESPONSE_HEAD_MAX]; returns its length. `now` is the wall clock in
 * seconds, 0 when it is not known (then there is no Date field).
 */
size_t response_head(char *buf, const struct response *r, time_t now);

/* The small page that explains an error; returns its length. */
size_t response_page(char *buf, size_t size, int status);

/* "404 Not Found" */
const char *response_reason(int status);
