/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/log.h>
#include <uk/string.h>
#include <uk/test.h>

#define CHECK(text, ...) \
	do { \
		char buf_[128]; \
		int len_ = uk_format(buf_, sizeof(buf_), __VA_ARGS__); \
		UK_EXPECT_STR_EQ(buf_, text); \
		UK_EXPECT_EQ(len_, uk_str_len(text)); \
	} while (0)

UK_TEST(format, integers)
{
	CHECK("0", "%d", 0);
	CHECK("-2147483648", "%d", -2147483647 - 1);
	CHECK("18446744073709551615", "%llu", ~0ull);
	CHECK("-9223372036854775808", "%lld", -0x7fffffffffffffffll - 1);
	CHECK("ff FF 377", "%x %X %o", 255u, 255u, 255u);
	CHECK("255 -1 65535", "%hhu %hhd %hu", (unsigned char)255, (signed char)-1,
	      (unsigned short)65535);
	CHECK("123456789012", "%zu", (size_t)123456789012ull);
	CHECK("0x1f", "%p", (void *)0x1f);
}

UK_TEST(format, widths_and_flags)
{
	CHECK("[   42]", "[%5d]", 42);
	CHECK("[42   ]", "[%-5d]", 42);
	CHECK("[00042]", "[%05d]", 42);
	CHECK("[-0042]", "[%05d]", -42);
	CHECK("[+42]", "[%+d]", 42);
	CHECK("[  42][42  ]", "[%*d][%*d]", 4, 42, -4, 42);
}

UK_TEST(format, strings)
{
	char *volatile null = NULL;

	CHECK("abc", "%s", "abc");
	CHECK("[  abc][abc  ]", "[%5s][%-5s]", "abc", "abc");
	CHECK("ab", "%.2s", "abc");
	CHECK("abc", "%.*s", 3, "abcdef");
	CHECK("(null)", "%s", null);
	CHECK("x%", "%c%%", 'x');
}

UK_TEST(format, precision_bounds_the_read)
{
	char text[3] = { 'a', 'b', 'c' }; /* no terminator */

	CHECK("abc", "%.3s", text);
}

UK_TEST(format, bounded_buffer)
{
	char buf[4] = { 'x', 'x', 'x', 'x' };

	UK_EXPECT_EQ(uk_format(buf, 4, "%d", 123456), 6);
	UK_EXPECT_STR_EQ(buf, "123");
	UK_EXPECT_EQ(uk_format(buf, 1, "abc"), 3);
	UK_EXPECT_EQ(buf[0], '\0');
	UK_EXPECT_EQ(uk_format(NULL, 0, "%s", "abc"), 3);
}

/* volatile: the compiler would refuse these. */
UK_TEST(format, unknown_shows)
{
	const char *volatile unknown = "%y";
	const char *volatile open_end = "a%";

	CHECK("%y", unknown, 1);
	CHECK("a%", open_end, 1);
}
