/* SPDX-License-Identifier: BSD-3-Clause */
/* The heap against a model, until memory runs out; and what goes back to the frames. */

#include "heap_model.h"

static size_t any_size(void)
{
	size_t size = uk_test_random_below(100000);

	return uk_test_random_below(50) ? size >> uk_test_random_below(17) : size * 20;
}

UK_TEST(heap_host, random_against_model)
{
	struct uk_heap_stats before, stats;
	uint64_t frames = frames_used();
	size_t sum;

	uk_heap_stats(&before);
	sum = model_fill(any_size);
	uk_heap_stats(&stats);
	UK_EXPECT(stats.used - before.used >= sum);
	UK_EXPECT(stats.used - before.used <= sum + HELD * 48);
	model_empty();
	uk_heap_stats(&stats);
	UK_EXPECT_EQ(stats.used, before.used);
	UK_EXPECT(stats.free <= 64ul << 10);
	/* One chunk may be kept; tables of the direct map. */
	UK_EXPECT(frames_used() <= frames + 16 + 8);
}

UK_TEST(heap_host, until_memory_runs_out)
{
	void *last = NULL, *ptr;
	size_t bytes = 0;

	while ((ptr = uk_heap_alloc(50000)) != NULL) {
		*(void **)ptr = last;
		last = ptr;
		bytes += 50000;
	}
	UK_EXPECT(bytes > 50ul << 20);
	for (; last; last = ptr) {
		ptr = *(void **)last;
		uk_heap_free(last);
	}
	ptr = uk_heap_alloc(20ul << 20);
	UK_EXPECT(ptr != NULL);
	uk_heap_free(ptr);
}

/* Until hardly anything is free. */
static unsigned int fill_up(void **filler, unsigned int most)
{
	struct uk_heap_stats stats;
	unsigned int n = 0;

	do {
		filler[n++] = uk_heap_alloc(4000);
		uk_heap_stats(&stats);
	} while (n < most && stats.free > 4096);
	return n;
}

/* A program that allocates and frees one block in turn leaves the frames alone. */
UK_TEST(heap_host, keeps_a_chunk)
{
	void *filler[64];
	unsigned int n = fill_up(filler, UK_ARRAY_SIZE(filler));

	uk_heap_free(uk_heap_alloc(30000));

	uint64_t frames = frames_used();

	for (unsigned int i = 0; i < 10; i++) {
		void *ptr = uk_heap_alloc(30000);

		UK_EXPECT_EQ(frames_used(), frames);
		uk_heap_free(ptr);
		UK_EXPECT_EQ(frames_used(), frames);
	}
	while (n > 0)
		uk_heap_free(filler[--n]);
	UK_EXPECT(frames_used() <= frames);
}

/* What lived before has room left, so not even one chunk stays when a burst is over, in whatever
 * order it goes. */
UK_TEST(heap_host, a_burst_goes_back)
{
	void *before = uk_heap_alloc(1000), *first = uk_heap_alloc(20000);
	void *burst[3000];

	uk_heap_free(first);

	uint64_t frames = frames_used();

	for (unsigned int round = 0; round < 20; round++) {
		unsigned int n = 0;

		for (; n < UK_ARRAY_SIZE(burst); n++)
			burst[n] = uk_heap_alloc(uk_test_random_below(2000));
		UK_EXPECT(frames_used() > frames);
		while (n > 0) {
			unsigned int at = round % 2 ? n - 1 : uk_test_random_below(n);

			uk_heap_free(burst[at]);
			burst[at] = burst[--n];
		}
		UK_EXPECT_EQ(frames_used(), frames);
	}
	uk_heap_free(before);
}

/* Holes, however many, are no room for what is larger: a program that allocates and frees that in
 * turn does not pay for a chunk each time. */
UK_TEST(heap_host, small_holes_are_no_room)
{
	void *small[400], *filler[64];
	unsigned int n;

	for (unsigned int i = 0; i < UK_ARRAY_SIZE(small); i++)
		small[i] = uk_heap_alloc(200);
	n = fill_up(filler, UK_ARRAY_SIZE(filler));
	for (unsigned int i = 0; i < UK_ARRAY_SIZE(small); i += 2)
		uk_heap_free(small[i]);
	uk_heap_free(uk_heap_alloc(60000));

	uint64_t frames = frames_used();

	for (unsigned int i = 0; i < 10; i++) {
		void *large = uk_heap_alloc(60000);

		UK_EXPECT_EQ(frames_used(), frames);
		uk_heap_free(large);
		UK_EXPECT_EQ(frames_used(), frames);
	}
	for (unsigned int i = 1; i < UK_ARRAY_SIZE(small); i += 2)
		uk_heap_free(small[i]);
	while (n > 0)
		uk_heap_free(filler[--n]);
}

struct freed {
	unsigned char *before; /* in use; its neighbour is free */
	unsigned char *ptr;
	int at;
};

static void overwrite(void *arg)
{
	const struct freed *freed = arg;

	memset(freed->ptr + freed->at, 0x41, 8);
	uk_heap_free(freed->before);
}

static void overwrite_and_alloc(void *arg)
{
	const struct freed *freed = arg;

	memset(freed->ptr + freed->at, 0x41, 8);
	for (unsigned int i = 0; i < 100; i++)
		uk_heap_alloc(200);
}

/* Header and links of a free block; its neighbour's free and an allocation believe neither. */
UK_TEST(heap_host, write_after_free)
{
	unsigned char *before = uk_heap_alloc(200), *ptr = uk_heap_alloc(200);
	void *guard = uk_heap_alloc(200);

	UK_REQUIRE(before && ptr == before + 224 && guard == ptr + 224);
	uk_heap_free(ptr);
	for (int at = -16; at < 16; at += 8) {
		struct freed freed = { before, ptr, at };

		UK_EXPECT(uk_test_panics(overwrite, &freed));
		if (at >= -8)
			UK_EXPECT(uk_test_panics(overwrite_and_alloc, &freed));
	}
	uk_heap_free(guard);
	uk_heap_free(before);
}
