/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What must not be guessed: sequence numbers (RFC 6528), ports (RFC 6056), identifiers.
 */

#include "hooks.h"
#include "port.h"

#include <string.h>
#include <uk/clock.h>
#include <uk/rng.h>

static uint64_t key[2];
static struct {
	uint32_t words[32];
	unsigned int left;
} pool;

int uk__lwip_random_init(void)
{
	return uk_rng_bytes(key, sizeof(key));
}

uint32_t uk__lwip_random(void)
{
	/* The source was good at start, and stays good. */
	if (pool.left == 0) {
		if (uk_rng_bytes(pool.words, sizeof(pool.words)))
			uk_panic("lwip: entropy has gone");
		pool.left = UK_ARRAY_SIZE(pool.words);
	}

	uint32_t value = pool.words[--pool.left];

	pool.words[pool.left] = 0;
	return value;
}

static uint64_t rotate(uint64_t x, unsigned int n)
{
	return x << n | x >> (64 - n);
}

static void sip_rounds(uint64_t v[4], int n)
{
	while (n-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

/* SipHash-2-4 (Aumasson, Bernstein 2012) of n whole words. */
static uint64_t sip_hash(const uint64_t *words, size_t n)
{
	uint64_t v[4] = { key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
			  key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573 };
	uint64_t last = (uint64_t)(n * 8) << 56;

	for (size_t i = 0; i <= n; i++) {
		uint64_t m = i < n ? words[i] : last;

		v[3] ^= m;
		sip_rounds(v, 2);
		v[0] ^= m;
	}
	v[2] ^= 0xff;
	sip_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t uk__lwip_hash(const struct uk__lwip_ends *ends, uint64_t purpose)
{
	struct {
		ip_addr_t local, remote;
		uint64_t ports, purpose;
	} tuple;
	uint64_t words[(sizeof(tuple) + 7) / 8] = { 0 };

	memset(&tuple, 0, sizeof(tuple));
	ip_addr_copy(tuple.local, *ends->local);
	ip_addr_copy(tuple.remote, *ends->remote);
	tuple.ports = (uint64_t)ends->local_port << 16 | ends->remote_port;
	tuple.purpose = purpose;
	memcpy(words, &tuple, sizeof(tuple));
	return sip_hash(words, UK_ARRAY_SIZE(words));
}

uint32_t uk__lwip_isn(const ip_addr_t *local, uint16_t local_port, const ip_addr_t *remote,
		      uint16_t remote_port)
{
	struct uk__lwip_ends ends = { local, remote, local_port, remote_port };

	/* M counts 4 microseconds; F hides it. */
	return (uint32_t)((uint64_t)uk_clock_now() / 4000) + (uint32_t)uk__lwip_hash(&ends, 0);
}
