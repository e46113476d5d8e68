/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/frames.h>
#include <uk/string.h>
#include <uk/test.h>
#include <uk/vm.h>

UK_TEST(vm, map_and_unmap)
{
	struct uk_vm_info info;
	uk_paddr_t pa;
	unsigned int prot;
	intptr_t at = uk_vm_map(0, 3 * UK_PAGE_SIZE - 5, UK_PROT_WRITE, 0);

	UK_REQUIRE(at > 0);
	UK_EXPECT(uk_vm_lookup((uintptr_t)at + 1, &info));
	UK_EXPECT_EQ(info.start, at);
	UK_EXPECT_EQ(info.end, at + 3 * UK_PAGE_SIZE);
	for (unsigned int i = 0; i < 3; i++) {
		UK_REQUIRE(uk_page_lookup((uintptr_t)at + i * UK_PAGE_SIZE, &pa, &prot));
		UK_EXPECT_EQ(prot, UK_PROT_WRITE);
		UK_EXPECT_EQ(*(uint64_t *)uk_phys_to_virt(pa), 0);
	}
	UK_EXPECT_EQ(uk_vm_unmap((uintptr_t)at, 3 * UK_PAGE_SIZE), 0);
	UK_EXPECT(!uk_vm_lookup((uintptr_t)at, &info));
	UK_EXPECT(!uk_page_lookup((uintptr_t)at, &pa, &prot));
}

UK_TEST(vm, refused)
{
	UK_EXPECT_EQ(uk_vm_map(0, 0, UK_PROT_READ, 0), -EINVAL);
	UK_EXPECT_EQ(uk_vm_map(0, 4096, UK_PROT_WRITE | UK_PROT_EXEC, 0), -EINVAL);
	UK_EXPECT_EQ(uk_vm_map(0, 4096, UK_PROT_READ, UK_VM_FIXED), -EINVAL);
	UK_EXPECT_EQ(uk_vm_map(0xf000, 4096, UK_PROT_READ, UK_VM_FIXED), -EINVAL);
	UK_EXPECT_EQ(uk_vm_map(0x10001, 4096, UK_PROT_READ, UK_VM_FIXED), -EINVAL);
	UK_EXPECT_EQ(uk_vm_map(UK_VM_HIGH, 4096, UK_PROT_READ, UK_VM_FIXED), -EINVAL);
	UK_EXPECT_EQ(uk_vm_map(0, ~(size_t)0, UK_PROT_NONE, 0), -ENOMEM);
	UK_EXPECT_EQ(uk_vm_map(0, UK_VM_HIGH, UK_PROT_NONE, 0), -ENOMEM);
	UK_EXPECT_EQ(uk_vm_map(0, 1ul << 46, UK_PROT_WRITE, 0), -ENOMEM); /* at once */
	UK_EXPECT_EQ(uk_vm_unmap(0x20000, 0), -EINVAL);
	UK_EXPECT_EQ(uk_vm_unmap(UK_VM_HIGH, 4096), -EINVAL);
	UK_EXPECT_EQ(uk_vm_unmap(0, UK_VM_HIGH + 1), -EINVAL);
	UK_EXPECT_EQ(uk_vm_unmap(0, 4096), 0);
	UK_EXPECT_EQ(uk_vm_protect(0x20000, 4096, UK_PROT_READ), -ENOMEM);
}

/* More than there is may be reserved, but not be used all at once. */
UK_TEST(vm, reserve_far_beyond_memory)
{
	size_t len = 1ul << 44;
	intptr_t at = uk_vm_map(0, len, UK_PROT_NONE, 0);

	UK_REQUIRE(at > 0);
	UK_EXPECT_EQ(uk_vm_protect((uintptr_t)at, len, UK_PROT_WRITE), -ENOMEM);
	UK_EXPECT_EQ(uk_vm_unmap((uintptr_t)at, len), 0);
}

UK_TEST(vm, first_page_that_may_be_mapped)
{
	UK_EXPECT_EQ(uk_vm_map(UK_VM_LOW, 4096, UK_PROT_READ, UK_VM_NOREPLACE), UK_VM_LOW);
	UK_EXPECT_EQ(uk_vm_map(UK_VM_LOW, 4096, UK_PROT_READ, UK_VM_NOREPLACE), -EEXIST);
	UK_EXPECT_EQ(uk_vm_unmap(0, UK_VM_LOW + 4096), 0);
	UK_EXPECT_EQ(uk_vm_protect(0, 4096, UK_PROT_READ), -ENOMEM);
	UK_EXPECT_EQ(uk_vm_map(UK_VM_LOW - 4096, 8192, UK_PROT_READ, UK_VM_FIXED), -EINVAL);
	UK_EXPECT_EQ(uk_vm_map(0, 4096, UK_PROT_READ, UK_VM_FIXED), -EINVAL);
}

