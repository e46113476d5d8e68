/* SPDX-License-Identifier: BSD-3-Clause */

/* The generator; the host's CPU has no RDRAND here, so entropy comes when the test says so. */

#include "../chacha.h"
#include <uk/errno.h>
#include <uk/rng.h>
#include <uk/string.h>
#include <uk/test.h>

/* RFC 8439, section 2.3.2, and appendix A.1, test vectors 1 and 3. */
UK_TEST(rng_chacha, rfc8439)
{
	static const uint32_t nonce[3] = { 0x09000000, 0x4a000000, 0 };
	static const uint32_t want[16] = {
		0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3, 0xc7f4d1c7, 0x0368c033,
		0x9aaa2204, 0x4e6cd4c3, 0x466482d2, 0x09aa9f07, 0x05d7c214, 0xa2028bd9,
		0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2,
	};
	static const uint32_t zero_key[8], zero_nonce[3];
	uint32_t key[8], out[16];

	for (uint32_t i = 0; i < 8; i++)
		key[i] = 0x03020100 + i * 0x04040404;
	uk__rng_chacha20(out, key, 1, nonce);
	UK_EXPECT(memcmp(out, want, sizeof(out)) == 0);
	uk__rng_chacha20(out, zero_key, 0, zero_nonce);
	UK_EXPECT_EQ(out[0], 0xade0b876);
	UK_EXPECT_EQ(out[15], 0x8665eeb2);
	key[7] = 0x01000000;
	memset(key, 0, 28);
	uk__rng_chacha20(out, key, 1, zero_nonce);
	UK_EXPECT_EQ(out[0], 0x2452eb3a);
	UK_EXPECT_EQ(out[15], 0xa0136c00);
}

static int answer;
static unsigned int asked;

static int test_read(struct uk_rng_source *source, void *buf, size_t len)
{
	(void)source;
	asked++;
	memset(buf, (int)asked, len);
	return answer > 0 ? (int)len : answer;
}

static struct uk_rng_source source = { .read = test_read };

static void fill(unsigned int cpu, void *arg)
{
	unsigned char buf[200];

	(void)cpu;
	(void)arg;
	for (size_t i = 0; i < 300; i++) {
		UK_EXPECT_EQ(uk_rng_bytes(buf, i % sizeof(buf)), 0);
		(void)uk_rng_weak();
	}
}

static void expect_refusal(void)
{
	unsigned char buf[8] = "12345678";

	UK_EXPECT(!uk_rng_ready());
	UK_EXPECT_EQ(uk_rng_bytes(buf, sizeof(buf)), -EAGAIN);
	UK_EXPECT(memcmp(buf, "12345678", 8) == 0);
}

static bool only_once(const uint64_t *words, int n)
{
	for (int i = 0; i < n; i++) {
		for (int j = 0; j < i; j++) {
			if (words[i] == words[j])
				return false;
		}
	}
	return true;
}

/* One case: a generator is seeded once. */
UK_TEST(rng, from_nothing_to_good)
{
	static uint64_t words[400];

	expect_refusal();
	for (int i = 0; i < 10; i++)
		words[i] = uk_rng_weak();
	UK_EXPECT(only_once(words, 10));
	uk_rng_source_register(&source);
	answer = 0;
	expect_refusal();
	answer = -EIO;
	expect_refusal();
	uk_rng_mix("guess", 5, 0);
	expect_refusal();
	answer = 1;
	UK_REQUIRE(uk_rng_bytes(words, sizeof(words)) == 0);
	UK_EXPECT(uk_rng_ready());
	UK_EXPECT(only_once(words, 400));
	for (int i = 0; i < 400; i++)
		UK_REQUIRE(uk_rng_bytes(&words[i], 1 + (size_t)i % 8) == 0);
	for (int i = 0; i < 400; i++)
		UK_REQUIRE(uk_rng_bytes(&words[i], sizeof(words[i])) == 0);
	UK_EXPECT(only_once(words, 400));
	UK_EXPECT_EQ(uk_rng_bytes(NULL, 0), 0);
	uk_test_smp(fill, NULL);
}

/* The counts of set bits of a good generator lie within five standard deviations. */
UK_TEST(rng, bits_are_even)
{
	static unsigned char buf[1 << 16];
	unsigned int ones[8] = { 0 };

	uk_rng_mix("a seed for a test", 17, 128);
	UK_REQUIRE(uk_rng_bytes(buf, sizeof(buf)) == 0);
	for (unsigned int i = 0; i < sizeof(buf); i++) {
		for (int bit = 0; bit < 8; bit++)
			ones[bit] += buf[i] >> bit & 1;
	}
	for (int bit = 0; bit < 8; bit++)
		UK_EXPECT(ones[bit] > 32768 - 640 && ones[bit] < 32768 + 640);
}

UK_TEST(rng, asks_again_after_a_mebibyte)
{
	static unsigned char buf[1 << 16];
	unsigned int before;

	uk_rng_mix("a seed for a test", 17, 128);
	answer = 1;
	UK_REQUIRE(uk_rng_bytes(buf, 1) == 0);
	before = asked;
	for (int i = 0; i < 40; i++)
		UK_REQUIRE(uk_rng_bytes(buf, sizeof(buf)) == 0);
	UK_EXPECT(asked == before + 2 || asked == before + 3 || before == 0);
}
