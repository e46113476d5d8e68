/* SPDX-License-Identifier: BSD-3-Clause */
/* Bugs of callers, each of which must panic. On the host: a guest does not survive one. */

#include <uk/heap.h>
#include <uk/string.h>
#include <uk/test.h>

static void free_it(void *ptr)
{
	uk_heap_free(ptr);
}

static void resize_it(void *ptr)
{
	ptr = uk_heap_realloc(ptr, 5);
}

static void measure_it(void *ptr)
{
	uk_heap_usable_size(ptr);
}

static void (*const users[])(void *ptr) = { free_it, resize_it, measure_it };

static void free_twice(void *ptr)
{
	uk_heap_free(ptr);
	uk_heap_free(ptr);
}

/* The first free melts the block with both neighbours. */
static void free_middle_twice(void *arg)
{
	void **held = arg;

	uk_heap_free(held[0]);
	uk_heap_free(held[2]);
	uk_heap_free(held[1]);
	uk_heap_free(held[1]);
}

static void free_reused_inside(void *ptr)
{
	void *other;

	uk_heap_free(ptr);
	other = uk_heap_alloc(30);
	uk_heap_free((char *)ptr + 64);
	uk_heap_free(other);
}

UK_TEST(heap_broken, double_free)
{
	void *held[4];

	for (unsigned int i = 0; i < 4; i++)
		held[i] = uk_heap_zalloc(1, 100 * (i + 1));
	for (unsigned int i = 0; i < 4; i++)
		UK_EXPECT(uk_test_panics(free_twice, held[i]));
	UK_EXPECT(uk_test_panics(free_middle_twice, held));
	UK_EXPECT(uk_test_panics(free_reused_inside, held[3]));
	for (unsigned int i = 0; i < 4; i++)
		uk_heap_free(held[i]);
}

/* One byte behind the end, whatever the size; 0 is what a string's end writes. */
UK_TEST(heap_broken, overflow_by_one)
{
	for (size_t size = 1; size < 80; size++) {
		unsigned char *ptr = uk_heap_alloc(size);
		unsigned char *next = uk_heap_alloc(size);
		unsigned char was = ptr[size];
		void (*user)(void *ptr) = users[size % 3];

		UK_REQUIRE(ptr && next);
		UK_EXPECT(was != 0);
		ptr[size] = 0;
		UK_EXPECT(uk_test_panics(user, ptr));
		ptr[size] = (unsigned char)~was;
		UK_EXPECT(uk_test_panics(user, ptr));
		ptr[size] = was;
		uk_heap_free(next);
		uk_heap_free(ptr);
	}
}

static void overrun(void *ptr)
{
	memset(ptr, 0xff, uk_heap_usable_size(ptr) + 40);
	uk_heap_free(ptr);
}

/* What a run of bytes leaves is no header, whatever the bytes are. */
UK_TEST(heap_broken, header_overwritten)
{
	unsigned char *ptr = uk_heap_alloc(100);
	unsigned char *next = uk_heap_alloc(100);
	unsigned char saved[16];

	UK_REQUIRE(ptr && next);
	UK_EXPECT(uk_test_panics(overrun, ptr));
	memcpy(saved, next - 16, 16);
	for (unsigned int byte = 0; byte < 256; byte += 5) {
		memset(next - 16, (int)byte, 16);
		UK_EXPECT(uk_test_panics(free_it, next));
	}
	memcpy(next - 16, saved, 16);
	uk_heap_free(next);
	uk_heap_free(ptr);
}

UK_TEST(heap_broken, foreign_pointers)
{
	static char image[256] uk_aligned(16);
	char stack[256] uk_aligned(16);
	char *ptr = uk_heap_zalloc(1, 256);

	UK_REQUIRE(ptr != NULL);
	for (unsigned int i = 0; i < UK_ARRAY_SIZE(users); i++) {
		UK_EXPECT(uk_test_panics(users[i], image + 64));
		UK_EXPECT(uk_test_panics(users[i], stack + 64));
		UK_EXPECT(uk_test_panics(users[i], (void *)16));
		UK_EXPECT(uk_test_panics(users[i], (void *)~0xfull));
	}
	for (unsigned int at = 1; at < 256; at += at < 20 ? 1 : 16)
		UK_EXPECT(uk_test_panics(users[at % 3], ptr + at));
	uk_heap_free(ptr);
}
