/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Unit tests that run unchanged in the guest and on the host.
 *
 *	UK_TEST(list, append_keeps_order)
 *	{
 *		UK_REQUIRE(thing);			false: this case fails and ends here
 *		UK_EXPECT(other);			false: this case fails and goes on
 *		UK_EXPECT_EQ(left, right);		integers of any type, both are shown
 *		UK_EXPECT_STR_EQ(left, right);
 *	}
 *
 * Cases live in a library's test/ folder and are named in its Makefile.uk: tests-y (the guest,
 * when LIB_TEST is on) and hosttest-y (the host, `make test-host`). They touch no hardware
 * unless they are in tests-y alone. Output: KTAP version 1 (Linux, Documentation/dev-tools/
 * ktap.rst) on the console. Thread and boot context.
 */

#include <stdbool.h>
#include <uk/defs.h>
#include <uk/table.h>

struct uk_test {
	const char *suite;
	const char *name;
	void (*fn)(void);
};

UK_TABLE(struct uk_test, test);

#define UK_TEST(suite_, name_) \
	static void uk_test_##suite_##_##name_(void); \
	UK_TABLE_ENTRY(struct uk_test, test) \
	uk_test_entry_##suite_##_##name_ = { #suite_, #name_, uk_test_##suite_##_##name_ }; \
	static void uk_test_##suite_##_##name_(void)

/*
 * Run the cases whose "suite.name" matches `filter`, a glob of * and ?, several separated by
 * blanks or commas; NULL or "": all. Returns the number of failed cases.
 */
unsigned int uk_test_run(const char *filter);

/* End of the running case: it counts as skipped, with the reason. Use `return` after it. */
void uk_test_skip(const char *reason);

/* A line of explanation in the output; format as of uk_format(). */
void uk_test_note(const char *fmt, ...) uk_printf(1, 2);

/*
 * Calls fn(cpu, arg) on every CPU at the same time and waits for all; `cpu` counts from 0. On
 * the host with SMP, and in a guest whose threads are preempted: UK_CPUS_MAX threads. Else just a
 * call. fn uses no UK_REQUIRE.
 */
void uk_test_smp(void (*fn)(unsigned int cpu, void *arg), void *arg);

/*
 * True if fn(arg) panics (a failed UK_ASSERT too). On the host it runs in a process of its own;
 * the guest does not survive a panic: there it is not run and the answer is true.
 */
bool uk_test_panics(void (*fn)(void *arg), void *arg);

/* Numbers without pattern, the same in every run of the same case. Not for several CPUs. */
uint64_t uk_test_random(void);
/* The same, from 0 to below n (n > 0). */
uint64_t uk_test_random_below(uint64_t n);

/* What the macros call: records the failure of the running case; returns ok. */
bool uk_test_check(bool ok, const char *file, int line, const char *what);
bool uk_test_check_eq(uint64_t a, uint64_t b, const char *file, int line, const char *what);
bool uk_test_check_str(const char *a, const char *b, const char *file, int line, const char *what);

#define UK_EXPECT(cond) uk_test_check(!!(cond), __FILE_NAME__, __LINE__, #cond)
#define UK_EXPECT_EQ(a, b) \
	uk_test_check_eq((uint64_t)(a), (uint64_t)(b), __FILE_NAME__, __LINE__, #a " == " #b)
#define UK_EXPECT_STR_EQ(a, b) uk_test_check_str(a, b, __FILE_NAME__, __LINE__, #a " is " #b)
#define UK_REQUIRE(cond) \
	do { \
		if (!UK_EXPECT(cond)) \
			return; \
	} while (0)

/* True if `text` matches the glob `pattern` of n characters (* and ?). */
bool uk_test_glob(const char *pattern, size_t n, const char *text);
