/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/string.h>
#include <uk/test.h>

static bool glob(const char *pattern, const char *text)
{
	return uk_test_glob(pattern, uk_str_len(pattern), text);
}

UK_TEST(test, glob_matches)
{
	UK_EXPECT(glob("", ""));
	UK_EXPECT(!glob("", "a"));
	UK_EXPECT(glob("*", ""));
	UK_EXPECT(glob("*", "abc"));
	UK_EXPECT(glob("a?c", "abc"));
	UK_EXPECT(!glob("a?c", "ac"));
	UK_EXPECT(glob("heap.*", "heap.free"));
	UK_EXPECT(!glob("heap.*", "heapx.free"));
	UK_EXPECT(glob("*a*b*c", "xxaxxbxxbxc"));
	UK_EXPECT(!glob("*a*b*c", "xxaxxbxxbx"));
	UK_EXPECT(!glob("abc", "ab"));
}

UK_TEST(test, random_repeats_and_spreads)
{
	unsigned int seen[8] = { 0 };

	for (int i = 0; i < 8000; i++)
		seen[uk_test_random_below(8)]++;
	for (int i = 0; i < 8; i++)
		UK_EXPECT(seen[i] > 800 && seen[i] < 1200);
}

static void count(unsigned int cpu, void *arg)
{
	unsigned int *counts = arg;

	counts[cpu]++;
}

UK_TEST(test, smp_calls_each_cpu_once)
{
	unsigned int counts[CONFIG_CPUS_MAX] = { 0 };

	uk_test_smp(count, counts);
	UK_EXPECT_EQ(counts[0], 1);
	for (int i = 1; i < CONFIG_CPUS_MAX; i++)
		UK_EXPECT(counts[i] <= 1);
}
