/* SPDX-License-Identifier: BSD-3-Clause */
/* The slabs against a model, until memory runs out; and what goes back to the frames. */

#include <string.h>
#include <uk/cpu.h>
#include <uk/frames.h>
#include <uk/heap.h>
#include <uk/test.h>

#define HELD 2000

static struct {
	unsigned char *ptr;
	size_t size;
} held[HELD];

static void check(unsigned int at)
{
	for (size_t i = 0; i < held[at].size; i += held[at].size / 8 + 1)
		UK_EXPECT_EQ(held[at].ptr[i], (unsigned char)(at * 7));
	if (held[at].size)
		UK_EXPECT_EQ(held[at].ptr[held[at].size - 1], (unsigned char)(at * 7));
}

static void set(unsigned int at, void *ptr, size_t size)
{
	held[at].ptr = ptr;
	held[at].size = size;
	if (ptr)
		memset(ptr, (int)(at * 7), size);
}

static void step(unsigned int at)
{
	size_t size = uk_test_random_below(100000) >> uk_test_random_below(17);
	size_t align = 1ul << uk_test_random_below(13);

	if (!held[at].ptr) {
		bool aligned = uk_test_random_below(8) == 0;
		void *ptr = aligned ? uk_heap_aligned_alloc(align, size) : uk_heap_alloc(size);

		UK_EXPECT((uintptr_t)ptr % (aligned ? UK_MAX(align, 16ul) : 16) == 0);
		set(at, ptr, size);
		return;
	}
	check(at);
	if (uk_test_random_below(3)) {
		uk_heap_free(held[at].ptr);
		set(at, NULL, 0);
		return;
	}

	unsigned char *moved = uk_heap_realloc(held[at].ptr, size);

	if (!moved)
		return;
	held[at].ptr = moved;
	held[at].size = UK_MIN(size, held[at].size);
	check(at);
	set(at, moved, size);
}

static uint64_t frames_used(void)
{
	struct uk_frames_stats stats;

	uk_frames_stats(&stats);
	return stats.opened - stats.free;
}

UK_TEST(slab_host, random_against_model)
{
	struct uk_heap_stats before, stats;
	uint64_t frames = frames_used();
	size_t sum = 0;

	uk_heap_stats(&before);
	for (unsigned int i = 0; i < 60000; i++)
		step((unsigned int)uk_test_random_below(HELD));
	for (unsigned int at = 0; at < HELD; at++)
		sum += held[at].size;
	uk_heap_stats(&stats);
	UK_EXPECT(stats.used - before.used >= sum);
	UK_EXPECT(stats.peak >= stats.used);
	for (unsigned int at = 0; at < HELD; at++) {
		if (held[at].ptr)
			check(at);
		uk_heap_free(held[at].ptr);
		set(at, NULL, 0);
	}
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
