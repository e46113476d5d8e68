/* SPDX-License-Identifier: BSD-3-Clause */

/* On the machine as it is: with or without a good source. */

#include <uk/errno.h>
#include <uk/rng.h>
#include <uk/test.h>

UK_TEST(rng, machine)
{
	uint64_t a = uk_rng_weak(), b = uk_rng_weak();
	uint64_t words[4] = { 0 };
	int err = uk_rng_bytes(words, sizeof(words));

	UK_EXPECT(a != b);
	UK_EXPECT_EQ(err, uk_rng_ready() ? 0 : -EAGAIN);
	if (err != 0)
		return uk_test_skip("no RDRAND, virtio-rng or rng.seed=");
	UK_EXPECT(words[0] != words[1] && words[2] != words[3]);
}
