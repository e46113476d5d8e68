/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that allocate and free at random; what one leaves in a common place another frees, and
 * each checks that nobody else wrote into what it finds.
 */

#include "check.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#define THREADS 6
#define ROUNDS  6000
#define PLACES  128

struct block {
	size_t size;
	unsigned char mark;
	unsigned char bytes[];
};

static _Atomic(struct block *) places[PLACES];

static struct block *make(uint64_t random)
{
	size_t size = random % 100 < 97 ? random % 400 : random % 30000;
	struct block *block =
		random & 1 << 20 ? malloc(sizeof(*block) + size) : calloc(1, sizeof(*block) + size);

	EXPECT(block);
	block->size = size;
	block->mark = (unsigned char)(random >> 32);
	memset(block->bytes, block->mark, size);
	return block;
}

static void check(const struct block *block)
{
	for (size_t i = 0; i < block->size; i++)
		EXPECT(block->bytes[i] == block->mark);
}

/* Grows by its half, sometimes. */
static struct block *grow(struct block *block, uint64_t random)
{
	size_t size = block->size + block->size / 2;

	if (random % 8 || size > 30000)
		return block;
	block = realloc(block, sizeof(*block) + size);
	EXPECT(block);
	check(block);
	memset(block->bytes, block->mark, size);
	block->size = size;
	return block;
}

static void *run(void *arg)
{
	uint64_t random = (uintptr_t)arg + 1;

	for (int i = 0; i < ROUNDS; i++) {
		random = random * 6364136223846793005ull + 1442695040888963407ull;
		struct block *mine = grow(make(random >> 8), random >> 40);
		struct block *other = atomic_exchange(&places[(random >> 50) % PLACES], mine);

		if (other) {
			check(other);
			free(other);
		}
	}
	return NULL;
}

void check_together(void)
{
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		EXPECT(pthread_create(&threads[i], NULL, run, (void *)i) == 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < PLACES; i++) {
		struct block *block = atomic_exchange(&places[i], NULL);

		if (block)
			check(block);
		free(block);
	}
}