UK_TEST(vm, reserve_then_allow)
{
	uk_paddr_t pa;
	unsigned int prot;
	size_t len = 8 * UK_PAGE_SIZE;
	uintptr_t at = (uintptr_t)uk_vm_map(0, len, UK_PROT_NONE, 0);

	UK_REQUIRE((intptr_t)at > 0);
	UK_EXPECT(!uk_page_lookup(at, &pa, &prot));
	UK_EXPECT_EQ(uk_vm_protect(at + UK_PAGE_SIZE, len - UK_PAGE_SIZE, UK_PROT_WRITE), 0);
	UK_EXPECT(!uk_page_lookup(at, &pa, &prot));
	UK_REQUIRE(uk_page_lookup(at + UK_PAGE_SIZE, &pa, &prot));
	*(uint64_t *)uk_phys_to_virt(pa) = 4711;
	/* What was written survives a time without access. */
	UK_EXPECT_EQ(uk_vm_protect(at, len, UK_PROT_NONE), 0);
	UK_REQUIRE(uk_page_lookup(at + UK_PAGE_SIZE, &pa, &prot));
	UK_EXPECT_EQ(prot, UK_PROT_NONE);
	UK_EXPECT_EQ(uk_vm_protect(at, len, UK_PROT_READ), 0);
	UK_REQUIRE(uk_page_lookup(at + UK_PAGE_SIZE, &pa, &prot));
	UK_EXPECT_EQ(prot, UK_PROT_READ);
	UK_EXPECT_EQ(*(uint64_t *)uk_phys_to_virt(pa), 4711);
	UK_EXPECT_EQ(uk_vm_unmap(at, len), 0);
}

UK_TEST(vm, fixed_replaces)
{
	struct uk_vm_info info;
	uintptr_t at = (uintptr_t)uk_vm_map(0, 6 * UK_PAGE_SIZE, UK_PROT_WRITE, 0);
	uintptr_t middle = at + 2 * UK_PAGE_SIZE;

	UK_REQUIRE((intptr_t)at > 0);
	UK_EXPECT_EQ(uk_vm_map(middle, UK_PAGE_SIZE, UK_PROT_READ, UK_VM_FIXED), middle);
	UK_REQUIRE(uk_vm_lookup(at, &info));
	UK_EXPECT_EQ(info.end, middle);
	UK_REQUIRE(uk_vm_lookup(middle, &info));
	UK_EXPECT_EQ(info.prot, UK_PROT_READ);
	UK_REQUIRE(uk_vm_lookup(middle + UK_PAGE_SIZE, &info));
	UK_EXPECT_EQ(info.end, at + 6 * UK_PAGE_SIZE);
	UK_EXPECT_EQ(uk_vm_unmap(at, 6 * UK_PAGE_SIZE), 0);
}

UK_TEST(vm, nothing_is_lost)
{
	struct uk_vm_stats before, after;

	uk_vm_stats(&before);
	intptr_t at = uk_vm_map(0, 5ul << 20, UK_PROT_WRITE, 0);

	if (at == -ENOMEM) {
		uk_test_skip("less than 8 MiB of memory");
		return;
	}
	UK_REQUIRE(at > 0);
	UK_EXPECT_EQ(uk_vm_unmap((uintptr_t)at, 4096), 0);
	UK_EXPECT_EQ(uk_vm_unmap((uintptr_t)at + (3ul << 20), 8192), 0);
	UK_EXPECT_EQ(uk_vm_unmap((uintptr_t)at, 5ul << 20), 0);
	uk_vm_stats(&after);
	UK_EXPECT_EQ(before.areas, after.areas);
	UK_EXPECT_EQ(before.mapped, after.mapped);
	UK_EXPECT_EQ(before.pages, after.pages);
}

struct taken {
	struct taken *next;
	unsigned int order;
};

static struct taken *take_all_memory(void)
{
	struct taken *all = NULL, *one;

	for (unsigned int order = UK_FRAMES_ORDER_MAX + 1; order-- > 0;) {
		while ((one = uk_pages_alloc(order))) {
			*one = (struct taken){ all, order };
			all = one;
		}
	}
	return all;
}

static void give_back(struct taken *all)
{
	while (all) {
		struct taken *one = all;

		all = one->next;
		uk_pages_free(one, one->order);
	}
}

