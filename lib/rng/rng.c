/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The generator. Its whole state is a key: every output block is computed with it and replaces
 * it in the same step (fast key erasure, D. J. Bernstein, 2017); entropy is stirred in by
 * adding it to the key and computing a block.
 */

#include "chacha.h"
#include "sources.h"
#include <uk/atomic.h>
#include <uk/errno.h>
#include <uk/log.h>
#include <uk/spinlock.h>
#include <uk/string.h>

#define KEY_BYTES    32u
#define GOOD_BITS    128u
#define RESEED_BYTES (1u << 20)

/* Blocks for different ends never come from the same key and nonce. */
static const uint32_t nonce_output[3] = { 1 };
static const uint32_t nonce_mix[3] = { 2 };
static const uint32_t nonce_stream[3] = { 3 };

static struct {
	struct uk_spinlock lock;
	uint32_t key[8];
	uint32_t bits;         /* entropy so far, as far as it counts */
	uint32_t until_reseed; /* bytes */
	bool warned;
} rng;

static struct uk_spinlock sources_lock;
static struct uk_list sources = UK_LIST_INIT(sources);
static bool cpu_registered; /* sources_lock */

static void wipe(void *secret, size_t len)
{
	memset(secret, 0, len);
	uk_compiler_barrier_at(secret);
}

void uk_rng_mix(const void *data, size_t len, unsigned int bits)
{
	uint32_t block[16];
	uint32_t piece[8];
	uk_irqflags_t flags = uk_spin_lock_irqsave(&rng.lock);

	for (size_t at = 0; at < len; at += KEY_BYTES) {
		memset(piece, 0, sizeof(piece));
		memcpy(piece, (const char *)data + at, UK_MIN(len - at, (size_t)KEY_BYTES));
		for (int i = 0; i < 8; i++)
			rng.key[i] ^= piece[i];
		uk__rng_chacha20(block, rng.key, 0, nonce_mix);
		memcpy(rng.key, block, KEY_BYTES);
	}
	uk_store(&rng.bits, UK_MIN(rng.bits + bits, GOOD_BITS));
	uk_spin_unlock_irqrestore(&rng.lock, flags);
	wipe(block, sizeof(block));
	wipe(piece, sizeof(piece));
}

bool uk_rng_ready(void)
{
	return uk_load(&rng.bits) >= GOOD_BITS;
}

/* The lists only grow: what is linked stays. */
void uk_rng_source_register(struct uk_rng_source *source)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&sources_lock);

	uk_list_append(&sources, &source->node);
	uk_spin_unlock_irqrestore(&sources_lock, flags);
}

static struct uk_rng_source *next_source(struct uk_rng_source *source)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&sources_lock);

	if (!cpu_registered) {
		cpu_registered = true;
		uk_list_prepend(&sources, &uk__rng_cpu.node);
	}
	struct uk_list *node = source ? source->node.next : sources.next;

	uk_spin_unlock_irqrestore(&sources_lock, flags);
	return node == &sources ? NULL : UK_LIST_ENTRY(node, struct uk_rng_source, node);
}

/* Ask every source. */
static void gather(void)
{
	uint8_t buf[UK__RNG_SEED_BYTES];

	for (struct uk_rng_source *s = next_source(NULL); s; s = next_source(s)) {
		int n = s->read(s, buf, sizeof(buf));

		if (n > 0 && (size_t)n <= sizeof(buf))
			uk_rng_mix(buf, (size_t)n, (unsigned int)n * 8);
	}
	wipe(buf, sizeof(buf));
	uk_store(&rng.until_reseed, RESEED_BYTES);
}

/* A block of which half replaces the key and half goes to out. Counts len bytes. */
static void step(uint32_t out[8], size_t len)
{
	uint32_t block[16];
	uk_irqflags_t flags = uk_spin_lock_irqsave(&rng.lock);

	uk__rng_chacha20(block, rng.key, 0, nonce_output);
	memcpy(rng.key, block, KEY_BYTES);
	uk_store(&rng.until_reseed, rng.until_reseed - (uint32_t)UK_MIN(len, rng.until_reseed));
	uk_spin_unlock_irqrestore(&rng.lock, flags);
	memcpy(out, block + 8, KEY_BYTES);
	wipe(block, sizeof(block));
}

/* More than one half block: a stream of its own, its key erased afterwards. */
static void stream(const uint32_t key[8], unsigned char *buf, size_t len)
{
	uint32_t block[16];

	for (uint32_t i = 0; len > 0; i++) {
		size_t n = UK_MIN(len, sizeof(block));

		uk__rng_chacha20(block, key, i, nonce_stream);
		memcpy(buf, block, n);
		buf += n;
		len -= n;
	}
	wipe(block, sizeof(block));
}

static void generate(void *buf, size_t len)
{
	uint32_t half[8];
	unsigned char *at = buf;

	do {
		size_t n = UK_MIN(len, (size_t)RESEED_BYTES);

		if (uk_load(&rng.until_reseed) == 0)
			gather();
		step(half, n);
		if (n <= sizeof(half))
			memcpy(at, half, n);
		else
			stream(half, at, n);
		at += n;
		len -= n;
	} while (len > 0);
	wipe(half, sizeof(half));
}

int uk_rng_bytes(void *buf, size_t len)
{
	if (!uk_rng_ready())
		gather();
	if (!uk_rng_ready())
		return -EAGAIN;
	if (len > 0)
		generate(buf, len);
	return 0;
}

uint64_t uk_rng_weak(void)
{
	uint64_t word;

	if (!uk_rng_ready())
		gather();
	if (!uk_rng_ready()) {
		uint64_t jitter[4] = { 0 };

		if (!uk_exchange(&rng.warned, true))
			uk_warn("no source of entropy (RDRAND, virtio-rng, rng.seed=): guessable");
		uk__rng_jitter(jitter);
		uk_rng_mix(jitter, sizeof(jitter), 0);
	}
	generate(&word, sizeof(word));
	return word;
}
