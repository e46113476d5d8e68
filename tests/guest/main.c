/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs the UK_TEST cases of all libraries in the image, as KTAP on the console. Arguments are
 * globs of "suite.name"; none: all. The exit status is 1 if a case failed.
 */

#include <stddef.h>
#include <uk/test.h>

int main(int argc, char **argv)
{
	unsigned int failed = 0;

	if (argc < 2)
		return uk_test_run(NULL) != 0;
	for (int i = 1; i < argc; i++)
		failed += uk_test_run(argv[i]);
	return failed != 0;
}
