/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include <uk/defs.h>

/* The ChaCha20 block function (RFC 8439, section 2.3), words little-endian. */
void uk__rng_chacha20(uint32_t out[16], const uint32_t key[8], uint32_t counter,
		      const uint32_t nonce[3]);
