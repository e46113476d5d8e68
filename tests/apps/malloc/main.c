/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * malloc() and its relatives, whoever they are: the same program for each choice.
 */

#include "check.h"
#include <string.h>

void *(*volatile check_malloc)(size_t) = malloc;
void *(*volatile check_calloc)(size_t, size_t) = calloc;
void *(*volatile check_realloc)(void *, size_t) = realloc;
void *(*volatile check_aligned_alloc)(size_t, size_t) = aligned_alloc;

int main(int argc, char **argv)
{
	check_alone();
	puts("malloc: alone");
	check_together();
	puts("malloc: together");
	/* On demand what a lack of memory ends is the touch. */
	if (argc < 2 || strcmp(argv[1], "touched") != 0)
		check_empty();
	check_alone();
	check_together();
	puts("malloc: empty, and all again");
	return 0;
}
