/* SPDX-License-Identifier: BSD-3-Clause */
#include "chacha.h"

static uint32_t rotate(uint32_t x, int n)
{
	return x << n | x >> (32 - n);
}

static void quarter_round(uint32_t s[16], int a, int b, int c, int d)
{
	s[a] += s[b];
	s[d] = rotate(s[d] ^ s[a], 16);
	s[c] += s[d];
	s[b] = rotate(s[b] ^ s[c], 12);
	s[a] += s[b];
	s[d] = rotate(s[d] ^ s[a], 8);
	s[c] += s[d];
	s[b] = rotate(s[b] ^ s[c], 7);
}

void uk__rng_chacha20(uint32_t out[16], const uint32_t key[8], uint32_t counter,
		      const uint32_t nonce[3])
{
	uint32_t start[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };

	for (int i = 0; i < 8; i++)
		start[4 + i] = key[i];
	start[12] = counter;
	for (int i = 0; i < 3; i++)
		start[13 + i] = nonce[i];
	for (int i = 0; i < 16; i++)
		out[i] = start[i];
	for (int round = 0; round < 20; round += 2) {
		for (int i = 0; i < 4; i++)
			quarter_round(out, i, 4 + i, 8 + i, 12 + i);
		for (int i = 0; i < 4; i++)
			quarter_round(out, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
	}
	for (int i = 0; i < 16; i++)
		out[i] += start[i];
}
