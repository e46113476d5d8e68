/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/errno.h>
#include <uk/file.h>
#include <uk/string.h>
#include <uk/test.h>

UK_TEST(iter, buffer)
{
	char data[8] = "abcdefg", out[8];
	struct uk_file_iter it;

	UK_EXPECT_EQ(uk_file_iter_buffer(&it, data, 7), 0);
	UK_EXPECT_EQ(uk_file_iter_get(&it, out, 3), 3);
	UK_EXPECT_EQ(uk_file_iter_get(&it, out + 3, 100), 4);
	UK_EXPECT_EQ(uk_file_iter_get(&it, out, 1), 0);
	UK_EXPECT_EQ(memcmp(data, out, 7), 0);
	UK_EXPECT_EQ(it.total, 0);
}

UK_TEST(iter, bad_pointers)
{
	struct uk_file_iter it;
	struct uk_iovec vec[2] = { { NULL, 0 }, { (void *)8, 4 } };
	char c;

	UK_EXPECT_EQ(uk_file_iter_buffer(&it, NULL, 1), -EFAULT);
	UK_EXPECT_EQ(uk_file_iter_buffer(&it, (void *)UINTPTR_MAX, 2), -EFAULT);
	UK_EXPECT_EQ(uk_file_iter_buffer(&it, NULL, 0), 0);
	UK_EXPECT_EQ(uk_file_iter_vector(&it, vec, 2), -EFAULT);
	UK_EXPECT_EQ(uk_file_iter_vector(&it, vec, 1), 0);
	UK_EXPECT_EQ(uk_file_iter_get(&it, &c, 1), 0);
	UK_EXPECT_EQ(uk_file_iter_vector(&it, (void *)16, 1), -EFAULT);
}

UK_TEST(iter, bounds)
{
	char *const byte = (char *)0x100000; /* never touched: lengths alone count */
	struct uk_iovec vec[2] = { { byte, (size_t)1 << 62 }, { byte, (size_t)1 << 62 } };
	struct uk_file_iter it;

	UK_EXPECT_EQ(uk_file_iter_vector(&it, vec, -1), -EINVAL);
	UK_EXPECT_EQ(uk_file_iter_vector(&it, vec, UK_IOV_MAX + 1), -EINVAL);
	UK_EXPECT_EQ(uk_file_iter_vector(&it, vec, 2), -EINVAL);
	UK_EXPECT_EQ(uk_file_iter_vector(&it, vec, 1), 0);
	UK_EXPECT_EQ(it.total, UK_RW_MAX);
	vec[0].iov_len = SIZE_MAX;
	UK_EXPECT_EQ(uk_file_iter_vector(&it, vec, 1), -EINVAL);
	UK_EXPECT_EQ(uk_file_iter_buffer(&it, byte, (size_t)1 << 40), 0);
	UK_EXPECT_EQ(it.total, UK_RW_MAX);
}

UK_TEST(iter, vector_in_random_pieces)
{
	char data[200], out[200];
	struct uk_iovec vec[16];

	for (int round = 0; round < 500; round++) {
		struct uk_file_iter it;
		size_t at = 0, done = 0;
		int n = 0;

		while (n < 16 && at < sizeof(data)) {
			size_t len = uk_test_random_below(4) == 0 ? 0 : uk_test_random_below(40);

			len = UK_MIN(len, sizeof(data) - at);
			vec[n++] = (struct uk_iovec){ data + at, len };
			at += len;
		}
		for (size_t i = 0; i < sizeof(data); i++) {
			data[i] = (char)uk_test_random();
			out[i] = 0;
		}
		UK_EXPECT_EQ(uk_file_iter_vector(&it, vec, n), 0);
		UK_EXPECT_EQ(it.total, at);
		while (done < at) {
			size_t want = 1 + uk_test_random_below(30);
			long got = uk_file_iter_get(&it, out + done, want);

			UK_REQUIRE(got == (long)UK_MIN(want, at - done));
			done += (size_t)got;
		}
		UK_EXPECT_EQ(memcmp(data, out, at), 0);
	}
}

/* The application shortens and lengthens an element after the lengths were summed up. */
UK_TEST(iter, vector_that_changes_stays_bounded)
{
	char a[64], b[64], out[256];
	struct uk_iovec vec[2] = { { a, 64 }, { b, 4 } };
	struct uk_file_iter it;

	UK_EXPECT_EQ(uk_file_iter_vector(&it, vec, 2), 0);
	vec[1].iov_len = 64;
	UK_EXPECT_EQ(uk_file_iter_get(&it, out, sizeof(out)), 68);
	UK_EXPECT_EQ(it.total, 0);
}
