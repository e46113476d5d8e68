/* SPDX-License-Identifier: BSD-3-Clause */
/* Virtual memory against a model that knows the state of each page; the tree against its rules. */

#include "internal.h"
#include <string.h>
#include <uk/bootinfo.h>
#include <uk/frames.h>
#include <uk/host.h>
#include <uk/test.h>

#define BASE  0x200000000000ul
#define PAGES 3000ul /* of the model, from BASE on: more than two large pages */

struct page {
	bool mapped;
	bool populated;
	bool object; /* of ops */
	bool lazy;
	bool copies; /* private: of ops */
	bool own;    /* and written */
	unsigned int prot;
	uint64_t mark; /* what the test wrote there, or 0 */
	size_t origin; /* of an object: which page of it */
};

static uint64_t no_random(void)
{
	return 0;
}

__attribute__((constructor)) static void same_places_in_every_run(void)
{
	uk_vm_set_random(no_random);
}

static struct page model[PAGES];
static long gets, puts;

static int get(void *object, uint64_t offset, uk_paddr_t *pa)
{
	(void)object;
	*pa = uk_frames_alloc(0);
	if (!*pa)
		return -ENOMEM;
	memset(uk_phys_to_virt(*pa), 0, UK_PAGE_SIZE);
	((uint64_t *)uk_phys_to_virt(*pa))[1] = offset;
	gets++;
	return 0;
}

static void put(void *object, uint64_t offset, uk_paddr_t pa)
{
	(void)object;
	UK_EXPECT_EQ(((uint64_t *)uk_phys_to_virt(pa))[1], offset);
	uk_frames_free(pa, 0);
	puts++;
}

static const struct uk_vm_ops ops = { .get = get, .put = put };

static size_t any_range(size_t *n)
{
	size_t first = uk_test_random_below(PAGES);
	size_t most = uk_test_random_below(8) ? 40 : PAGES;

	*n = 1 + uk_test_random_below(UK_MIN(PAGES - first, most));
	return first;
}

static unsigned int any_prot(void)
{
	static const unsigned int prots[] = { UK_PROT_READ, UK_PROT_WRITE, UK_PROT_EXEC,
					      UK_PROT_NONE };

	return prots[uk_test_random_below(4)];
}

static uintptr_t va_of(size_t page)
{
	return BASE + page * UK_PAGE_SIZE;
}

static void do_map(size_t first, size_t n)
{
	bool occupied = false;
	struct uk_vm_request request = {
		.at = va_of(first),
		.len = n * UK_PAGE_SIZE,
		.prot = any_prot(),
		.flags = uk_test_random_below(2) ? UK_VM_FIXED : UK_VM_NOREPLACE,
		.ops = uk_test_random_below(3) ? NULL : &ops,
		.offset = first * UK_PAGE_SIZE,
	};

	if (uk_test_random_below(2))
		request.flags |= UK_VM_DEMAND | (uk_test_random_below(2) ? UK_VM_PRIVATE : 0);
	bool lazy = request.flags & UK_VM_DEMAND;

	for (size_t i = first; i < first + n; i++)
		occupied |= model[i].mapped;

	intptr_t at = uk_vm_map_request(&request);

	if (occupied && (request.flags & UK_VM_NOREPLACE)) {
		UK_EXPECT_EQ(at, -EEXIST);
		return;
	}
	UK_EXPECT_EQ(at, request.at);
	for (size_t i = first; i < first + n; i++)
		model[i] = (struct page){
			.mapped = true,
			.populated = request.prot != UK_PROT_NONE && !lazy,
			.object = request.ops != NULL,
			.lazy = lazy,
			.copies = request.ops && (request.flags & UK_VM_PRIVATE),
			.prot = request.prot,
			.origin = i,
		};
}

static void do_unmap(size_t first, size_t n)
{
	UK_EXPECT_EQ(uk_vm_unmap(va_of(first), n * UK_PAGE_SIZE), 0);
	memset(&model[first], 0, n * sizeof(model[0]));
}

