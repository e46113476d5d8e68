/* SPDX-License-Identifier: BSD-3-Clause */
#include "../internal.h"
#include <uk/string.h>
#include <uk/test.h>

/* Splits `line` and joins the words with `|`; "!" where a quote has no end. */
static const char *split(const char *line)
{
	static char joined[128];
	char *out = joined;
	int got;

	while ((got = uk__param_word(&line, &out)) > 0)
		out[-1] = '|';
	if (got < 0)
		return "!";
	if (out > joined)
		out--;
	*out = '\0';
	return joined;
}

UK_TEST(word, blanks)
{
	UK_EXPECT_STR_EQ(split(""), "");
	UK_EXPECT_STR_EQ(split(" \t\n "), "");
	UK_EXPECT_STR_EQ(split("a"), "a");
	UK_EXPECT_STR_EQ(split("  ab  cd "), "ab|cd");
}

UK_TEST(word, single_quotes)
{
	UK_EXPECT_STR_EQ(split("'a b' c"), "a b|c");
	UK_EXPECT_STR_EQ(split("a'\"\\'b"), "a\"\\b");
	UK_EXPECT_STR_EQ(split("'' x"), "|x");
}

UK_TEST(word, double_quotes)
{
	UK_EXPECT_STR_EQ(split("a=\"b c\"d"), "a=b cd");
	UK_EXPECT_STR_EQ(split("\"\\\"\\\\\\$\\`\""), "\"\\$`");
	UK_EXPECT_STR_EQ(split("\"\\n'\""), "\\n'");
}

UK_TEST(word, backslashes)
{
	UK_EXPECT_STR_EQ(split("a\\ b"), "a b");
	UK_EXPECT_STR_EQ(split("\\'\\\"\\n"), "'\"n");
}

UK_TEST(word, without_end)
{
	UK_EXPECT_STR_EQ(split("'a"), "!");
	UK_EXPECT_STR_EQ(split("\"a"), "!");
	UK_EXPECT_STR_EQ(split("\"a\\\""), "!");
	UK_EXPECT_STR_EQ(split("a \\"), "!");
	UK_EXPECT_STR_EQ(split("'a'\""), "!");
}
