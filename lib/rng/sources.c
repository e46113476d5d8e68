/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Sources that every machine may have: the CPU, the loader's seed, jitter.
 */

#include "sources.h"
#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/list.h>
#include <uk/param.h>
#include <uk/string.h>

#define JITTER_ROUNDS 64
#define HEX_MIN       32u /* digits: 128 bits */

/*
 * RDSEED gives entropy, RDRAND the output of a generator that the CPU reseeds at least every
 * 511 times: fold some words (Intel, Digital Random Number Generator guide, section 4.2).
 */
static bool cpu_word(uint64_t *word)
{
	uint64_t next;

	if (uk_cpu_random_seed(word))
		return true;
	if (!uk_cpu_random(word))
		return false;
	for (int i = 0; i < 3; i++) {
		if (!uk_cpu_random(&next))
			return false;
		*word = (*word << 13 | *word >> 51) ^ next;
	}
	return true;
}

static int cpu_read(struct uk_rng_source *source, void *buf, size_t len)
{
	size_t done = 0;
	uint64_t word;

	(void)source;
	while (done < len && cpu_word(&word)) {
		size_t n = UK_MIN(len - done, sizeof(word));

		memcpy((char *)buf + done, &word, n);
		done += n;
	}
	return (int)done;
}

struct uk_rng_source uk__rng_cpu = { .read = cpu_read };

void uk__rng_jitter(uint64_t out[4])
{
	static volatile uint64_t sink[64];
	uint64_t last = uk_cpu_cycles();

	for (int word = 0; word < 4; word++) {
		uint64_t mix = out[word];

		for (int i = 0; i < JITTER_ROUNDS; i++) {
			sink[mix & 63] += last;
			uint64_t now = uk_cpu_cycles();

			mix = (mix << 7 | mix >> 57) ^ (now - last) * 0x9e3779b97f4a7c15ull;
			last = now;
		}
		out[word] = mix ^ last;
	}
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 32) >= 'a' && (c | 32) <= 'f')
		return (c | 32) - 'a' + 10;
	return -1;
}

/* Parameter rng.seed. Read before any init function, on the boot CPU. */
static int uk_unused set_seed(const char *text)
{
	size_t digits = uk_str_len(text);
	uint8_t byte = 0;

	for (size_t i = 0; i < digits; i++) {
		if (hex_digit(text[i]) < 0)
			return -EINVAL;
	}
	if (digits < HEX_MIN)
		return -EINVAL;
	for (size_t i = 0; i < digits; i++) {
		byte = (uint8_t)(byte << 4 | hex_digit(text[i]));
		if (i % 2 == 1 || i + 1 == digits)
			uk_rng_mix(&byte, 1, i % 2 == 1 ? 8 : 4);
	}
	return 0;
}
UK_PARAM_FN(seed, set_seed, "entropy of this boot: 32 hexadecimal digits or more");
