/* SPDX-License-Identifier: BSD-3-Clause */
/* brk on the host, whose model of the page tables holds no content: pages are counted. */

#include <uk/cpu.h>
#include <uk/host.h>
#include <uk/syscall.h>
#include <uk/test.h>
#include <uk/vm.h>

#define MIB (1ul << 20)

long uk_sys_brk(long a, long b, long c, long d, long e, long f);

static uintptr_t first;

/* On demand, what is there is touched. */
static uintptr_t brk_to(uintptr_t wanted)
{
	uintptr_t now = (uintptr_t)uk_sys_brk((long)wanted, 0, 0, 0, 0, 0);

	if (!first)
		first = now;
	if (CONFIG_VM_DEMAND && now > first)
		UK_EXPECT_EQ(uk_vm_touch(first, now - first, UK_PROT_WRITE), 0);
	return now;
}

static size_t pages(void)
{
	struct uk_vm_stats stats;

	uk_vm_stats(&stats);
	return stats.pages;
}

static bool is_mapped(uintptr_t at)
{
	unsigned int prot;
	uk_paddr_t pa;

	return uk_page_lookup(at, &pa, &prot);
}

UK_TEST(brk, grows_and_shrinks)
{
	uintptr_t base = brk_to(0);
	size_t before = pages();

	UK_EXPECT_EQ(brk_to(base + 1), base + 1);
	UK_EXPECT_EQ(pages(), before + 1);
	UK_EXPECT_EQ(brk_to(base + 3 * MIB), base + 3 * MIB);
	UK_EXPECT(is_mapped(base) && is_mapped(base + 3 * MIB - 1));
	UK_EXPECT_EQ(brk_to(base + MIB + 5), base + MIB + 5);
	UK_EXPECT(is_mapped(base + MIB + 5) && !is_mapped(base + MIB + 4096));
	UK_EXPECT_EQ(pages(), before + MIB / 4096 + 1);
	UK_EXPECT_EQ(brk_to(base - 1), base + MIB + 5);
	UK_EXPECT_EQ(brk_to(base), base);
	UK_EXPECT_EQ(pages(), before);
}

/* Growing beyond what there is leaves nothing behind, and what fits still does. */
UK_TEST(brk, without_memory)
{
	uintptr_t base = brk_to(0);
	size_t before = pages();

	for (unsigned int i = 0; i < 5; i++) {
		UK_EXPECT_EQ(brk_to(base + 200 * MIB), base);
		UK_EXPECT_EQ(pages(), before);
		UK_EXPECT(!is_mapped(base));
		UK_EXPECT_EQ(brk_to(base + 20 * MIB), base + 20 * MIB);
		UK_EXPECT_EQ(brk_to(base + 200 * MIB), base + 20 * MIB);
		UK_EXPECT(is_mapped(base + 20 * MIB - 1) && !is_mapped(base + 20 * MIB));
		UK_EXPECT_EQ(brk_to(base), base);
		UK_EXPECT_EQ(pages(), before);
	}
}

static uintptr_t filled;

/* The first one has filled what it wants, and the break is where it was: another thread wants more
 * than there is. */
static void want_too_much(void)
{
	struct uk_vm_info info;

	uk_cpu_preempt_want(false);
	if (filled && uk_vm_lookup(filled, &info) && !(info.prot & UK_PROT_NONE)) {
		uintptr_t base = filled;

		filled = 0;
		UK_EXPECT_EQ(brk_to(base + 200 * MIB), base);
	}
	uk_cpu_preempt_want(filled != 0);
}

/* Who cannot grow gives nothing back that another one has grown by. */
UK_TEST(brk, one_without_memory_beside_one_with_it)
{
	uintptr_t base = brk_to(0);
	struct uk_vm_info info;

	filled = base;
	uk_host_preempt = want_too_much;
	uk_cpu_preempt_want(true);
	UK_EXPECT_EQ(uk_sys_brk((long)(base + MIB / 8), 0, 0, 0, 0, 0), base + MIB / 8);
	uk_host_preempt = NULL;
	uk_cpu_preempt_want(false);
	UK_EXPECT_EQ(filled, 0);
	UK_EXPECT(uk_vm_lookup(base, &info) && info.prot == UK_PROT_WRITE);
	UK_EXPECT_EQ(brk_to(base + MIB), base + MIB);
	UK_EXPECT_EQ(brk_to(base), base);
}

static void move_about(unsigned int cpu, void *arg)
{
	uintptr_t base = *(uintptr_t *)arg;

	for (unsigned int i = 0; i < 200; i++) {
		uintptr_t wanted = base + (cpu * 5 + i) % 7 * (MIB / 8);
		uintptr_t now = (uintptr_t)uk_sys_brk((long)wanted, 0, 0, 0, 0, 0);

		UK_EXPECT(now == wanted);
	}
}

/* Memory is filled without the lock: one who was slower begins again. */
UK_TEST(brk, on_all_cpus)
{
	uintptr_t base = brk_to(0);
	size_t before = pages();

	uk_test_smp(move_about, &base);
	UK_EXPECT_EQ(brk_to(base + MIB), base + MIB);
	UK_EXPECT(is_mapped(base) && is_mapped(base + MIB - 1));
	UK_EXPECT_EQ(brk_to(base), base);
	UK_EXPECT_EQ(pages(), before);
}
