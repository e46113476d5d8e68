/* SPDX-License-Identifier: BSD-3-Clause */
/* Pages of files as mappings take them, on the host: from several CPUs at once, beside writers. */

#include "../ramfs.h"
#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/fault.h>
#include <uk/string.h>
#include <uk/test.h>

#define PAGES 40u

static struct uk_thread threads[UK_CPUS_MAX];
static struct uk_fs_node *root, *file;

struct word_io {
	struct uk_fs_io io;
	uint64_t word;
};

static long move(struct uk_fs_io *io, void *at, size_t n)
{
	struct word_io *w = UK_CONTAINER_OF(io, struct word_io, io);

	(void)n;
	memcpy(at, &w->word, sizeof(w->word));
	io->left -= sizeof(w->word);
	return sizeof(w->word);
}

static bool make(void)
{
	const struct uk_fs_new what = { .mode = UK_S_IFREG | 0600 };

	return uk_ramfs_create(4ul << 20, &root) == 0 &&
	       root->ops->change->create(root, "f", 1, &what, &file) == 0 &&
	       file->ops->change->truncate(file, PAGES * UK_PAGE_SIZE - 5) == 0;
}

static uint64_t used(void)
{
	struct uk_ramfs_usage usage;

	uk_ramfs_usage(root, &usage);
	return usage.used;
}

static const struct uk_vm_ops *ops_of(bool writes)
{
	struct uk_vm_source source = { .writes = writes };

	UK_EXPECT_EQ(file->ops->change->map(file, &source), 0);
	UK_EXPECT(source.object == file && !source.read_only);
	source.ops->drop(file);
	return source.ops;
}

UK_TEST(ramfs_map, pages_are_those_of_the_file)
{
	UK_REQUIRE(make());
	const struct uk_vm_ops *ops = ops_of(false);
	struct word_io w = { { .move = move, .offset = 8 + UK_PAGE_SIZE, .left = 8 }, 4711 };
	uint64_t before = used();
	uk_paddr_t pa, again;

	UK_EXPECT_EQ(ops->get(file, UK_PAGE_SIZE, &pa), 0);
	UK_EXPECT(used() >= before + UK_PAGE_SIZE);
	UK_EXPECT_EQ(file->ops->change->write(file, &w.io), 8);
	UK_EXPECT_EQ(((uint64_t *)uk_phys_to_virt(pa))[1], 4711);
	UK_EXPECT_EQ(ops->get(file, UK_PAGE_SIZE, &again), 0);
	UK_EXPECT_EQ(pa, again);
	UK_EXPECT_EQ(ops->get(file, (PAGES - 1) * UK_PAGE_SIZE, &again), 0);
	UK_EXPECT_EQ(ops->get(file, PAGES * UK_PAGE_SIZE, &again), -EIO);
	UK_EXPECT(ops->enter(file, UK_PAGE_SIZE, pa) && !ops->enter(file, 0, pa));
	ops->put(file, UK_PAGE_SIZE, pa);
	UK_EXPECT_EQ(file->ops->change->truncate(file, UK_PAGE_SIZE), 0);
	UK_EXPECT(!ops->enter(file, UK_PAGE_SIZE, pa));
	UK_EXPECT_EQ(ops->get(file, UK_PAGE_SIZE, &pa), -EIO);
	uk_fs_node_put(file);
	uk_fs_node_put(root);
}

static void work(unsigned int cpu, void *unused)
{
	const struct uk_vm_ops *ops = ops_of(false);
	uk_paddr_t pa;

	(void)unused;
	uk_cpu_thread_set(&threads[cpu]);
	for (unsigned int i = 0; i < PAGES; i++) {
		uint64_t offset = i * UK_PAGE_SIZE;
		struct word_io w = { { .move = move, .offset = offset + 8 * cpu, .left = 8 }, i };

		if ((i + cpu) % 2) {
			UK_EXPECT_EQ(file->ops->change->write(file, &w.io), 8);
			continue;
		}
		UK_EXPECT_EQ(ops->get(file, offset, &pa), 0);
		UK_EXPECT(ops->enter(file, offset, pa));
		ops->put(file, offset, pa);
	}
}

/* A hole that a writer and a fault fill at once gets one page. */
UK_TEST(ramfs_map, holes_on_all_cpus)
{
	for (unsigned int round = 0; round < 50; round++) {
		UK_REQUIRE(make());
		uint64_t before = used();

		uk_test_smp(work, NULL);
		UK_EXPECT_EQ(uk__ramfs_of(file)->pages, PAGES);
		UK_EXPECT_EQ(file->ops->change->truncate(file, 0), 0);
		UK_EXPECT(used() <= before);
		uk_fs_node_put(file);
		uk_fs_node_put(root);
	}
}

static void map_and_unmap(unsigned int cpu, void *unused)
{
	const struct uk_vm_ops *ops = ops_of(cpu % 2);

	(void)unused;
	for (unsigned int i = 0; i < 500; i++) {
		ops->hold(file);
		UK_EXPECT(cpu % 2 == 0 || uk_ramfs_is_mapped(file));
		ops->drop(file);
	}
}

/* Who may write is counted, and who reads is not. */
UK_TEST(ramfs_map, writers_are_counted)
{
	UK_REQUIRE(make());
	const struct uk_vm_ops *ops = ops_of(true);

	UK_EXPECT(!uk_ramfs_is_mapped(file));
	uk_test_smp(map_and_unmap, NULL);
	UK_EXPECT(!uk_ramfs_is_mapped(file));
	ops->hold(file);
	UK_EXPECT(uk_ramfs_is_mapped(file));
	ops->drop(file);
	uk_fs_node_put(file);
	uk_fs_node_put(root);
}
