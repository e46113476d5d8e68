/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The runner: walks the table `test` and prints KTAP. State is of the one running case; checks
 * on several CPUs may fail at the same time, so the count of failures is atomic.
 */

#include "internal.h"
#include <stdarg.h>
#include <uk/atomic.h>
#include <uk/log.h>
#include <uk/string.h>
#include <uk/test.h>

#define LINE_MAX 256

static struct {
	unsigned int failures;
	const char *skipped;
	uint64_t random;
} now;

static void print(const char *fmt, ...) uk_printf(1, 2);

static void print_ap(const char *mark, const char *fmt, va_list ap)
{
	char line[LINE_MAX];
	size_t n = uk_str_copy(line, mark, sizeof(line));
	size_t room = sizeof(line) - n - 1;

	n += UK_MIN((size_t)uk_vformat(line + n, room, fmt, ap), room - 1);
	line[n++] = '\n';
	uk__test_write(line, n);
}

static void print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_ap("", fmt, ap);
	va_end(ap);
}

void uk_test_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_ap("# ", fmt, ap);
	va_end(ap);
}

void uk_test_skip(const char *reason)
{
	now.skipped = reason;
}

bool uk_test_check(bool ok, const char *file, int line, const char *what)
{
	if (!ok) {
		uk_fetch_add(&now.failures, 1u);
		uk_test_note("%s:%d: false: %s", file, line, what);
	}
	return ok;
}

bool uk_test_check_eq(uint64_t a, uint64_t b, const char *file, int line, const char *what)
{
	if (a != b) {
		uk_fetch_add(&now.failures, 1u);
		uk_test_note("%s:%d: false: %s", file, line, what);
		uk_test_note("    left %llu (0x%llx), right %llu (0x%llx)", (unsigned long long)a,
			     (unsigned long long)a, (unsigned long long)b, (unsigned long long)b);
	}
	return a == b;
}

bool uk_test_check_str(const char *a, const char *b, const char *file, int line, const char *what)
{
	bool ok = a && b ? uk_str_eq(a, b) : a == b;

	if (!ok) {
		uk_fetch_add(&now.failures, 1u);
		uk_test_note("%s:%d: false: %s", file, line, what);
		uk_test_note("    left \"%s\", right \"%s\"", a ? a : "(null)", b ? b : "(null)");
	}
	return ok;
}

/* xorshift64* (S. Vigna, "An experimental exploration of Marsaglia's xorshift generators"). */
uint64_t uk_test_random(void)
{
	uint64_t x = now.random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	now.random = x;
	return x * 0x2545f4914f6cdd1dull;
}

uint64_t uk_test_random_below(uint64_t n)
{
	return (uk_test_random() >> 11) % n;
}

static bool is_separator(char c)
{
	return c == ' ' || c == ',';
}

static bool selected(const char *filter, const struct uk_test *test)
{
	char full[LINE_MAX];
	bool any = false;

	uk_format(full, sizeof(full), "%s.%s", test->suite, test->name);
	for (const char *f = filter ? filter : ""; *f;) {
		size_t n = 0;

		while (f[n] && !is_separator(f[n]))
			n++;
		if (n > 0 && uk_test_glob(f, n, full))
			return true;
		any |= n > 0;
		f += n + (f[n] != '\0');
	}
	return !any;
}

/* A seed of its own for each case, so that the order of cases changes nothing. */
static uint64_t seed_of(const struct uk_test *test)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	for (const char *s = test->suite; *s; s++)
		hash = (hash ^ (unsigned char)*s) * 0x100000001b3ull;
	for (const char *s = test->name; *s; s++)
		hash = (hash ^ (unsigned char)*s) * 0x100000001b3ull;
	return hash | 1;
}

static bool run_one(const struct uk_test *test, unsigned int number)
{
	now.failures = 0;
	now.skipped = NULL;
	now.random = seed_of(test);
	test->fn();

	bool ok = uk_load(&now.failures) == 0;
	const char *verdict = ok ? "ok" : "not ok";

	if (ok && now.skipped)
		print("%s %u %s.%s # SKIP %s", verdict, number, test->suite, test->name,
		      now.skipped);
	else
		print("%s %u %s.%s", verdict, number, test->suite, test->name);
	return ok;
}

unsigned int uk_test_run(const char *filter)
{
	unsigned int count = 0;
	unsigned int failed = 0;

	UK_TABLE_FOREACH(struct uk_test, test, it)
		count += selected(filter, it);
	print("KTAP version 1");
	print("1..%u", count);
	count = 0;
	UK_TABLE_FOREACH(struct uk_test, test, it) {
		if (selected(filter, it) && !run_one(it, ++count))
			failed++;
	}
	return failed;
}