/* So many areas that one of them comes when no node for another is left. */
UK_TEST(vm, memory_comes_back_without_memory)
{
	uintptr_t at[40];

	for (unsigned int i = 0; i < UK_ARRAY_SIZE(at); i++) {
		unsigned int prot = i & 1 ? UK_PROT_READ : UK_PROT_WRITE;

		at[i] = (uintptr_t)uk_vm_map(0, 3 * UK_PAGE_SIZE, prot, 0);
		UK_REQUIRE((intptr_t)at[i] > 0);

		struct taken *all = take_all_memory();
		int err = uk_vm_unmap(at[i] + UK_PAGE_SIZE, UK_PAGE_SIZE);

		give_back(all);
		UK_EXPECT_EQ(err, 0);
	}
	for (unsigned int i = 0; i < UK_ARRAY_SIZE(at); i++)
		UK_EXPECT_EQ(uk_vm_unmap(at[i], 3 * UK_PAGE_SIZE), 0);
}

/* What was written is at the new place, in small and in large pages. */
UK_TEST(vm, pages_move)
{
	size_t len = (4ul << 20) + 3 * UK_PAGE_SIZE, some = len - 2 * UK_PAGE_SIZE;
	struct uk_vm_stats before, after;
	uintptr_t at, to;
	uk_paddr_t pa;
	unsigned int prot;

	uk_vm_stats(&before);
	at = (uintptr_t)uk_vm_map(0, len, UK_PROT_WRITE, 0);
	to = (uintptr_t)uk_vm_map(0, len, UK_PROT_NONE, 0);
	if ((intptr_t)at == -ENOMEM) {
		uk_test_skip("less than 8 MiB of memory");
		return;
	}
	UK_REQUIRE((intptr_t)at > 0 && (intptr_t)to > 0);
	for (size_t i = 0; i < len; i += UK_PAGE_SIZE) {
		UK_REQUIRE(uk_page_lookup(at + i, &pa, &prot));
		*(uint64_t *)uk_phys_to_virt(pa) = i;
	}
	UK_EXPECT_EQ(uk_vm_move(at + UK_PAGE_SIZE, some, to + UK_PAGE_SIZE), 0);
	for (size_t i = UK_PAGE_SIZE; i < UK_PAGE_SIZE + some; i += UK_PAGE_SIZE) {
		UK_REQUIRE(uk_page_lookup(to + i, &pa, &prot));
		UK_EXPECT_EQ(*(uint64_t *)uk_phys_to_virt(pa), i);
		UK_EXPECT(!uk_page_lookup(at + i, &pa, &prot));
	}
	UK_EXPECT(uk_page_lookup(at, &pa, &prot) && uk_page_lookup(at + len - 1, &pa, &prot));
	UK_EXPECT_EQ(uk_vm_unmap(at, len), 0);
	UK_EXPECT_EQ(uk_vm_unmap(to, len), 0);
	uk_vm_stats(&after);
	UK_EXPECT_EQ(before.areas, after.areas);
	UK_EXPECT_EQ(before.mapped, after.mapped);
	UK_EXPECT_EQ(before.pages, after.pages);
}

UK_TEST(vm, discard_forgets)
{
	uintptr_t at = (uintptr_t)uk_vm_map(0, 4 * UK_PAGE_SIZE, UK_PROT_WRITE, 0);
	unsigned char there[4];
	unsigned int prot;
	uk_paddr_t pa;

	UK_REQUIRE((intptr_t)at > 0);
	for (size_t i = 0; i < 4; i++) {
		UK_REQUIRE(uk_page_lookup(at + i * UK_PAGE_SIZE, &pa, &prot));
		*(uint64_t *)uk_phys_to_virt(pa) = 4711;
	}
	UK_EXPECT_EQ(uk_vm_protect(at + UK_PAGE_SIZE, UK_PAGE_SIZE, UK_PROT_NONE), 0);
	UK_EXPECT_EQ(uk_vm_discard(at, 3 * UK_PAGE_SIZE), 0);
	UK_EXPECT_EQ(uk_vm_resident(at, 4, there), 0);
	UK_EXPECT(there[0] == 1 && there[1] == 0 && there[2] == 1 && there[3] == 1);
	UK_EXPECT_EQ(uk_vm_protect(at, 4 * UK_PAGE_SIZE, UK_PROT_READ), 0);
	for (size_t i = 0; i < 4; i++) {
		UK_REQUIRE(uk_page_lookup(at + i * UK_PAGE_SIZE, &pa, &prot));
		UK_EXPECT_EQ(*(uint64_t *)uk_phys_to_virt(pa), i == 3 ? 4711 : 0);
	}
	UK_EXPECT_EQ(uk_vm_unmap(at + UK_PAGE_SIZE, UK_PAGE_SIZE), 0);
	UK_EXPECT_EQ(uk_vm_discard(at, 4 * UK_PAGE_SIZE), -ENOMEM);
	UK_EXPECT_EQ(uk_vm_resident(at, 4, there), -ENOMEM);
	UK_EXPECT_EQ(uk_vm_unmap(at, 4 * UK_PAGE_SIZE), 0);
}

