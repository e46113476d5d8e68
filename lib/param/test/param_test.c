/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The parser keeps one state for the image, so these cases run on the host only, where no
 * application waits for its arguments.
 */
#include <uk/param.h>
#include <uk/string.h>
#include <uk/test.h>

static int number;
static unsigned int size32;
static uint64_t size64;
static bool flag;
static const char *word;
static char given[16];

static int set_given(const char *value)
{
	return uk_str_copy(given, value, sizeof(given)) < sizeof(given) ? 0 : -EINVAL;
}

UK_PARAM_INT(number, number, "for the test");
UK_PARAM_UINT(size32, size32, "for the test");
UK_PARAM_UINT(size64, size64, "for the test");
UK_PARAM_BOOL(flag, flag, "for the test");
UK_PARAM_STRING(word, word, "for the test");
UK_PARAM_FN(given, set_given, "for the test");
UK_PARAM_AS(INT, "other.name", other_name, number, "for the test");

UK_TEST(param, typed_values)
{
	UK_REQUIRE(uk_param_parse("param.number=-12 param.size32=4k param.size64=0x10 "
				  "param.flag=yes param.word='a b' param.given=abc") == 0);
	UK_EXPECT_EQ(number, -12);
	UK_EXPECT_EQ(size32, 4096);
	UK_EXPECT_EQ(size64, 16);
	UK_EXPECT(flag);
	UK_EXPECT_STR_EQ(word, "a b");
	UK_EXPECT_STR_EQ(given, "abc");
	UK_EXPECT_EQ(uk_param_parse("other.name=7 param.flag=off"), 0);
	UK_EXPECT_EQ(number, 7);
	UK_EXPECT(!flag);
}

UK_TEST(param, bounds)
{
	UK_EXPECT_EQ(uk_param_parse("param.number=2147483647"), 0);
	UK_EXPECT_EQ(number, 2147483647);
	UK_EXPECT_EQ(uk_param_parse("param.number=-2147483648"), 0);
	UK_EXPECT_EQ(number, -2147483647 - 1);
	UK_EXPECT_EQ(uk_param_parse("param.number=2147483648"), -ERANGE);
	UK_EXPECT_EQ(uk_param_parse("param.size32=4G"), -ERANGE);
	UK_EXPECT_EQ(uk_param_parse("param.size64=16383T"), 0);
	UK_EXPECT_EQ(uk_param_parse("param.size64=18446744073709551615"), 0);
	UK_EXPECT_EQ(size64, ~0ull);
	UK_EXPECT_EQ(uk_param_parse("param.size64=18446744073709551616"), -ERANGE);
	UK_EXPECT_EQ(uk_param_parse("param.size64=99999999999T"), -ERANGE);
}

static void refused(const char *line, int err, const char *named)
{
	UK_EXPECT_EQ(uk_param_parse(line), err);
	UK_EXPECT_STR_EQ(uk_param_error(), named);
}

UK_TEST(param, refused_by_name)
{
	refused("foo.bar=1", -EINVAL,
		"command line: unknown parameter \"foo.bar=1\"; arguments of main go behind --");
	refused("param.number", -EINVAL,
		"command line: unknown parameter \"param.number\"; arguments of main go behind --");
	refused("param.number=1x", -EINVAL, "command line: wrong value in \"param.number=1x\"");
	refused("param.number=", -EINVAL, "command line: wrong value in \"param.number=\"");
	refused("param.number=99999999999", -ERANGE,
		"command line: the value does not fit in \"param.number=99999999999\"");
	refused("param.size32=-1", -EINVAL, "command line: wrong value in \"param.size32=-1\"");
	refused("param.size32=0x", -EINVAL, "command line: wrong value in \"param.size32=0x\"");
	refused("param.size32=1kk", -EINVAL, "command line: wrong value in \"param.size32=1kk\"");
	refused("param.flag=maybe", -EINVAL, "command line: wrong value in \"param.flag=maybe\"");
	refused("env.A", -EINVAL, "command line: wrong word \"env.A\": env.NAME=value is meant");
	refused("env.=1", -EINVAL, "command line: wrong word \"env.=1\": env.NAME=value is meant");
	refused("x\ty -- \"a", -EINVAL,
		"command line: unknown parameter \"x\"; arguments of main go behind --");
	refused("-- a \"b\tc", -EINVAL,
		"command line: a quote or backslash without its end in \"\"b?c\"");
}

