/* SPDX-License-Identifier: BSD-3-Clause */
/* Faults as arch reports them, one after the other and on all CPUs at once. */

#include <uk/fault.h>
#include <uk/frames.h>
#include <uk/preempt.h>
#include <uk/test.h>
#include <uk/vm.h>

#define PAGES       8u
#define LEN         (PAGES * UK_PAGE_SIZE)
#define LARGE       (2ul << 20)
#define LARGE_ORDER 9u

static uint64_t *words_of(uintptr_t at)
{
	unsigned int prot;
	uk_paddr_t pa;

	return uk_page_lookup(at, &pa, &prot) ? uk_phys_to_virt(pa) : NULL;
}

static size_t populated(void)
{
	struct uk_vm_stats stats;

	uk_vm_stats(&stats);
	return stats.pages;
}

UK_TEST(demand, a_touch_brings_a_page)
{
	uintptr_t at = (uintptr_t)uk_vm_map(0, LEN, UK_PROT_WRITE, UK_VM_DEMAND);
	size_t before = populated();

	UK_REQUIRE((intptr_t)at > 0);
	UK_EXPECT(words_of(at) == NULL);
	UK_EXPECT_EQ(uk_vm_fault(at + 5, UK_PROT_READ), 0);
	UK_REQUIRE(words_of(at) != NULL);
	UK_EXPECT_EQ(*words_of(at), 0);
	UK_EXPECT_EQ(populated(), before + 1);
	UK_EXPECT_EQ(uk_vm_fault(at, UK_PROT_WRITE), 0);
	UK_EXPECT_EQ(uk_vm_touch(at + LEN - 1, 1, UK_PROT_WRITE), 0);
	UK_EXPECT_EQ(populated(), before + 2);
	UK_EXPECT_EQ(uk_vm_fault(at, UK_PROT_EXEC), -EACCES);
	UK_EXPECT_EQ(uk_vm_fault(at + LEN, UK_PROT_READ), -EFAULT);
	UK_EXPECT_EQ(uk_vm_touch(at, LEN + 1, UK_PROT_READ), -EFAULT);
	UK_EXPECT_EQ(populated(), before + PAGES);
	*words_of(at) = 5;
	UK_EXPECT_EQ(uk_vm_discard(at, LEN), 0);
	UK_EXPECT_EQ(populated(), before);
	UK_EXPECT_EQ(uk_vm_fault(at, UK_PROT_READ), 0);
	UK_EXPECT_EQ(*words_of(at), 0);
	UK_EXPECT_EQ(uk_vm_protect(at, LEN, UK_PROT_READ), 0);
	UK_EXPECT_EQ(uk_vm_fault(at, UK_PROT_WRITE), -EACCES);
	UK_EXPECT_EQ(uk_vm_unmap(at, LEN), 0);
	UK_EXPECT_EQ(populated(), before);
}

UK_TEST(demand, bounds)
{
	UK_EXPECT_EQ(uk_vm_fault(0, UK_PROT_READ), -EFAULT);
	UK_EXPECT_EQ(uk_vm_fault(UK_VM_HIGH, UK_PROT_READ), -EFAULT);
	UK_EXPECT_EQ(uk_vm_touch(~0ul - 4095, 8192, UK_PROT_READ), -EFAULT);
	UK_EXPECT_EQ(uk_vm_advise_large(1, 4096, true), -EINVAL);
}

