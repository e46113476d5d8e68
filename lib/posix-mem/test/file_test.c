/* SPDX-License-Identifier: BSD-3-Clause */
/* Files of which copies are mapped. */

#include "../mem.h"
#include <uk/abi/mman.h>
#include <uk/errno.h>
#include <uk/fault.h>
#include <uk/file.h>
#include <uk/syscall.h>
#include <uk/test.h>

long uk_sys_mremap(long a, long b, long c, long d, long e, long f);

/* Gives a piece of what is asked for, and then that. */
struct broken {
	struct uk_file file;
	long then;
};

static long broken_read(struct uk_file *file, struct uk_file_iter *to, int64_t offset)
{
	struct broken *b = UK_CONTAINER_OF(file, struct broken, file);

	return offset % (int64_t)UK_PAGE_SIZE ? b->then : uk_file_iter_put(to, "abcd", 4);
}

static const struct uk_file_ops ops = { .read = broken_read };

static void expect_fault(long then, int result)
{
	struct broken b = { .then = then };
	struct uk_vm_request request = { .len = UK_PAGE_SIZE, .prot = UK_PROT_READ };

	uk_file_init(&b.file, &ops, UK_O_RDONLY);
	intptr_t at = uk__posix_mem_map_file(&b.file, &request, false);

	UK_REQUIRE(at > 0);
	UK_EXPECT_EQ(uk_vm_fault((uintptr_t)at, UK_PROT_READ), result);
	UK_EXPECT_EQ(uk_vm_unmap((uintptr_t)at, UK_PAGE_SIZE), 0);
	uk__posix_mem_bury();
	UK_EXPECT_EQ(b.file.refs, 1);
}

/* Zeros stand behind the end of a file, and not where it cannot be read. */
UK_TEST(mem_file, a_page_that_is_read_in_part)
{
	expect_fault(0, 0);
	expect_fault(-EIO, -EIO);
}

/* What is mapped no more is let go of by the call that took its place. */
UK_TEST(mem_file, mremap_lets_go)
{
	struct broken b = { .then = 0 };
	struct uk_vm_request request = { .len = UK_PAGE_SIZE, .prot = UK_PROT_READ };
	long from = uk_vm_map(0, UK_PAGE_SIZE, UK_PROT_WRITE, 0);

	uk_file_init(&b.file, &ops, UK_O_RDONLY);
	long at = uk__posix_mem_map_file(&b.file, &request, false);

	UK_REQUIRE(from > 0 && at > 0);
	UK_EXPECT_EQ(b.file.refs, 2);
	UK_EXPECT_EQ(uk_sys_mremap(from, UK_PAGE_SIZE, UK_PAGE_SIZE,
				   UK_MREMAP_MAYMOVE | UK_MREMAP_FIXED, at, 0),
		     at);
	UK_EXPECT_EQ(b.file.refs, 1);
	UK_EXPECT_EQ(uk_vm_unmap((uintptr_t)at, UK_PAGE_SIZE), 0);
}
