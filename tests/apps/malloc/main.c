/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * malloc() and its relatives, whoever they are: the same program for each choice.
 */

#include "check.h"

void *(*volatile check_malloc)(size_t) = malloc;
void *(*volatile check_calloc)(size_t, size_t) = calloc;
void *(*volatile check_realloc)(void *, size_t) = realloc;
void *(*volatile check_aligned_alloc)(size_t, size_t) = aligned_alloc;

int main(void)
{
	check_alone();
	puts("malloc: alone");
	check_together();
	puts("malloc: together");
	check_empty();
	check_alone();
	check_together();
	puts("malloc: empty, and all again");
	return 0;
}
