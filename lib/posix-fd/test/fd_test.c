/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/errno.h>
#include <uk/file.h>
#include <uk/test.h>

static unsigned int closed;

static void count_close(struct uk_file *file)
{
	(void)file;
	uk_fetch_add(&closed, 1);
}

static const struct uk_file_ops ops = { .close = count_close };

static struct uk_file *fresh(struct uk_file *file)
{
	uk_file_init(file, &ops, UK_O_RDWR);
	return file;
}

/* In the guest 0, 1 and 2 are taken; cases work relative to what is free. */
static int first_free(void)
{
	int fd = uk_fd_reserve(0);

	uk_fd_release(fd);
	return fd;
}

UK_TEST(fd, lowest_free_is_given)
{
	struct uk_file file[3];
	int base = first_free();

	for (int i = 0; i < 3; i++)
		UK_EXPECT_EQ(uk_fd_install(fresh(&file[i]), 0), base + i);
	UK_EXPECT_EQ(uk_fd_close(base + 1), 0);
	UK_EXPECT_EQ(uk_fd_install(fresh(&file[1]), 0), base + 1);
	for (int i = 0; i < 3; i++)
		uk_fd_close(base + i);
	UK_EXPECT_EQ(uk_fd_close(base), -EBADF);
	UK_EXPECT_EQ(uk_fd_close(-1), -EBADF);
	UK_EXPECT_EQ(uk_fd_close(UK_FD_MAX), -EBADF);
	UK_EXPECT_EQ(uk_fd_close(INT32_MAX), -EBADF);
}

UK_TEST(fd, full_table)
{
	static struct uk_file file[UK_FD_MAX];
	unsigned int n = 0, base = (unsigned int)first_free();
	struct uk_file one_more;

	closed = 0;
	while (n < UK_FD_MAX - base && uk_fd_install(fresh(&file[n]), 0) == (int)(base + n))
		n++;
	UK_EXPECT_EQ(n, UK_FD_MAX - base);
	UK_EXPECT_EQ(uk_fd_install(fresh(&one_more), 0), -EMFILE);
	UK_EXPECT_EQ(closed, 1); /* the reference was taken over all the same */
	UK_EXPECT_EQ(uk_fd_reserve(0), -EMFILE);
	uk_fd_close((int)(base + n / 2));
	UK_EXPECT_EQ(uk_fd_install(fresh(&one_more), 0), base + n / 2);
	for (unsigned int fd = base; fd < UK_FD_MAX; fd++)
		uk_fd_close((int)fd);
	UK_EXPECT_EQ(closed, n + 2);
}

UK_TEST(fd, from_a_lowest_number)
{
	struct uk_file file;
	int fd = uk_fd_install_from(fresh(&file), 0, 33);

	UK_EXPECT_EQ(fd, 33);
	uk_file_get(&file);
	UK_EXPECT_EQ(uk_fd_install_from(&file, 0, 33), 34);
	uk_fd_close(33);
	uk_fd_close(34);
	UK_EXPECT_EQ(uk_fd_install_from(fresh(&file), 0, UK_FD_MAX), -EMFILE);
}

UK_TEST(fd, reference_keeps_the_file)
{
	struct uk_file file, *got;
	int fd;

	closed = 0;
	fd = uk_fd_install(fresh(&file), 0);
	got = uk_fd_get(fd);
	UK_EXPECT(got == &file);
	UK_EXPECT_EQ(uk_fd_close(fd), 0);
	UK_EXPECT(uk_fd_get(fd) == NULL);
	UK_EXPECT_EQ(closed, 0);
	uk_fd_put(got);
	UK_EXPECT_EQ(closed, 1);
}

UK_TEST(fd, reserved_is_no_file_yet)
{
	struct uk_file file;
	int fd = uk_fd_reserve(UK_O_CLOEXEC);

	UK_REQUIRE(fd >= 0);
	UK_EXPECT(uk_fd_get(fd) == NULL);
	UK_EXPECT_EQ(uk_fd_close(fd), -EBADF);
	uk_fd_fill(fd, fresh(&file));
	UK_EXPECT_EQ(uk_fd_close(fd), 0);
}

/* Against a plain array of flags. */
UK_TEST(fd, random_against_a_model)
{
	static struct uk_file file[UK_FD_MAX];
	static bool taken[UK_FD_MAX];
	int base = first_free();

	for (int fd = 0; fd < UK_FD_MAX; fd++)
		taken[fd] = fd < base;
	for (int step = 0; step < 20000; step++) {
		int fd = (int)uk_test_random_below(UK_FD_MAX), want = 0;

		if (uk_test_random_below(5) < 2) {
			if (fd >= base) {
				UK_EXPECT_EQ(uk_fd_close(fd), taken[fd] ? 0 : -EBADF);
				taken[fd] = false;
			}
			continue;
		}
		while (want < UK_FD_MAX && taken[want])
			want++;
		if (want == UK_FD_MAX)
			continue;
		UK_EXPECT_EQ(uk_fd_install(fresh(&file[want]), 0), want);
		taken[want] = true;
	}
	for (int fd = base; fd < UK_FD_MAX; fd++)
		uk_fd_close(fd);
}

/* Four CPUs take and give descriptors: nobody gets one that another one has. */
static uint32_t owner[UK_FD_MAX];

static void take_and_give(unsigned int cpu, void *arg)
{
	static struct uk_file files[4][8];

	(void)arg;
	for (int round = 0; round < 2000; round++) {
		int fd[8];

		for (int i = 0; i < 8; i++) {
			fd[i] = uk_fd_install(fresh(&files[cpu][i]), 0);
			if (fd[i] >= 0)
				UK_EXPECT_EQ(uk_exchange(&owner[fd[i]], cpu + 1), 0);
		}
		for (int i = 0; i < 8; i++) {
			if (fd[i] < 0)
				continue;
			UK_EXPECT_EQ(uk_exchange(&owner[fd[i]], 0), cpu + 1);
			uk_fd_close(fd[i]);
		}
	}
}

UK_TEST(fd, several_cpus)
{
	uk_test_smp(take_and_give, NULL);
}