UK_TEST(demand, large_pages_where_they_fit)
{
	uintptr_t at = (uintptr_t)uk_vm_map(0, 3 * LARGE, UK_PROT_WRITE, UK_VM_DEMAND);
	uk_paddr_t piece = uk_frames_alloc(LARGE_ORDER);
	size_t before;

	if (piece)
		uk_frames_free(piece, LARGE_ORDER);
	before = populated();

	UK_REQUIRE((intptr_t)at > 0 && UK_IS_ALIGNED(at, LARGE));
	UK_EXPECT_EQ(uk_vm_advise_large(at, 3 * LARGE, true), 0);
	UK_EXPECT_EQ(uk_vm_fault(at + LARGE + 4711, UK_PROT_WRITE), 0);
	if (!piece) {
		uk_vm_unmap(at, 3 * LARGE);
		uk_test_skip("no 2 MiB of memory in one piece");
		return;
	}
	UK_EXPECT_EQ(populated(), before + 512);
	UK_EXPECT(words_of(at + LARGE) && words_of(at + 2 * LARGE - 4096) && !words_of(at));
	/* Not over the border of a part. */
	UK_EXPECT_EQ(uk_vm_unmap(at + UK_PAGE_SIZE, UK_PAGE_SIZE), 0);
	UK_EXPECT_EQ(uk_vm_fault(at, UK_PROT_WRITE), 0);
	UK_EXPECT_EQ(populated(), before + 513);
	UK_EXPECT_EQ(uk_vm_unmap(at, 3 * LARGE), 0);
	UK_EXPECT_EQ(populated(), before);
}

/* An object of pages that all mappings share, and that are counted. */
static struct {
	uk_paddr_t frame[PAGES];
	long mapped[PAGES];
	long areas;
	size_t size; /* pages */
} object;

static int get(void *o, uint64_t offset, uk_paddr_t *pa)
{
	(void)o;
	if (offset / UK_PAGE_SIZE >= object.size)
		return -EIO;
	*pa = object.frame[offset / UK_PAGE_SIZE];
	return 0;
}

static bool enter(void *o, uint64_t offset, uk_paddr_t pa)
{
	(void)o;
	if (offset / UK_PAGE_SIZE >= object.size || pa != object.frame[offset / UK_PAGE_SIZE])
		return false;
	object.mapped[offset / UK_PAGE_SIZE]++;
	return true;
}

static void put(void *o, uint64_t offset, uk_paddr_t pa)
{
	(void)o;
	UK_EXPECT_EQ(pa, object.frame[offset / UK_PAGE_SIZE]);
	object.mapped[offset / UK_PAGE_SIZE]--;
}

static void hold(void *o)
{
	(void)o;
	uk_fetch_add(&object.areas, 1);
}

static void drop(void *o)
{
	(void)o;
	/* Who frees much does not keep others waiting. */
	if (uk_fetch_sub(&object.areas, 1) == 1)
		UK_EXPECT_EQ(uk_preempt_depth(), 0);
}

static const struct uk_vm_ops ops = {
	.get = get, .put = put, .enter = enter, .hold = hold, .drop = drop
};

static bool object_make(void)
{
	object.size = PAGES;
	for (unsigned int i = 0; i < PAGES; i++) {
		object.frame[i] = uk_frames_alloc(0);
		if (!object.frame[i])
			return false;
		*(uint64_t *)uk_phys_to_virt(object.frame[i]) = 100 + i;
	}
	return true;
}

static void object_free(void)
{
	for (unsigned int i = 0; i < PAGES; i++) {
		UK_EXPECT_EQ(object.mapped[i], 0);
		uk_frames_free(object.frame[i], 0);
	}
	UK_EXPECT_EQ(object.areas, 0);
}

static uintptr_t map_object(unsigned int flags)
{
	const struct uk_vm_request request = { .len = LEN,
					       .prot = UK_PROT_WRITE,
					       .flags = UK_VM_DEMAND | flags,
					       .ops = &ops,
					       .object = &object };

	return (uintptr_t)uk_vm_map_request(&request);
}