UK_TEST(vm, stacks_have_guards)
{
	size_t size = 3 * UK_PAGE_SIZE;
	void *stacks[6];
	uk_paddr_t pa;
	unsigned int prot;

	for (unsigned int i = 0; i < UK_ARRAY_SIZE(stacks); i++) {
		stacks[i] = uk_vm_stack_alloc(size);
		UK_REQUIRE(stacks[i] != NULL);

		uintptr_t at = (uintptr_t)stacks[i];

		UK_EXPECT(!uk_page_lookup(at - UK_PAGE_SIZE, &pa, &prot));
		for (size_t done = 0; done < size; done += UK_PAGE_SIZE)
			UK_EXPECT(uk_page_lookup(at + done, &pa, &prot) && prot == UK_PROT_WRITE);
	}
	for (unsigned int i = 0; i < UK_ARRAY_SIZE(stacks); i++)
		uk_vm_stack_free(stacks[i], size);
	UK_EXPECT(uk_vm_stack_alloc(0) == NULL);
	UK_EXPECT(uk_vm_stack_alloc(~(size_t)0) == NULL);
}

/* In a guest each change waits for all CPUs, which the host may have few of. */
#ifdef UK_HOST
#define CHURN 300
#else
#define CHURN (CONFIG_LIB_SMP ? 30 : 300)
#endif

static void churn(unsigned int cpu, void *arg)
{
	uintptr_t held[8] = { 0 };
	uint64_t random = cpu + 1;

	(void)arg;
	for (unsigned int i = 0; i < CHURN; i++) {
		random = random * 6364136223846793005ull + 1442695040888963407ull;

		unsigned int at = (unsigned int)(random >> 33) % 8;
		size_t len = (at + 1) * UK_PAGE_SIZE;

		if (held[at]) {
			UK_EXPECT_EQ(uk_vm_protect(held[at], len, UK_PROT_READ), 0);
			UK_EXPECT_EQ(uk_vm_unmap(held[at], len), 0);
			held[at] = 0;
		} else {
			intptr_t got = uk_vm_map(0, len, UK_PROT_WRITE, 0);

			UK_EXPECT(got > 0 || got == -ENOMEM);
			held[at] = got > 0 ? (uintptr_t)got : 0;
		}
		void *stack = uk_vm_stack_alloc(len);

		if (stack)
			uk_vm_stack_free(stack, len);
	}
	for (unsigned int at = 0; at < 8; at++) {
		if (held[at])
			uk_vm_unmap(held[at], (at + 1) * UK_PAGE_SIZE);
	}
}

UK_TEST(vm, all_cpus_at_once)
{
	struct uk_vm_stats before, after;

	uk_test_smp(churn, NULL);
	uk_vm_stats(&before);
	uk_test_smp(churn, NULL);
	uk_vm_stats(&after);
	UK_EXPECT_EQ(before.areas, after.areas);
}

#define DISCARDED (3 * 32 + 5) /* pages: more than go at once */

static void forget(unsigned int cpu, void *arg)
{
	uintptr_t at = *(uintptr_t *)arg;

	for (unsigned int i = 0; i < 30; i++) {
		UK_EXPECT_EQ(uk_vm_discard(at, DISCARDED * UK_PAGE_SIZE), 0);
		UK_EXPECT_EQ(uk_vm_protect(at + (cpu + 30) * UK_PAGE_SIZE, UK_PAGE_SIZE,
					   i % 2 ? UK_PROT_WRITE : UK_PROT_NONE),
			     0);
	}
}

/* Others may take the lock between its parts; in the end all pages are as at first. */
UK_TEST(vm, discards_on_all_cpus)
{
	uintptr_t at = (uintptr_t)uk_vm_map(0, DISCARDED * UK_PAGE_SIZE, UK_PROT_WRITE, 0);
	unsigned char before[DISCARDED], after[DISCARDED];

	UK_REQUIRE((intptr_t)at > 0);
	UK_EXPECT_EQ(uk_vm_resident(at, DISCARDED, before), 0);
	uk_test_smp(forget, &at);
	UK_EXPECT_EQ(uk_vm_protect(at, DISCARDED * UK_PAGE_SIZE, UK_PROT_WRITE), 0);
	UK_EXPECT_EQ(uk_vm_resident(at, DISCARDED, after), 0);
	UK_EXPECT(memcmp(before, after, DISCARDED) == 0);
	UK_EXPECT_EQ(uk_vm_unmap(at, DISCARDED * UK_PAGE_SIZE), 0);
}