static void do_protect(size_t first, size_t n)
{
	unsigned int prot = any_prot();
	bool hole = false;

	for (size_t i = first; i < first + n; i++)
		hole |= !model[i].mapped;
	int err = uk_vm_protect(va_of(first), n * UK_PAGE_SIZE, prot);

	UK_EXPECT_EQ(err, hole ? -ENOMEM : 0);
	for (size_t i = first; i < first + n && !hole; i++) {
		model[i].prot = prot;
		model[i].populated |= prot != UK_PROT_NONE && !model[i].lazy;
	}
}

/* A fault, as arch would tell it. */
static void do_touch(size_t i)
{
	static const unsigned int all[] = { UK_PROT_READ, UK_PROT_WRITE, UK_PROT_EXEC };
	unsigned int access = all[uk_test_random_below(3)];
	struct page *page = &model[i];
	bool good = page->mapped && !(page->prot & UK_PROT_NONE) && !(access & ~page->prot);

	UK_EXPECT_EQ(uk_vm_fault(va_of(i) + 77, access), good           ? 0
							 : page->mapped ? -EACCES
									: -EFAULT);
	if (!good)
		return;
	page->own |= page->populated && page->copies && access == UK_PROT_WRITE;
	page->populated = true;
}

static void do_decommit(size_t first, size_t n)
{
	bool hole = false;

	for (size_t i = first; i < first + n; i++)
		hole |= !model[i].mapped;
	UK_EXPECT_EQ(uk_vm_decommit(va_of(first), n * UK_PAGE_SIZE), hole ? -ENOMEM : 0);
	for (size_t i = first; i < first + n && !hole; i++) {
		model[i].prot = UK_PROT_NONE;
		model[i].populated = false;
		model[i].own = false;
		model[i].mark = 0;
	}
}

static void do_discard(size_t first, size_t n)
{
	bool hole = false, object = false;

	for (size_t i = first; i < first + n; i++) {
		hole |= !model[i].mapped;
		object |= model[i].object && !model[i].lazy;
	}
	UK_EXPECT_EQ(uk_vm_discard(va_of(first), n * UK_PAGE_SIZE), object ? -EINVAL
								    : hole ? -ENOMEM
									   : 0);
	for (size_t i = first; i < first + n && !object; i++) {
		model[i].populated &= model[i].prot != UK_PROT_NONE && !model[i].lazy;
		model[i].own = false;
		model[i].mark = 0;
	}
}

/* A part of an area to a reservation that is made for it. */
static void do_move(size_t first, size_t n)
{
	struct uk_vm_info info;
	size_t to = uk_test_random_below(PAGES - n + 1);

	if (to < first + n && first < to + n) {
		UK_EXPECT_EQ(uk_vm_move(va_of(first), n * UK_PAGE_SIZE, va_of(to)), -EINVAL);
		return;
	}
	UK_EXPECT_EQ(uk_vm_map(va_of(to), n * UK_PAGE_SIZE, UK_PROT_NONE, UK_VM_FIXED), va_of(to));
	for (size_t i = to; i < to + n; i++)
		model[i] = (struct page){ .mapped = true, .prot = UK_PROT_NONE };

	bool one = uk_vm_lookup(va_of(first), &info) && info.end >= va_of(first + n);
	int err = uk_vm_move(va_of(first), n * UK_PAGE_SIZE, va_of(to));

	UK_EXPECT_EQ(err, one ? 0 : -EFAULT);
	for (size_t i = 0; i < n && !err; i++) {
		model[to + i] = model[first + i];
		model[first + i] = (struct page){ 0 };
	}
}

static bool page_is_right(size_t i, bool write)
{
	struct uk_vm_info info;
	uk_paddr_t pa = 0;
	unsigned int prot = 0;
	bool area = uk_vm_lookup(va_of(i) + 5, &info);
	bool page = uk_page_lookup(va_of(i), &pa, &prot);

	if (area != model[i].mapped || page != model[i].populated)
		return false;
	if (area && (info.prot != model[i].prot || !info.ops == model[i].object))
		return false;
	if (!page)
		return true;

	uint64_t *words = uk_phys_to_virt(pa);

	unsigned int wanted = model[i].prot;

	if (model[i].copies && !model[i].own)
		wanted = (wanted & ~UK_PROT_WRITE) | UK_PROT_COPY;
	if (prot != wanted || words[0] != model[i].mark ||
	    (model[i].object && words[1] != model[i].origin * UK_PAGE_SIZE))
		return false;
	if (write)
		words[0] = model[i].mark = uk_test_random();
	return true;
}

