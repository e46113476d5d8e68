/* SPDX-License-Identifier: BSD-3-Clause */
/* Misuse of the heap. All through volatile pointers: the compiler knows malloc() and free(). */

#include "faults.h"

#include <pthread.h>
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

/* Goes where a freed structure says, which may still be what it was. */
void heap_use_after_free(void)
{
	struct list {
		struct list *next;
	} *volatile list = malloc(sizeof(*list));
	void *volatile guard = malloc(SIZE);

	list->next = list;
	free(list);
	block = (char *)list->next->next;
	free(guard);
}

/* Writes into a freed block that nobody takes again before the end. */
void heap_late_write(void)
{
	block = malloc(SIZE);
	free(block);
	*(volatile char *)(block + SIZE / 2) = 1;
	exit(0);
}

void heap_underflow(void)
{
	block = malloc(SIZE);
	*(volatile char *)(block - 1) = 0;
	free(block);
}

#define LOST 20

/* Blocks, each of which is the only one that knows another. */
static uk_noinline void lose(void)
{
	for (int i = 0; i < LOST; i++) {
		char *volatile *lost = malloc(SIZE);

		if (lost)
			lost[0] = malloc(2 * SIZE);
	}
}

/* What older calls have left on the stack is overwritten. */
static uk_noinline void clear_stack(void)
{
	volatile char room[2048];

	for (size_t i = 0; i < sizeof(room); i++)
		room[i] = 0;
}

void heap_leak(void)
{
	lose();
	clear_stack();
	block = malloc(3 * SIZE);
	exit(0);
}

static struct {
	char *volatile *known[LOST];
	char stack[64 << 10] uk_aligned(16);
} data;

static uk_noinline void know(void)
{
	for (int i = 0; i < LOST; i++) {
		data.known[i] = malloc(SIZE);
		if (data.known[i])
			data.known[i][0] = malloc(2 * SIZE);
	}
}

static void *exit_now(void *arg)
{
	exit(0);
	return arg;
}

int exit_on_data(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	know();
	clear_stack();
	pthread_attr_init(&attr);
	if (pthread_attr_setstack(&attr, data.stack, sizeof(data.stack)) ||
	    pthread_create(&thread, &attr, exit_now, NULL))
		return 1;
	pthread_join(thread, NULL);
	return 1;
}