UK_TEST(demand, what_is_private_is_copied_when_it_is_written)
{
	UK_REQUIRE(object_make());
	uintptr_t mine = map_object(UK_VM_PRIVATE), shared = map_object(0);

	UK_REQUIRE((intptr_t)mine > 0 && (intptr_t)shared > 0);
	UK_EXPECT_EQ(uk_vm_touch(mine, LEN, UK_PROT_READ), 0);
	UK_EXPECT_EQ(uk_vm_touch(shared, LEN, UK_PROT_WRITE), 0);
	UK_EXPECT(words_of(mine) == words_of(shared));
	UK_EXPECT_EQ(object.mapped[0], 2);
	UK_EXPECT_EQ(uk_vm_touch(mine, 1, UK_PROT_WRITE), 0);
	UK_EXPECT(words_of(mine) != words_of(shared));
	UK_EXPECT_EQ(object.mapped[0], 1);
	UK_EXPECT_EQ(*words_of(mine), 100);
	*words_of(mine) = 1;
	*words_of(shared) = 2;
	UK_EXPECT_EQ(*words_of(mine), 1);
	/* What is not written yet is not made writable by a change of protection. */
	UK_EXPECT_EQ(uk_vm_protect(mine, LEN, UK_PROT_READ), 0);
	UK_EXPECT_EQ(uk_vm_protect(mine, LEN, UK_PROT_WRITE), 0);
	UK_EXPECT_EQ(uk_vm_touch(mine, 2 * UK_PAGE_SIZE, UK_PROT_WRITE), 0);
	UK_EXPECT_EQ(*words_of(mine), 1);
	UK_EXPECT(words_of(mine + UK_PAGE_SIZE) != words_of(shared + UK_PAGE_SIZE));
	/* Forgotten, it is as the object is. */
	UK_EXPECT_EQ(uk_vm_discard(mine, LEN), 0);
	UK_EXPECT_EQ(uk_vm_touch(mine, 1, UK_PROT_READ), 0);
	UK_EXPECT_EQ(*words_of(mine), 2);
	UK_EXPECT_EQ(uk_vm_unmap(mine + UK_PAGE_SIZE, UK_PAGE_SIZE), 0);
	UK_EXPECT_EQ(object.areas, 3);
	UK_EXPECT_EQ(uk_vm_unmap(mine, LEN), 0);
	UK_EXPECT_EQ(uk_vm_unmap(shared, LEN), 0);
	object_free();
}

UK_TEST(demand, an_object_that_becomes_shorter)
{
	UK_REQUIRE(object_make());
	uintptr_t shared = map_object(0);

	UK_REQUIRE((intptr_t)shared > 0);
	UK_EXPECT_EQ(uk_vm_touch(shared, LEN, UK_PROT_WRITE), 0);
	object.size = 3;
	uk_vm_revoke(&object, 3 * UK_PAGE_SIZE);
	for (unsigned int i = 0; i < PAGES; i++)
		UK_EXPECT_EQ(object.mapped[i], i < 3);
	UK_EXPECT_EQ(uk_vm_fault(shared + 2 * UK_PAGE_SIZE, UK_PROT_WRITE), 0);
	UK_EXPECT_EQ(uk_vm_fault(shared + 3 * UK_PAGE_SIZE, UK_PROT_READ), -EIO);
	UK_EXPECT_EQ(uk_vm_unmap(shared, LEN), 0);
	object_free();
}

/* Some areas of the object, far from each other. */
#define AREAS 12
static uintptr_t area_at[AREAS];

static void revoke_or_move(unsigned int cpu, void *arg)
{
	(void)arg;
	if (cpu == 0) {
		uk_vm_revoke(&object, 3 * UK_PAGE_SIZE);
		return;
	}
	for (unsigned int i = cpu; i < AREAS; i += UK_CPUS_MAX) {
		uintptr_t to = (uintptr_t)uk_vm_map(0, LEN, UK_PROT_NONE, 0);

		UK_EXPECT_EQ(uk_vm_move(area_at[i], LEN, to), 0);
		area_at[i] = to;
	}
}