static int check_tree(const struct uk_vm_area *node, uintptr_t *last)
{
	if (!node)
		return 0;
	int left = check_tree(node->left, last);

	UK_EXPECT(node->start >= *last && node->start < node->end);
	*last = node->end;
	int right = check_tree(node->right, last);

	UK_EXPECT(left - right <= 1 && right - left <= 1);
	UK_EXPECT_EQ(node->height, 1 + UK_MAX(left, right));
	return node->height;
}

/* No two neighbours are alike. */
static void check_merged(void)
{
	const struct uk_vm_area *next, *area = uk__vm_tree_at(uk__vm_user.root, 0);

	for (; area; area = next) {
		next = uk__vm_tree_at(uk__vm_user.root, area->end);
		UK_EXPECT(!next || !uk__vm_continues(area, next));
	}
}

static void check_all(void)
{
	uintptr_t last = 0;
	unsigned int wrong = 0;

	check_tree(uk__vm_user.root, &last);
	check_merged();
	for (size_t i = 0; i < PAGES; i++)
		wrong += !page_is_right(i, uk_test_random_below(8) == 0);
	UK_EXPECT_EQ(wrong, 0);
}

/* Of areas alone: kept stacks do not count. */
static void user_stats(struct uk_vm_stats *stats)
{
	static struct uk_vm_stats stacks;

	if (!stacks.areas && !uk__vm_user.root)
		uk_vm_stats(&stacks);
	uk_vm_stats(stats);
	stats->areas -= stacks.areas;
	stats->mapped -= stacks.mapped;
	stats->pages -= stacks.pages;
}

static uint64_t frames_used(void)
{
	struct uk_frames_stats stats;

	uk_frames_stats(&stats);
	return stats.opened - stats.free;
}

UK_TEST(vm_host, random_against_model)
{
	struct uk_vm_stats stats;
	uint64_t frames = frames_used();
	unsigned long pages = uk_host_mapped_pages();
	size_t n;

	user_stats(&stats);
	for (unsigned int i = 0; i < 3000; i++) {
		size_t first = any_range(&n);

		for (unsigned int k = 0; k < 20; k++)
			do_touch(uk_test_random_below(PAGES));
		switch (uk_test_random_below(8)) {
		case 0:
		case 1: do_map(first, n); break;
		case 2:
		case 3: do_protect(first, n); break;
		case 4: do_decommit(first, n); break;
		case 5: do_discard(first, n); break;
		case 6: do_move(first, n); break;
		default: do_unmap(first, n); break;
		}
		if (i % 50 == 0)
			check_all();
	}
	check_all();
	do_unmap(0, PAGES);
	check_all();
	user_stats(&stats);
	UK_EXPECT_EQ(stats.areas, 0);
	UK_EXPECT_EQ(stats.mapped, 0);
	UK_EXPECT_EQ(gets, puts);
	UK_EXPECT_EQ(stats.pages, 0);
	UK_EXPECT_EQ(uk_host_mapped_pages(), pages);
	/* Tables, and pages of areas that are kept. */
	UK_EXPECT(frames_used() <= frames + 64);
}

UK_TEST(vm_host, places_fill_gaps)
{
	uintptr_t at[64];

	for (unsigned int i = 0; i < 64; i++) {
		at[i] = (uintptr_t)uk_vm_map(0, (1 + i % 5) * UK_PAGE_SIZE, UK_PROT_NONE, 0);
		UK_REQUIRE(at[i] >= UK_VM_BASE);
	}
	for (unsigned int i = 0; i < 64; i += 2)
		uk_vm_unmap(at[i], (1 + i % 5) * UK_PAGE_SIZE);
	/* The lowest gap that is large enough: that of 3 pages. */
	UK_EXPECT_EQ(uk_vm_map(0, 3 * UK_PAGE_SIZE, UK_PROT_NONE, 0), at[2]);
	UK_EXPECT_EQ(uk_vm_map(0, 3 * UK_PAGE_SIZE, UK_PROT_NONE, 0), at[4]);
	UK_EXPECT_EQ(uk_vm_map(0, 1 * UK_PAGE_SIZE, UK_PROT_NONE, 0), at[0]);
	UK_EXPECT_EQ(uk_vm_unmap(UK_VM_BASE, 1ul << 30), 0);
	UK_EXPECT(uk__vm_user.root == NULL);
}

