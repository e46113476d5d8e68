/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Paths of a request, and the type of a file. Pure functions over hostile bytes. */

#include <stddef.h>

/*
 * Decode the path of a request target (RFC 3986, 2.1 and 5.2.4) into out[size]: percent
 * escapes resolved once, empty and "." segments dropped, ".." never above the root, the slash
 * at the end kept. 0, or the HTTP status that refuses it (400, 414).
 */
int path_decode(char *out, size_t size, const char *target, size_t len);

/* Media type by the name's ending; application/octet-stream where it is unknown. */
const char *path_type(const char *path);