UK_TEST(demand, an_object_that_becomes_shorter_while_it_moves)
{
	UK_REQUIRE(object_make());
	for (unsigned int round = 0; round < 50; round++) {
		uintptr_t low = (uintptr_t)uk_vm_map(0, AREAS * LEN, UK_PROT_NONE, 0);

		object.size = PAGES;
		for (unsigned int i = 0; i < AREAS; i++) {
			area_at[i] = map_object(0);
			UK_REQUIRE((intptr_t)area_at[i] > 0);
			UK_EXPECT_EQ(uk_vm_touch(area_at[i], LEN, UK_PROT_WRITE), 0);
		}
		/* They go there. */
		UK_EXPECT_EQ(uk_vm_unmap(low, AREAS * LEN), 0);
		object.size = 3;
		uk_test_smp(revoke_or_move, NULL);
		for (unsigned int i = 0; i < PAGES; i++)
			UK_EXPECT_EQ(object.mapped[i], i < 3 ? AREAS : 0);
		for (unsigned int i = 0; i < AREAS; i++)
			UK_EXPECT_EQ(uk_vm_unmap(area_at[i], LEN), 0);
	}
	object_free();
}

UK_TEST(demand, read_only_stays)
{
	UK_REQUIRE(object_make());
	const struct uk_vm_request request = { .len = LEN,
					       .prot = UK_PROT_READ,
					       .flags = UK_VM_DEMAND | UK_VM_READ_ONLY,
					       .ops = &ops,
					       .object = &object };
	uintptr_t at = (uintptr_t)uk_vm_map_request(&request);

	UK_REQUIRE((intptr_t)at > 0);
	UK_EXPECT_EQ(uk_vm_protect(at, LEN, UK_PROT_WRITE), -EACCES);
	UK_EXPECT_EQ(uk_vm_protect(at, UK_PAGE_SIZE, UK_PROT_NONE), 0);
	UK_EXPECT_EQ(uk_vm_protect(at, LEN, UK_PROT_READ), 0);
	UK_EXPECT_EQ(uk_vm_fault(at, UK_PROT_WRITE), -EACCES);
	UK_EXPECT_EQ(uk_vm_unmap(at, LEN), 0);
	object_free();
}

/* While a page of the object is brought, everything goes; the object must still be held. */
static uintptr_t target;
static uint64_t then; /* what is mapped there instead, from this offset on; LEN: nothing */
static long held;

static int get_late(void *o, uint64_t offset, uk_paddr_t *pa)
{
	struct uk_vm_request request = { .at = target,
					 .len = UK_PAGE_SIZE,
					 .prot = UK_PROT_WRITE,
					 .flags = UK_VM_DEMAND | UK_VM_FIXED,
					 .ops = &ops,
					 .object = o,
					 .offset = then };

	UK_EXPECT_EQ(uk_vm_unmap(target, LEN), 0);
	held = object.areas;
	if (then < LEN)
		UK_EXPECT_EQ((uintptr_t)uk_vm_map_request(&request), target);
	return get(o, offset, pa);
}

static const struct uk_vm_ops late = {
	.get = get_late, .put = put, .enter = enter, .hold = hold, .drop = drop
};

static void replace_by(uint64_t offset, int expected)
{
	struct uk_vm_request request = { .len = LEN,
					 .prot = UK_PROT_WRITE,
					 .flags = UK_VM_DEMAND,
					 .ops = &late,
					 .object = &object };

	then = offset;
	held = 0;
	target = (uintptr_t)uk_vm_map_request(&request);
	UK_REQUIRE((intptr_t)target > 0);
	UK_EXPECT_EQ(uk_vm_fault(target, UK_PROT_READ), expected);
	UK_EXPECT_EQ(held, 1);
}

