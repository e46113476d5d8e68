/* SPDX-License-Identifier: BSD-3-Clause */
/* The memory routines against plain loops, for all small sizes, offsets and overlaps. */

#include <uk/string.h>
#include <uk/test.h>

static unsigned char want[256], have[256];

static void fill(void)
{
	for (unsigned int i = 0; i < sizeof(want); i++)
		want[i] = have[i] = (unsigned char)(i * 7 + 1);
}

static void move_plain(unsigned char *d, const unsigned char *s, size_t n)
{
	unsigned char copy[256];

	for (size_t i = 0; i < n; i++)
		copy[i] = ((const volatile unsigned char *)s)[i];
	for (size_t i = 0; i < n; i++)
		((volatile unsigned char *)d)[i] = copy[i];
}

static bool same(void)
{
	for (size_t i = 0; i < sizeof(want); i++)
		if (want[i] != have[i])
			return false;
	return memcmp(want, have, sizeof(want)) == 0;
}

UK_TEST(mem, memmove)
{
	bool ok = true;

	for (size_t n = 0; n < 100; n++)
		for (size_t d = 60; d < 100; d += 3)
			for (size_t s = 55; s < 105; s++) {
				fill();
				move_plain(want + d, want + s, n);
				memmove(have + d, have + s, n);
				ok &= same();
			}
	UK_EXPECT(ok);
}

UK_TEST(mem, memcpy_and_memset)
{
	bool ok = true;

	for (size_t n = 0; n < 100; n++)
		for (size_t at = 0; at < 20; at++) {
			fill();
			move_plain(want + at, want + 128, n);
			memcpy(have + at, have + 128, n);
			ok &= same();
			for (size_t i = 0; i < n; i++)
				((volatile unsigned char *)want)[at + i] = 0xa5;
			memset(have + at, 0xa5, n);
			ok &= same();
		}
	UK_EXPECT(ok);
}

UK_TEST(mem, memcmp_order)
{
	static const char a[] = "0123456789abcdef\x80";
	static const char b[] = "0123456789abcdef\x7f";

	UK_EXPECT(memcmp(a, b, sizeof(a)) > 0);
	UK_EXPECT(memcmp(b, a, sizeof(a)) < 0);
	UK_EXPECT_EQ(memcmp(a, b, 16), 0);
	UK_EXPECT_EQ(memcmp(a, b, 0), 0);
	/* cppcheck-suppress staticStringCompare ; memcmp() is what is tested */
	UK_EXPECT(memcmp("\x01\xff\xff\xff\xff\xff\xff\xff", "\x02\0\0\0\0\0\0\0", 8) < 0);
}
