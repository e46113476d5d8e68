/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/log.h>
#include <uk/test.h>

static void lines(unsigned int cpu, void *arg)
{
	(void)arg;
	for (int i = 0; i < 20; i++)
		uk_log_print(UK_LOG_INFO, "log", "cpu %u says %d", cpu, i);
}

UK_TEST(log, from_all_cpus)
{
	uk_test_smp(lines, NULL);
}

UK_TEST(log, long_line_is_cut)
{
	char text[600];

	for (unsigned int i = 0; i < sizeof(text); i++)
		text[i] = 'a';
	text[sizeof(text) - 1] = '\0';
	uk_log_print(UK_LOG_INFO, "log", "%s", text);
	uk_log_print(UK_LOG_INFO, text, "%s", text);
}
