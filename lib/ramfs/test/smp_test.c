/* SPDX-License-Identifier: BSD-3-Clause */
/* Names and contents from several CPUs at once; each host thread is a CPU with one thread. */

#include "../ramfs.h"
#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/string.h>
#include <uk/test.h>

#define ROUNDS 6000 /* so many that the CPUs meet, also where they share one of the host's */

static struct uk_thread threads[UK_CPUS_MAX];

static struct {
	struct uk_fs_node *root;
	struct uk_fs_node *log; /* all append to it */
} all;

struct small_io {
	struct uk_fs_io io;
	char *at;
	bool out;
};

static long move(struct uk_fs_io *io, void *at, size_t n)
{
	struct small_io *s = UK_CONTAINER_OF(io, struct small_io, io);
	size_t k = UK_MIN(n, io->left);

	memcpy(s->out ? s->at : at, s->out ? at : s->at, k);
	s->at += k;
	io->left -= k;
	return (long)k;
}

static const char *const names[] = { "a", "b", "c", "d" };

static void churn(unsigned int r)
{
	const struct uk_fs_new file = { .mode = UK_S_IFREG | 0600 };
	const struct uk_fs_change_ops *ops = all.root->ops->change;
	const char *name = names[r % 4], *other = names[r / 4 % 4];
	struct uk_fs_node *node;
	struct uk_fs_dirent entry;
	struct uk_stat st;
	uint64_t cursor = 0;

	switch (r / 16 % 5) {
	case 0: (void)ops->create(all.root, name, 1, &file, NULL); break;
	case 1: (void)ops->unlink(all.root, name, 1, false); break;
	case 2: {
		struct uk_fs_rename what = { all.root, name, 1, all.root, other, 1, 0 };

		(void)ops->rename(&what);
		break;
	}
	case 3:
		while (all.root->ops->readdir(all.root, &cursor, &entry) == 1)
			continue;
		break;
	default:
		if (all.root->ops->lookup(all.root, name, 1, &node))
			break;
		(void)ops->truncate(node, r);
		(void)node->ops->stat(node, &st);
		(void)ops->link(all.root, other, 1, node);
		uk_fs_node_put(node);
	}
}

/* Numbers that no two CPUs share, of 8 bytes each: whole and each once, whoever was faster. */
static void work(unsigned int cpu, void *unused)
{
	unsigned int r = cpu * 7919 + 1;

	(void)unused;
	uk_cpu_thread_set(&threads[cpu]);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		uint64_t number = (uint64_t)cpu << 32 | i;
		struct small_io s = { { .move = move, .left = 8, .append = true },
				      (char *)&number,
				      false };

		UK_EXPECT(all.log->ops->change->write(all.log, &s.io) == 8);
		r = r * 1103515245 + 12345;
		churn(r >> 8);
	}
}

UK_TEST(ramfs_smp, names_and_appends_from_all_cpus)
{
	const struct uk_fs_new file = { .mode = UK_S_IFREG | 0600 };
	unsigned int next[UK_CPUS_MAX] = { 0 };
	struct uk_stat st = { 0 };

	UK_REQUIRE(uk_ramfs_create(8ul << 20, &all.root) == 0);
	UK_REQUIRE(all.root->ops->change->create(all.root, "log", 3, &file, &all.log) == 0);
	uk_test_smp(work, NULL);
	uk_cpu_thread_set(&threads[0]);
	UK_EXPECT_EQ(all.log->ops->stat(all.log, &st), 0);
	for (uint64_t at = 0; at < (uint64_t)st.st_size; at += 8) {
		uint64_t number = 0;
		unsigned int cpu;

		UK_EXPECT_EQ(uk_fs_read(all.log, at, &number, 8), 8);
		cpu = (unsigned int)(number >> 32);
		UK_REQUIRE(cpu < UK_CPUS_MAX);
		UK_EXPECT_EQ((uint32_t)number, next[cpu]++);
	}
	for (unsigned int cpu = 0; cpu < UK_CPUS_MAX; cpu++)
		UK_EXPECT_EQ(next[cpu], ROUNDS);
	uk_fs_node_put(all.log);
	uk_fs_node_put(all.root); /* asserts that nothing is left */
}
