/* SPDX-License-Identifier: BSD-3-Clause */
/* Each CPU answers, has what is its own, sees changes of page tables. */

#include "../smp.h"

#include <uk/atomic.h>
#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/frames.h>
#include <uk/mmu.h>
#include <uk/percpu.h>
#include <uk/preempt.h>
#include <uk/smp.h>
#include <uk/test.h>

#define PLAYGROUND UK_MMIO_END /* nothing else uses what is behind device registers */
#define ROUNDS     50

static UK_PERCPU(unsigned int, calls);

static void note(void *arg)
{
	*(unsigned int *)arg = uk_cpu_id();
	++*uk_percpu(calls);
}

static void clear_calls(void)
{
	for (unsigned int i = 0; i < UK_CPUS_MAX; i++)
		*uk_percpu_of(calls, i) = 0;
}

UK_TEST(smp, each_cpu_answers)
{
	clear_calls();
	for (unsigned int i = 0; i < uk_smp_count(); i++) {
		unsigned int who = UK_CPUS_MAX;

		UK_EXPECT_EQ(uk_smp_call(i, note, &who), 0);
		UK_EXPECT_EQ(who, i);
	}
	for (unsigned int i = 0; i < UK_CPUS_MAX; i++)
		UK_EXPECT_EQ(*uk_percpu_of(calls, i), i < uk_smp_count());
	UK_EXPECT_EQ(uk_smp_call(uk_smp_count(), note, NULL), -EINVAL);
	UK_EXPECT_EQ(uk_smp_call(~0u, note, NULL), -EINVAL);
}

/* All are in it at the same time, or it does not end. */
static void meet(void *arg)
{
	unsigned int *n = arg;

	uk_fetch_add(n, 1u);
	while (uk_load(n) < uk_smp_count())
		uk_cpu_relax();
}

UK_TEST(smp, all_at_the_same_time)
{
	for (int i = 0; i < ROUNDS; i++) {
		unsigned int n = 0;

		uk_smp_call_all(meet, &n);
		UK_REQUIRE(uk_load(&n) == uk_smp_count());
	}
}

static void count_up(void *arg)
{
	uk_fetch_add((unsigned int *)arg, 1u);
}

static void call_everybody(void *arg)
{
	uk_smp_call_all(count_up, arg);
}

/* Each waits for each, and they serve each other meanwhile. */
UK_TEST(smp, all_call_all)
{
	unsigned int n = 0;

	for (int i = 0; i < ROUNDS / 10; i++)
		uk_smp_call_all(call_everybody, &n);
	UK_EXPECT_EQ(n, uk_smp_count() * uk_smp_count() * (ROUNDS / 10));
}

static void append(void *arg)
{
	uint64_t **at = arg;

	*(*at)++ = uk_cpu_cycles();
}

UK_TEST(smp, posts_come_in_order)
{
	struct uk_smp_request requests[8];
	uint64_t stamps[8] = { 0 }, *at = stamps;

	if (uk_smp_count() == 1) {
		UK_EXPECT_EQ(uk_smp_post(0, &requests[0]), -EINVAL);
		return;
	}
	uk_preempt_disable();
	for (int i = 0; i < 8; i++) {
		requests[i] = (struct uk_smp_request){ .fn = append, .arg = &at };
		UK_EXPECT_EQ(uk_smp_post(!uk_cpu_id(), &requests[i]), 0);
	}
	for (int i = 0; i < 8; i++)
		uk_smp_wait(&requests[i]);
	uk_preempt_enable();
	UK_EXPECT(at == stamps + 8);
	for (int i = 1; i < 8; i++)
		UK_EXPECT(stamps[i - 1] <= stamps[i]);
}

static void read_there(void *arg)
{
	*(uint64_t *)arg = *(volatile uint64_t *)PLAYGROUND;
}

/* All CPUs see `value` at PLAYGROUND. */
static void expect_all(uint64_t value)
{
	for (unsigned int i = 0; i < uk_smp_count(); i++) {
		uint64_t seen = 0;

		uk_smp_call(i, read_there, &seen);
		UK_EXPECT_EQ(seen, value);
	}
}

UK_TEST(smp, unmapped_is_out_of_every_tlb)
{
	uint64_t *a = uk_pages_alloc(0), *b = uk_pages_alloc(0);

	UK_REQUIRE(a && b);
	*a = 1;
	*b = 2;
	for (int i = 0; i < 10; i++) {
		UK_REQUIRE(uk_page_map(PLAYGROUND, uk_virt_to_phys(a), UK_PAGE_SIZE, 0) == 0);
		expect_all(1);
		UK_EXPECT_EQ(uk_page_unmap(PLAYGROUND, UK_PAGE_SIZE), 0);
		UK_REQUIRE(uk_page_map(PLAYGROUND, uk_virt_to_phys(b), UK_PAGE_SIZE, 0) == 0);
		expect_all(2);
		UK_EXPECT_EQ(uk_page_unmap(PLAYGROUND, UK_PAGE_SIZE), 0);
	}
	uk_pages_free(a, 0);
	uk_pages_free(b, 0);
}

static void write_there(void *arg)
{
	*(volatile uint64_t *)PLAYGROUND = (uintptr_t)arg;
}

/* The others have it for reading in their TLBs; nobody tells them that they may write. */
UK_TEST(smp, more_rights_need_no_flush)
{
	uint64_t *page = uk_pages_alloc(0);

	UK_REQUIRE(page);
	UK_REQUIRE(uk_page_map(PLAYGROUND, uk_virt_to_phys(page), UK_PAGE_SIZE, 0) == 0);
	*page = 7;
	expect_all(7);
	uk_paging_set_flusher(NULL);
	UK_EXPECT_EQ(uk_page_protect(PLAYGROUND, UK_PAGE_SIZE, UK_PROT_WRITE), 0);
	for (unsigned int i = 0; i < uk_smp_count(); i++) {
		uk_smp_call(i, write_there, (void *)(uintptr_t)(100 + i));
		UK_EXPECT_EQ(*page, 100 + i);
	}
	uk__smp_flush_start();
	UK_EXPECT_EQ(uk_page_unmap(PLAYGROUND, UK_PAGE_SIZE), 0);
	uk_pages_free(page, 0);
}

static void stack_of(void *arg)
{
	*(uintptr_t *)arg = (uintptr_t)__builtin_frame_address(0);
}

static bool is_mapped(uintptr_t at)
{
	uk_paddr_t pa;
	unsigned int prot;

	return uk_page_lookup(at, &pa, &prot);
}

/* Interrupts run on stacks of their own, which end in something that is not mapped. */
UK_TEST(smp, stacks_are_its_own_with_guards)
{
	uintptr_t seen[UK_CPUS_MAX] = { 0 };

	for (unsigned int i = 1; i < uk_smp_count(); i++) {
		uintptr_t at;

		UK_REQUIRE(uk_smp_call(i, stack_of, &seen[i]) == 0);
		at = UK_ALIGN_DOWN(seen[i], UK_PAGE_SIZE);
		for (unsigned int j = 1; j < i; j++)
			UK_EXPECT(UK_ALIGN_DOWN(seen[j], UK_PAGE_SIZE) != at);
		for (int pages = 0; pages < 64 && is_mapped(at); pages++)
			at -= UK_PAGE_SIZE;
		UK_EXPECT(!is_mapped(at));
	}
}