static size_t areas(void)
{
	struct uk_vm_stats stats;

	user_stats(&stats);
	return stats.areas;
}

/* As a heap does that reserves much and takes it by pieces. */
UK_TEST(vm_host, neighbours_become_one)
{
	size_t len = 1ul << 40;
	uintptr_t at = (uintptr_t)uk_vm_map(0, len, UK_PROT_NONE, 0);
	uintptr_t middle = at + (1ul << 30);

	UK_REQUIRE((intptr_t)at > 0);
	UK_EXPECT_EQ(areas(), 1);
	for (unsigned int i = 0; i < 100; i++)
		UK_EXPECT_EQ(uk_vm_protect(at + i * UK_PAGE_SIZE, UK_PAGE_SIZE, UK_PROT_WRITE), 0);
	UK_EXPECT_EQ(areas(), 2);
	for (unsigned int i = 0; i < 100; i += 2)
		UK_EXPECT_EQ(uk_vm_protect(at + i * UK_PAGE_SIZE, UK_PAGE_SIZE, UK_PROT_READ), 0);
	UK_EXPECT_EQ(areas(), 101);
	UK_EXPECT_EQ(uk_vm_protect(at, 100 * UK_PAGE_SIZE, UK_PROT_WRITE), 0);
	UK_EXPECT_EQ(areas(), 2);
	UK_EXPECT_EQ(uk_vm_map(middle, UK_PAGE_SIZE, UK_PROT_NONE, UK_VM_FIXED), middle);
	UK_EXPECT_EQ(areas(), 2);
	UK_EXPECT_EQ(uk_vm_decommit(at, 100 * UK_PAGE_SIZE), 0);
	UK_EXPECT_EQ(areas(), 1);
	UK_EXPECT_EQ(uk_vm_unmap(at, len), 0);
	UK_EXPECT_EQ(areas(), 0);
}

/* Tables run out in the middle: everything is where it was. */
#define LARGE (2ul << 20)

/* A large page that cannot be split goes as one. */
UK_TEST(vm_host, large_page_without_memory_for_tables)
{
	unsigned long pages = uk_host_mapped_pages();

	for (int i = 0; i < 2; i++) {
		intptr_t at = uk_vm_map(0, 2 * LARGE, UK_PROT_WRITE, 0);
		uint64_t frames = frames_used();

		UK_REQUIRE(at > 0 && UK_IS_ALIGNED((uintptr_t)at, LARGE));
		uk_host_fail_tables_after(0);
		UK_EXPECT_EQ(uk_vm_unmap((uintptr_t)at, 2 * LARGE), 0);
		uk_host_fail_tables_after(-1);
		UK_EXPECT_EQ(uk_host_mapped_pages(), pages);
		UK_EXPECT_EQ(frames_used(), frames - 2 * LARGE / UK_PAGE_SIZE);
	}
}

/* Nor one that does not begin where a piece would, and not behind a part of the area. */
UK_TEST(vm_host, large_page_in_the_middle_without_memory_for_tables)
{
	const size_t len = 3 * LARGE, lead = 16 * UK_PAGE_SIZE;
	unsigned long pages = uk_host_mapped_pages();

	for (int i = 0; i < 2; i++) {
		uintptr_t at = UK_VM_BASE + LARGE - lead;

		UK_REQUIRE(uk_vm_map(at, len, UK_PROT_WRITE, UK_VM_FIXED) == (intptr_t)at);
		uint64_t frames = frames_used();

		uk_host_fail_tables_after(0);
		UK_EXPECT_EQ(i ? uk_vm_decommit(at, len) : uk_vm_unmap(at, len), 0);
		uk_host_fail_tables_after(-1);
		UK_EXPECT_EQ(uk_host_mapped_pages(), pages);
		UK_EXPECT_EQ(frames_used(), frames - len / UK_PAGE_SIZE);
		UK_EXPECT_EQ(uk_vm_unmap(at, len), 0);
	}
}

#define MANY 1000

static uintptr_t going;
static size_t done, held, most; /* pages; held: since the lock was given up */
static bool stays;              /* in the end, too, something lies there */

