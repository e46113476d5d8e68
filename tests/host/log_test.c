/* SPDX-License-Identifier: BSD-3-Clause */
/* The formatter against the host's snprintf, and whole lines from four CPUs. */

#include <stdio.h>
#include <string.h>
#include <uk/host.h>
#include <uk/log.h>
#include <uk/test.h>

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"

#define BUF 200

static void both(const char *fmt, ...)
{
	char ours[BUF], theirs[BUF];
	size_t size = uk_test_random_below(4) ? BUF : uk_test_random_below(12) + 1;
	va_list ap, aq;

	va_start(ap, fmt);
	va_copy(aq, ap);
	int n = uk_vformat(ours, size, fmt, ap);
	int m = vsnprintf(theirs, size, fmt, aq);

	va_end(ap);
	va_end(aq);
	if (n != m || strcmp(ours, theirs)) {
		uk_test_note("format [%s]: ours [%s], theirs [%s]", fmt, ours, theirs);
		UK_EXPECT(false);
	}
}

/* "%-08" and the like: all that uk_format() documents. */
static size_t put_head(char *fmt, bool signed_number, bool number)
{
	size_t n = 0;

	fmt[n++] = '%';
	if (uk_test_random_below(3) == 0)
		fmt[n++] = '-';
	else if (number && uk_test_random_below(3) == 0)
		fmt[n++] = '0';
	if (signed_number && uk_test_random_below(3) == 0)
		fmt[n++] = '+';
	if (uk_test_random_below(2))
		n += (size_t)sprintf(fmt + n, "%u", (unsigned int)uk_test_random_below(24) + 1);
	return n;
}

static uint64_t value(void)
{
	return uk_test_random() >> uk_test_random_below(64);
}

static void number(void)
{
	static const char *const lengths[] = { "hh", "h", "", "l", "ll", "z" };
	unsigned int kind = (unsigned int)uk_test_random_below(6);
	char conversion = "diuxXo"[uk_test_random_below(6)];
	char fmt[32] = "<";
	size_t n = 1 + put_head(fmt + 1, conversion == 'd' || conversion == 'i', true);

	sprintf(fmt + n, "%s%c>", lengths[kind], conversion);
	both(fmt, kind < 3 ? (uint64_t)(unsigned int)value() : value());
}

static void string(void)
{
	static const char text[] = "the quick brown fox";
	char fmt[32] = "<";
	size_t n = 1 + put_head(fmt + 1, false, false);

	if (uk_test_random_below(2)) {
		strcpy(fmt + n, ".*s>");
		both(fmt, (int)uk_test_random_below(22) - 1, text + uk_test_random_below(20));
	} else {
		strcpy(fmt + n, "s>");
		both(fmt, text + uk_test_random_below(20));
	}
}

UK_TEST(format, same_as_the_host)
{
	for (int i = 0; i < 20000; i++) {
		number();
		string();
	}
	both("%p", (void *)0x12345);
	both("%c%%%c", 'a', 'b');
	both("%*d|%-*d", 7, 42, -7, 43);
}

static void lines(unsigned int cpu, void *arg)
{
	(void)arg;
	for (int i = 0; i < 200; i++)
		uk_log_print(UK_LOG_INFO, "log", "cpu %u says %d and no more", cpu, i);
}

UK_TEST(log, lines_stay_whole)
{
	static char text[65536];
	int seen[CONFIG_CPUS_MAX] = { 0 };
	unsigned int total = 0;

	uk_host_console_capture(text, sizeof(text));
	uk_test_smp(lines, NULL);
	uk_host_console_capture(NULL, 0);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), total++) {
		unsigned int cpu;
		int i, end = 0;

		sscanf(line, "log: cpu %u says %d and no more%n", &cpu, &i, &end);
		UK_REQUIRE(end > 0 && !line[end] && cpu < CONFIG_CPUS_MAX && i == seen[cpu]);
		seen[cpu]++;
	}
	UK_EXPECT_EQ(total, 200 * CONFIG_CPUS_MAX);
}

UK_TEST(log, long_line_ends_in_dots)
{
	char text[600];
	static char out[600];

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	uk_host_console_capture(out, sizeof(out));
	uk_log_print(UK_LOG_INFO, "log", "%s", text);
	uk_host_console_capture(NULL, 0);
	UK_EXPECT_EQ(strlen(out), 256);
	UK_EXPECT_STR_EQ(out + 250, "aa...\n");
}
