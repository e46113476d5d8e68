/* SPDX-License-Identifier: BSD-3-Clause */
/* A fault that has to be found: shows that fuzzing works (tests/scenarios/t15_fuzz.py). */

#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	size_t n = 8;
	uint8_t *copy = in_take(&in, &n);

	if (n == 8 && copy[0] == 'A' && copy[1] == 's' && copy[2] == 'h')
		touch(copy, 9);
	free(copy);
	return 0;
}