UK_TEST(demand, an_object_is_held_while_it_fills_a_page)
{
	UK_REQUIRE(object_make());
	replace_by(LEN, 0); /* to be touched again, and then -EFAULT */
	UK_EXPECT_EQ(uk_vm_fault(target, UK_PROT_READ), -EFAULT);
	UK_EXPECT_EQ(object.areas, 0);
	object.size = 0;
	replace_by(LEN, -EIO);
	UK_EXPECT_EQ(object.areas, 0);
	object.size = PAGES;
	replace_by(3 * UK_PAGE_SIZE, 0);
	UK_EXPECT_EQ(uk_vm_fault(target, UK_PROT_READ), 0);
	UK_EXPECT_EQ(*words_of(target), 103);
	UK_EXPECT_EQ(uk_vm_unmap(target, UK_PAGE_SIZE), 0);
	object_free();
}

/* The same ops, at another place of the object. */
static int get_moved(void *o, uint64_t offset, uk_paddr_t *pa)
{
	struct uk_vm_request request = { .at = target,
					 .len = UK_PAGE_SIZE,
					 .prot = UK_PROT_WRITE,
					 .flags = UK_VM_DEMAND | UK_VM_FIXED,
					 .object = o,
					 .offset = then };
	struct uk_vm_info info;

	if (offset == 0 && uk_vm_lookup(target, &info)) {
		request.ops = info.ops;
		UK_EXPECT_EQ((uintptr_t)uk_vm_map_request(&request), target);
	}
	return get(o, offset, pa);
}

/* enter() alone cannot tell: both pages are the object's. */
static bool enter_any(void *o, uint64_t offset, uk_paddr_t pa)
{
	(void)o;
	(void)pa;
	object.mapped[offset / UK_PAGE_SIZE]++;
	return true;
}

UK_TEST(demand, another_place_of_the_same_object)
{
	static const struct uk_vm_ops moved = {
		.get = get_moved, .put = put, .enter = enter_any, .hold = hold, .drop = drop
	};
	const struct uk_vm_request request = { .len = UK_PAGE_SIZE,
					       .prot = UK_PROT_WRITE,
					       .flags = UK_VM_DEMAND,
					       .ops = &moved,
					       .object = &object };

	UK_REQUIRE(object_make());
	then = 2 * UK_PAGE_SIZE;
	target = (uintptr_t)uk_vm_map_request(&request);
	UK_REQUIRE((intptr_t)target > 0);
	UK_EXPECT_EQ(uk_vm_fault(target, UK_PROT_READ), 0);
	UK_REQUIRE(words_of(target) != NULL);
	UK_EXPECT_EQ(*words_of(target), 102);
	UK_EXPECT_EQ(uk_vm_unmap(target, UK_PAGE_SIZE), 0);
	object_free();
}

#if CONFIG_VM_DEMAND
UK_TEST(demand, more_of_what_is_mapped)
{
	UK_REQUIRE(object_make());
	uintptr_t at = map_object(UK_VM_READ_ONLY);
	struct uk_vm_request more = { .at = at + LEN / 2,
				      .len = LEN / 2,
				      .prot = UK_PROT_READ,
				      .flags = UK_VM_DEMAND | UK_VM_NOREPLACE,
				      .offset = LEN / 2,
				      .like = at };

	UK_REQUIRE((intptr_t)at > 0);
	UK_EXPECT_EQ(uk_vm_map_request(&more), -EEXIST);
	UK_EXPECT_EQ(uk_vm_unmap(at + LEN / 2, LEN / 2), 0);
	UK_EXPECT_EQ(object.areas, 1);
	UK_EXPECT_EQ(uk_vm_map_request(&more), at + LEN / 2);
	UK_EXPECT_EQ(object.areas, 1);
	UK_EXPECT_EQ(uk_vm_touch(at, LEN, UK_PROT_WRITE), 0);
	UK_EXPECT_EQ(*words_of(at + LEN - UK_PAGE_SIZE), 100 + PAGES - 1);
	UK_EXPECT_EQ(uk_vm_protect(at, LEN, UK_PROT_WRITE), -EACCES);
	UK_EXPECT_EQ(uk_vm_unmap(at, LEN), 0);
	UK_EXPECT_EQ(uk_vm_map_request(&more), -EFAULT);
	object_free();
}
#endif

