/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The parts, each of which ends the program with a line where something is not as it must be.
 */

#include <stdio.h>
#include <stdlib.h>

#define EXPECT(cond) \
	do { \
		if (!(cond)) { \
			printf("malloc: %s:%d: %s\n", __FILE__, __LINE__, #cond); \
			exit(1); \
		} \
	} while (0)

/* As functions of which the compiler knows nothing: it would not look at errno again after the
 * others, and leaves out what it thinks is not needed. */
extern void *(*volatile check_malloc)(size_t);
extern void *(*volatile check_calloc)(size_t, size_t);
extern void *(*volatile check_realloc)(void *, size_t);
extern void *(*volatile check_aligned_alloc)(size_t, size_t);

/* alone.c: sizes, alignment, calloc, realloc, what is refused; by one thread. */
void check_alone(void);
/* together.c: threads that allocate, and free what others have allocated. */
void check_together(void);
/* empty.c: until there is no memory, which is an error and no more. */
void check_empty(void);
