/* SPDX-License-Identifier: BSD-3-Clause */
/* mremap without memory, on the host: what was there stays. */

#include <uk/abi/mman.h>
#include <uk/errno.h>
#include <uk/syscall.h>
#include <uk/test.h>
#include <uk/vm.h>

#define MIB (1l << 20)

long uk_sys_mremap(long a, long b, long c, long d, long e, long f);
long uk_sys_madvise(long a, long b, long c, long d, long e, long f);

static struct uk_vm_stats stats(void)
{
	struct uk_vm_stats now;

	uk_vm_stats(&now);
	return now;
}

UK_TEST(mremap, without_memory)
{
	struct uk_vm_stats before = stats();
	long at = uk_vm_map(0, 2 * MIB, UK_PROT_WRITE, 0);
	size_t pages = stats().pages;

	UK_REQUIRE(at > 0);
	UK_EXPECT_EQ(uk_sys_mremap(at, 2 * MIB, 200 * MIB, UK_MREMAP_MAYMOVE, 0, 0), -ENOMEM);
	UK_EXPECT_EQ(uk_sys_mremap(at, 2 * MIB, 1l << 60, UK_MREMAP_MAYMOVE, 0, 0), -ENOMEM);
	UK_EXPECT_EQ(uk_sys_mremap(at, 2 * MIB, -4097, UK_MREMAP_MAYMOVE, 0, 0), -ENOMEM);
	UK_EXPECT_EQ(stats().pages, pages);
	UK_EXPECT_EQ(stats().areas, before.areas + 1);
	UK_EXPECT_EQ(uk_sys_mremap(at, 2 * MIB, 3 * MIB, 0, 0, 0), at);
	UK_EXPECT_EQ(stats().areas, before.areas + 1);
	UK_EXPECT_EQ(uk_vm_unmap((uintptr_t)at, 3 * MIB), 0);
	UK_EXPECT_EQ(stats().pages, before.pages);
}

/* A place that cannot be is refused before anything is given up. */
UK_TEST(mremap, to_a_place_out_of_bounds)
{
	static const long places[] = { 0, UK_VM_LOW - 4096, UK_VM_HIGH - 4096, UK_VM_HIGH, -4096 };
	long flags = UK_MREMAP_MAYMOVE | UK_MREMAP_FIXED;
	long at = uk_vm_map(0, 4 * 4096, UK_PROT_WRITE, 0);
	size_t pages = stats().pages;

	UK_REQUIRE(at > 0);
	for (unsigned int i = 0; i < UK_ARRAY_SIZE(places); i++)
		UK_EXPECT_EQ(uk_sys_mremap(at, 4 * 4096, 2 * 4096, flags, places[i], 0), -EINVAL);
	UK_EXPECT_EQ(stats().pages, pages);
	UK_EXPECT_EQ(uk_vm_unmap((uintptr_t)at, 4 * 4096), 0);
}

UK_TEST(mremap, copies_of_files)
{
	static char mark;
	struct uk_vm_request request = { .len = MIB, .prot = UK_PROT_READ, .object = &mark };
	long at = uk_vm_map_request(&request);

	UK_REQUIRE(at > 0);
	UK_EXPECT_EQ(uk_sys_mremap(at, MIB, 2 * MIB, UK_MREMAP_MAYMOVE, 0, 0), -EINVAL);
	UK_EXPECT_EQ(uk_sys_madvise(at, MIB, UK_MADV_DONTNEED, 0, 0, 0), -EINVAL);
	UK_EXPECT_EQ(uk_sys_mremap(at, MIB, 4096, 0, 0, 0), at);
	UK_EXPECT_EQ(uk_vm_unmap((uintptr_t)at, MIB), 0);
}
