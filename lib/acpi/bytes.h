/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Little-endian fields of byte ranges, at any alignment. The caller has checked the bounds. */

#include <uk/string.h>

uk_inline uint16_t get16(const void *at)
{
	uint16_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

uk_inline uint32_t get32(const void *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

uk_inline uint64_t get64(const void *at)
{
	uint64_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}
