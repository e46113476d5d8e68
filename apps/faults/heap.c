/* SPDX-License-Identifier: BSD-3-Clause */
/* Misuse of the heap. All through volatile pointers: the compiler knows malloc() and free(). */

#include "faults.h"

#include <stdlib.h>

#define SIZE 100

static char not_of_the_heap[2 * SIZE];
static char *volatile block;

void heap_double_free(void)
{
	block = malloc(SIZE);
	free(block);
	free(block);
}

/* A string that is one too long. */
void heap_overflow(void)
{
	block = malloc(SIZE);
	*(volatile char *)(block + SIZE) = 0;
	free(block);
}

void heap_realloc_overflow(void)
{
	block = malloc(SIZE);
	*(volatile char *)(block + SIZE) = 0;
	block = realloc(block, 2 * SIZE);
}

void heap_foreign_free(void)
{
	block = not_of_the_heap;
	free(block);
}

void heap_inner_free(void)
{
	block = malloc(SIZE);
	free(block + 16);
}

void heap_misaligned_free(void)
{
	block = malloc(SIZE);
	free(block + 1);
}

/* Overwrites what links the free block to others, with what may be an address. */
void heap_write_after_free(void)
{
	char *volatile guard;

	block = malloc(SIZE);
	guard = malloc(SIZE);
	free(block);
	*(volatile char **)block = not_of_the_heap;
	block = malloc(SIZE);
	free(guard);
}