static int pieces_get(void *object, uint64_t offset, uk_paddr_t *pa)
{
	(void)object;
	(void)offset;
	*pa = uk_frames_alloc(0);
	return *pa ? 0 : -ENOMEM;
}

static void pieces_put(void *object, uint64_t offset, uk_paddr_t pa)
{
	(void)object;
	(void)offset;
	uk_frames_free(pa, 0);
	done++;
	held++;
	uk_cpu_preempt_want(true);
}

static const struct uk_vm_ops pieces_ops = { .get = pieces_get, .put = pieces_put };

/* The lock is free. What goes is in nobody's hands, and nobody gets its place. */
static void between(void)
{
	struct uk_vm_info info;

	uk_cpu_preempt_want(false);
	uk_host_preempt = NULL;
	most = UK_MAX(most, held);
	held = 0;
	if (done < MANY || stays) {
		intptr_t at = uk_vm_map(going, UK_PAGE_SIZE, UK_PROT_READ, UK_VM_NOREPLACE);

		UK_EXPECT_EQ(at, -EEXIST);
	}
	if (done < MANY) {
		uintptr_t last = going + (MANY - 1) * UK_PAGE_SIZE;

		UK_EXPECT(!uk_vm_lookup(last, &info));
		UK_EXPECT_EQ(uk_vm_fault(last, UK_PROT_READ), -EFAULT);
		UK_EXPECT_EQ(uk_vm_protect(last, UK_PAGE_SIZE, UK_PROT_READ), -ENOMEM);
	}
	uk_host_preempt = between;
}

static void begin_going(uintptr_t at, bool replaced)
{
	going = at;
	stays = replaced;
	done = held = most = 0;
	uk_host_preempt = between;
}

/* The lock is held for so many pages, and not for all. */
UK_TEST(vm_host, goes_in_pieces)
{
	struct uk_vm_request request = { .len = MANY * UK_PAGE_SIZE, .ops = &pieces_ops };
	intptr_t at = uk_vm_map_request(&request);
	struct uk_vm_info info;

	UK_REQUIRE(at > 0);
	request.at = (uintptr_t)at;
	request.flags = UK_VM_FIXED;
	begin_going((uintptr_t)at, true);
	UK_EXPECT_EQ(uk_vm_map_request(&request), at);
	uk_host_preempt = NULL;
	UK_EXPECT(done == MANY && most > 0 && most <= UK_VM_PIECE / UK_PAGE_SIZE);
	UK_EXPECT(uk_vm_lookup((uintptr_t)at, &info) && info.end - info.start == request.len);
	begin_going((uintptr_t)at, false);
	UK_EXPECT_EQ(uk_vm_unmap((uintptr_t)at, request.len), 0);
	uk_host_preempt = NULL;
	uk_cpu_preempt_want(false);
	UK_EXPECT(done == MANY && most > 0 && most <= UK_VM_PIECE / UK_PAGE_SIZE);
	UK_EXPECT(!uk_vm_lookup((uintptr_t)at, &info));
}

/* In the course of that, somebody else unmaps a part of what has gone already. */
static void help(void)
{
	uk_cpu_preempt_want(false);
	if (done < MANY / 2)
		return;
	uk_host_preempt = NULL;
	UK_EXPECT_EQ(uk_vm_unmap(going + 100 * UK_PAGE_SIZE, 100 * UK_PAGE_SIZE), 0);
}

UK_TEST(vm_host, goes_though_others_unmap_a_part)
{
	struct uk_vm_request request = { .len = MANY * UK_PAGE_SIZE, .ops = &pieces_ops };
	intptr_t at = uk_vm_map_request(&request);
	size_t before = areas();

	UK_REQUIRE(at > 0);
	begin_going((uintptr_t)at, false);
	uk_host_preempt = help;
	UK_EXPECT_EQ(uk_vm_unmap((uintptr_t)at, request.len), 0);
	UK_EXPECT(!uk_host_preempt);
	uk_cpu_preempt_want(false);
	UK_EXPECT_EQ(done, MANY);
	UK_EXPECT_EQ(areas(), before - 1);
	UK_EXPECT_EQ(uk_vm_map((uintptr_t)at, request.len, UK_PROT_NONE, UK_VM_NOREPLACE), at);
	UK_EXPECT_EQ(uk_vm_unmap((uintptr_t)at, request.len), 0);
}