UK_TEST(param, vector)
{
	UK_REQUIRE(uk_param_parse("env.X=1 env.Y='2 3' -- a env.Z=4 \"b c\" -- d") == 0);
	char **vec = uk_param_vec();

	UK_REQUIRE(uk_param_argc() == 6);
	UK_EXPECT_STR_EQ(vec[0], CONFIG_APP_NAME);
	UK_EXPECT_STR_EQ(vec[1], "a");
	UK_EXPECT_STR_EQ(vec[2], "env.Z=4");
	UK_EXPECT_STR_EQ(vec[3], "b c");
	UK_EXPECT_STR_EQ(vec[4], "--");
	UK_EXPECT_STR_EQ(vec[5], "d");
	UK_EXPECT(!vec[6]);
	UK_EXPECT_STR_EQ(vec[7], "X=1");
	UK_EXPECT_STR_EQ(vec[8], "Y=2 3");
	UK_EXPECT(!vec[9]);
	UK_EXPECT(!vec[10]);
	UK_EXPECT_EQ(uk_param_aux(6, 4096), 0);
	UK_EXPECT_EQ((unsigned long)vec[10], 6);
	UK_EXPECT_EQ((unsigned long)vec[11], 4096);
	UK_EXPECT(!vec[12]);
	for (int i = 1; i < UK_PARAM_AUX_MAX; i++)
		UK_EXPECT_EQ(uk_param_aux(9, 1), 0);
	UK_EXPECT_EQ(uk_param_aux(9, 1), -E2BIG);
	UK_EXPECT_EQ(uk_param_parse(""), 0);
	UK_EXPECT_EQ(uk_param_argc(), 1);
	for (int i = 1; i < 12; i++)
		UK_EXPECT(!vec[i]);
}

UK_TEST(param, virtio_mmio_anywhere)
{
	UK_REQUIRE(uk_param_parse("virtio_mmio.device=512@0xfeb00000:5 -- a "
				  "virtio_mmio.device=512@0xfeb00200:6 b") == 0);
	UK_EXPECT_EQ(uk_param_argc(), 3);
	UK_EXPECT_STR_EQ(uk_param_vec()[2], "b");
	UK_EXPECT_STR_EQ(uk_param_virtio_mmio(0), "512@0xfeb00000:5");
	UK_EXPECT_STR_EQ(uk_param_virtio_mmio(1), "512@0xfeb00200:6");
	UK_EXPECT(!uk_param_virtio_mmio(2));
}

UK_TEST(param, too_much)
{
	static char line[UK_BOOT_CMDLINE_MAX];

	memset(line, 'x', sizeof(line));
	refused(line, -E2BIG, "command line: longer than 2047 bytes");
	memcpy(line, "-- ", 3);
	line[sizeof(line) - 1] = '\0';
	UK_EXPECT_EQ(uk_param_parse(line), 0);
	for (unsigned int i = 3; i < sizeof(line) - 1; i += 2)
		line[i] = ' ';
	refused(line, -E2BIG, "command line: too many words, from \"x\"");
}

/* Whatever the host writes: no crash, and an error has its line. */
UK_TEST(param, random_lines)
{
	static const char alphabet[] = "aA=. '\"\\\t-0k";
	static const char *const parts[] = { "env.", "param.word=", "-- ", "virtio_mmio.device=" };
	static char line[UK_BOOT_CMDLINE_MAX];

	for (int round = 0; round < 3000; round++) {
		size_t len = uk_test_random_below(round % 10 ? 40 : sizeof(line) - 1);
		size_t n = 0;

		while (n < len) {
			if (uk_test_random_below(8) == 0) {
				const char *part = parts[uk_test_random_below(4)];

				n += UK_MIN(uk_str_copy(line + n, part, len - n + 1), len - n);
			} else {
				line[n++] = alphabet[uk_test_random_below(sizeof(alphabet) - 1)];
			}
		}
		line[n] = '\0';
		if (uk_param_parse(line) < 0)
			UK_EXPECT(uk_param_error()[0] == 'c');
		else
			UK_EXPECT(!uk_param_vec()[uk_param_argc()]);
	}
}