static uintptr_t common;

static void same_pages(unsigned int cpu, void *arg)
{
	(void)cpu;
	(void)arg;
	for (unsigned int i = 0; i < PAGES; i++)
		UK_EXPECT_EQ(uk_vm_fault(common + i * UK_PAGE_SIZE, UK_PROT_WRITE), 0);
}

/* Of all that bring a page one wins; the others give theirs back. */
UK_TEST(demand, one_page_on_all_cpus)
{
	struct uk_vm_stats before, after;

	for (unsigned int round = 0; round < 20; round++) {
		uk_vm_stats(&before);
		common = (uintptr_t)uk_vm_map(0, LEN, UK_PROT_WRITE, UK_VM_DEMAND);
		UK_REQUIRE((intptr_t)common > 0);
		uk_test_smp(same_pages, NULL);
		uk_vm_stats(&after);
		UK_EXPECT_EQ(after.pages, before.pages + PAGES);
		UK_EXPECT_EQ(uk_vm_unmap(common, LEN), 0);
		uk_vm_stats(&after);
		UK_EXPECT_EQ(after.pages, before.pages);
	}
}

UK_TEST(demand, one_copy_on_all_cpus)
{
	UK_REQUIRE(object_make());
	common = map_object(UK_VM_PRIVATE);
	UK_REQUIRE((intptr_t)common > 0);
	UK_EXPECT_EQ(uk_vm_touch(common, LEN, UK_PROT_READ), 0);
	uk_test_smp(same_pages, NULL);
	uk_test_smp(same_pages, NULL);
	for (unsigned int i = 0; i < PAGES; i++) {
		UK_EXPECT_EQ(*words_of(common + i * UK_PAGE_SIZE), 100 + i);
		UK_EXPECT_EQ(object.mapped[i], 0);
	}
	UK_EXPECT_EQ(uk_vm_unmap(common, LEN), 0);
	object_free();
}

static uint64_t used(void)
{
	struct uk_frames_stats stats;

	uk_frames_stats(&stats);
	return stats.opened - stats.free;
}

/* Maps, writes some, forgets some, unmaps: the frames are as many as before. */
static void come_and_go(void)
{
	uintptr_t memory = (uintptr_t)uk_vm_map(0, LEN, UK_PROT_WRITE, UK_VM_DEMAND);
	uintptr_t mine = map_object(UK_VM_PRIVATE), shared = map_object(0);

	UK_REQUIRE((intptr_t)memory > 0 && (intptr_t)mine > 0 && (intptr_t)shared > 0);
	UK_EXPECT_EQ(uk_vm_touch(memory, LEN, UK_PROT_WRITE), 0);
	UK_EXPECT_EQ(uk_vm_touch(mine, LEN / 2, UK_PROT_WRITE), 0);
	UK_EXPECT_EQ(uk_vm_touch(mine, LEN, UK_PROT_READ), 0);
	UK_EXPECT_EQ(uk_vm_touch(shared, LEN, UK_PROT_WRITE), 0);
	UK_EXPECT_EQ(uk_vm_discard(mine + UK_PAGE_SIZE, UK_PAGE_SIZE), 0);
	UK_EXPECT_EQ(uk_vm_unmap(memory, LEN), 0);
	UK_EXPECT_EQ(uk_vm_unmap(mine, LEN), 0);
	UK_EXPECT_EQ(uk_vm_unmap(shared, LEN), 0);
}

UK_TEST(demand, nothing_is_lost)
{
	uint64_t before;

	UK_REQUIRE(object_make());
	come_and_go(); /* tables */
	before = used();
	for (unsigned int i = 0; i < 20; i++)
		come_and_go();
	UK_EXPECT_EQ(used(), before);
	object_free();
}
