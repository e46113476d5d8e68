/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests: says how many CPUs there are, then runs the unit tests that its argument names, or
 * does what that says.
 */

#include <stdio.h>
#include <string.h>
#include <uk/panic.h>
#include <uk/smp.h>
#include <uk/test.h>

static volatile unsigned long turns;

static void spin(void *unused)
{
	(void)unused;
	for (;;)
		turns++;
}

static void die(void *unused)
{
	(void)unused;
	uk_panic("wanted on another CPU");
}

/* The last CPU computes for ever, interrupts off: only a non-maskable one stops it. */
static void occupy(void)
{
	static struct uk_smp_request request = { .fn = spin };

	uk_smp_post(uk_smp_count() - 1, &request);
	while (!turns)
		;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "*";

	printf("cpus %u\n", uk_smp_count());
	fflush(stdout);
	if (!strcmp(what, "panic")) {
		occupy();
		uk_panic("wanted");
	}
	if (!strcmp(what, "panic-there"))
		uk_smp_call(uk_smp_count() - 1, die, NULL);
	if (!strcmp(what, "panic-all"))
		uk_smp_call_all(die, NULL);
	if (!strcmp(what, "exit-busy")) {
		occupy();
		return 7;
	}
	return uk_test_run(what) != 0;
}