UK_TEST(vm_host, move_without_memory_for_tables)
{
	size_t len = 6ul << 20;
	uintptr_t at = (uintptr_t)uk_vm_map(0, len, UK_PROT_WRITE, 0);
	uintptr_t to = (uintptr_t)uk_vm_map(UK_VM_LOW, len, UK_PROT_NONE, 0);
	unsigned long pages = uk_host_mapped_pages();
	unsigned int prot;
	uk_paddr_t pa;

	UK_REQUIRE((intptr_t)at > 0 && (intptr_t)to > 0);
	uk_host_fail_tables_after(1);
	UK_EXPECT_EQ(uk_vm_move(at, len, to), -ENOMEM);
	uk_host_fail_tables_after(-1);
	UK_EXPECT_EQ(uk_host_mapped_pages(), pages);
	UK_EXPECT_EQ(areas(), 2);
	UK_EXPECT(uk_page_lookup(at, &pa, &prot) && !uk_page_lookup(to, &pa, &prot));
	UK_EXPECT_EQ(uk_vm_move(at, len, to), 0);
	UK_EXPECT(!uk_page_lookup(at, &pa, &prot) && uk_page_lookup(to, &pa, &prot));
	UK_EXPECT_EQ(uk_vm_move(to, len, at), -EINVAL); /* nothing is reserved there */
	UK_EXPECT_EQ(uk_vm_unmap(to, len), 0);
	UK_EXPECT_EQ(areas(), 0);
}

UK_TEST(vm_host, memory_runs_out)
{
	struct uk_vm_stats stats;
	uint64_t frames = frames_used();

	user_stats(&stats);
	UK_EXPECT_EQ(uk_vm_map(0, 200ul << 20, UK_PROT_WRITE, 0), -ENOMEM);
	user_stats(&stats);
	UK_EXPECT_EQ(stats.pages, 0);
	UK_EXPECT_EQ(stats.areas, 0);
	UK_EXPECT(frames_used() <= frames + 64);
	/* Addresses alone cost nothing. */
	UK_EXPECT(uk_vm_map(0, 1ul << 40, UK_PROT_NONE, 0) > 0);
	UK_EXPECT_EQ(uk_vm_unmap(UK_VM_BASE, 2ul << 40), 0);
}

UK_TEST(vm_host, stacks_do_not_lie_powers_of_two_apart)
{
	for (size_t pages = 1; pages < 20; pages++) {
		char *a = uk_vm_stack_alloc(pages * UK_PAGE_SIZE);
		char *b = uk_vm_stack_alloc(pages * UK_PAGE_SIZE);

		UK_REQUIRE(a && b);
		size_t apart = (size_t)(a > b ? a - b : b - a);

		/* Of neighbours; one of the two may have been kept by an earlier test. */
		UK_EXPECT(!UK_IS_POW2(apart) || apart > (pages + 2) * UK_PAGE_SIZE);
	}
}

#define TURNS 1000000u /* nobody waits for ever */

static uint32_t is_locked;

/* The first has the lock, as who waits until all CPUs have flushed, until somebody answers. */
static void ask_with_interrupts_off(unsigned int cpu, void *arg)
{
	uint32_t before = uk_load(&uk_host_served);
	struct uk_vm_stats stats;

	(void)arg;
	if (cpu == 0) {
		uk_spin_lock(&uk__vm_lock);
		uk_store(&is_locked, 1u);
		for (unsigned int i = 0; i < TURNS && uk_load(&uk_host_served) == before; i++)
			uk_cpu_relax();
		uk_spin_unlock(&uk__vm_lock);
		return;
	}
	for (unsigned int i = 0; i < TURNS && !uk_load(&is_locked); i++)
		uk_cpu_relax();
	uk_irqflags_t flags = uk_cpu_irq_save();

	uk_vm_stats(&stats);
	uk_cpu_irq_restore(flags);
}

UK_TEST(vm, who_asks_for_the_state_answers_others)
{
	uint32_t before = uk_load(&uk_host_served);

	if (!CONFIG_LIB_SMP) {
		uk_test_skip("one CPU");
		return;
	}
	uk_test_smp(ask_with_interrupts_off, NULL);
	UK_EXPECT(uk_load(&uk_host_served) > before);
}
