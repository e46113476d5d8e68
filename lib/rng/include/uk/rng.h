/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Random numbers, in two qualities.
 *
 * Secrets (keys, sequence numbers, getrandom) come from uk_rng_bytes(), which needs entropy of a
 * good source: the CPU's generator, virtio-rng, or a seed given by the loader in the parameter
 * `rng.seed` (hexadecimal; 32 digits or more, fresh for each boot and not told to others: whoever
 * starts the guest answers for it). Placement, hash seeds and the like take uk_rng_weak(),
 * which makes do with the jitter of the cycle counter and says so once.
 *
 * The generator is ChaCha20 (RFC 8439) with fast key erasure: what was handed out cannot be
 * computed from the state that is left. All: boot and thread context.
 */

#include <stdbool.h>
#include <uk/defs.h>
#include <uk/list.h>

/* Fill buf with len bytes; 0, or -EAGAIN: no good entropy (yet), buf is then unchanged. */
uk_nodiscard int uk_rng_bytes(void *buf, size_t len);
/* The best there is. */
uint64_t uk_rng_weak(void);
/* uk_rng_bytes() would succeed. */
bool uk_rng_ready(void);

/*
 * Where entropy comes from. read() fills buf with up to len bytes of full entropy and returns how
 * many (also 0: none yet) or a negative errno; it may take a millisecond, not more, and may be
 * called by several threads at a time. Sources are asked when the generator is first used, while
 * it lacks entropy, and after each MiB of output.
 */
struct uk_rng_source {
	int (*read)(struct uk_rng_source *source, void *buf, size_t len);
	struct uk_list node; /* the library's */
};

/* For ever. What it gives is believed: register only what is good. */
void uk_rng_source_register(struct uk_rng_source *source);
/*
 * Stir data in, of which `bits` are unpredictable by others (0: possibly none): for entropy that
 * arrives by itself, as from an interrupt. Any context but NMI.
 */
void uk_rng_mix(const void *data, size_t len, unsigned int bits);
