/* SPDX-License-Identifier: BSD-3-Clause */
/* The slabs against a model, until memory runs out; and what goes back to the frames. */

#include "heap_model.h"
#include <uk/cpu.h>

static size_t any_size(void)
{
	return uk_test_random_below(100000) >> uk_test_random_below(17);
}

UK_TEST(slab_host, random_against_model)
{
	struct uk_heap_stats before, stats;
	uint64_t frames = frames_used();
	size_t sum;

	uk_heap_stats(&before);
	sum = model_fill(any_size);
	uk_heap_stats(&stats);
	UK_EXPECT(stats.used - before.used >= sum);
	UK_EXPECT(stats.peak >= stats.used);
	model_empty();
	uk_heap_stats(&stats);
	UK_EXPECT_EQ(stats.used, before.used);
	UK_EXPECT_EQ(stats.blocks, before.blocks);
	/* What stocks hold, up to 15 blocks a size, keeps its slabs: fewer than 2 MiB here. */
	UK_EXPECT(frames_used() <= frames + 512);
}

/* What the stocks keep is found when there is nothing else. */
UK_TEST(slab_host, until_memory_runs_out)
{
	static const size_t sizes[] = { 50000, 4656, 200, 16 };

	if (UK_CPUS_MAX > 1) {
		uk_test_skip("what other CPUs keep divides the memory");
		return;
	}
	for (unsigned int i = 0; i < UK_ARRAY_SIZE(sizes); i++) {
		void *last = NULL, *ptr;
		size_t bytes = 0;

		while ((ptr = uk_heap_alloc(sizes[i])) != NULL) {
			*(void **)ptr = last;
			last = ptr;
			bytes += sizes[i];
		}
		UK_EXPECT(bytes > (sizes[i] > 16 ? 45ul << 20 : 20ul << 20));
		for (; last; last = ptr) {
			ptr = *(void **)last;
			uk_heap_free(last);
		}
	}
	void *ptr = uk_heap_alloc(20ul << 20);

	UK_EXPECT(ptr != NULL);
	uk_heap_free(ptr);
}

UK_TEST(slab_host, empty_slabs_go_back)
{
	enum { N = 4000 };
	static void *ptrs[N];
	uint64_t frames = frames_used();

	for (unsigned int i = 0; i < N; i++)
		ptrs[i] = uk_heap_alloc(200);
	UK_EXPECT(frames_used() > frames + 200);
	for (unsigned int i = 0; i < N; i++)
		uk_heap_free(ptrs[i * 3 % N]);
	UK_EXPECT(frames_used() <= frames + 15);
}

#define PAGES (20u << 10) /* more than the machine has */
#define GAP   32u

static bool taken[PAGES];

/* All frames are taken but some side by side, from one with that number modulo 16 on. */
static bool leave_a_gap(unsigned int from)
{
	unsigned int n = 0, i;
	uk_paddr_t pa;

	while ((pa = uk_frames_alloc(0)) != 0) {
		taken[pa / UK_PAGE_SIZE] = true;
	}
	for (i = 0; i < PAGES && n < GAP; i++)
		n = taken[i] && (n > 0 || i % 16 == from) ? n + 1 : 0;
	for (unsigned int at = i - n; at < i; at++) {
		uk_frames_free(at * UK_PAGE_SIZE, 0);
		taken[at] = false;
	}
	return n == GAP;
}

/* Where its pages do not begin as it is aligned: what was taken goes back, and no less. */
UK_TEST(slab_host, aligned_pages_go_back)
{
	if (UK_CPUS_MAX > 1) {
		uk_test_skip("frames that go back stay with a CPU");
		return;
	}
	UK_EXPECT(leave_a_gap(5));

	uint64_t frames = frames_used();

	for (size_t size = 5000; size < 50000; size += 5000) {
		char *ptr = uk_heap_aligned_alloc(16 * UK_PAGE_SIZE, size);

		UK_EXPECT(ptr && UK_IS_ALIGNED((uintptr_t)ptr, 16 * UK_PAGE_SIZE));
		memset(ptr, 1, size);
		uk_heap_free(ptr);
		UK_EXPECT_EQ(frames_used(), frames);
	}
	for (unsigned int i = 0; i < PAGES; i++) {
		if (taken[i])
			uk_frames_free(i * UK_PAGE_SIZE, 0);
	}
}
