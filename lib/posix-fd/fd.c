/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of descriptors: one for the whole machine, a bit per descriptor in use and a bit
 * per full word of those, so that the lowest free one is found in a few instructions.
 */

#include "fd.h"
#include <uk/errno.h>
#include <uk/panic.h>

#define WORDS   ((UK_FD_MAX + 63) / 64)
#define SUMMARY ((WORDS + 63) / 64)

/* A descriptor whose bit is set and whose file is NULL is reserved. */
static struct {
	struct uk_spinlock lock; /* all that follows */
	uint64_t used[WORDS];
	uint64_t full[SUMMARY]; /* words of `used` without a zero */
	uint64_t cloexec[WORDS];
	struct uk_file *file[UK_FD_MAX];
} fds;

static int next_word_with_room(unsigned int word)
{
	for (unsigned int s = word / 64; s < SUMMARY; s++) {
		uint64_t room = ~fds.full[s];

		if (s == word / 64)
			room &= ~0ull << (word % 64);
		if (room != 0)
			return (int)(s * 64 + (unsigned int)__builtin_ctzll(room));
	}
	return WORDS;
}

static int lowest_free(unsigned int lowest)
{
	unsigned int word = lowest / 64;
	uint64_t room;

	if (lowest >= UK_FD_MAX)
		return -EMFILE;
	room = ~fds.used[word] & ~0ull << (lowest % 64);
	if (room == 0) {
		word = (unsigned int)next_word_with_room(word + 1);
		if (word >= WORDS)
			return -EMFILE;
		room = ~fds.used[word];
	}
	lowest = word * 64 + (unsigned int)__builtin_ctzll(room);
	return lowest < UK_FD_MAX ? (int)lowest : -EMFILE;
}

static void set_used(unsigned int fd, struct uk_file *file, uint32_t flags)
{
	uint64_t bit = 1ull << (fd % 64);

	fds.used[fd / 64] |= bit;
	if (~fds.used[fd / 64] == 0)
		fds.full[fd / 4096] |= 1ull << (fd / 64 % 64);
	if (flags & UK_O_CLOEXEC)
		fds.cloexec[fd / 64] |= bit;
	else
		fds.cloexec[fd / 64] &= ~bit;
	fds.file[fd] = file;
}

static void set_free(unsigned int fd)
{
	fds.used[fd / 64] &= ~(1ull << (fd % 64));
	fds.full[fd / 4096] &= ~(1ull << (fd / 64 % 64));
	fds.file[fd] = NULL;
}

static int claim(struct uk_file *file, uint32_t flags, unsigned int lowest)
{
	uk_spin_lock(&fds.lock);
	int fd = lowest_free(lowest);

	if (fd >= 0)
		set_used((unsigned int)fd, file, flags);
	uk_spin_unlock(&fds.lock);
	return fd;
}

int uk_fd_install_from(struct uk_file *file, uint32_t flags, unsigned int lowest)
{
	int fd = claim(file, flags, lowest);

	if (fd < 0)
		uk_file_put(file);
	return fd;
}

int uk_fd_install(struct uk_file *file, uint32_t flags)
{
	return uk_fd_install_from(file, flags, 0);
}

int uk_fd_reserve(uint32_t flags)
{
	return claim(NULL, flags, 0);
}

void uk_fd_fill(int fd, struct uk_file *file)
{
	uk_spin_lock(&fds.lock);
	UK_ASSERT(fds.file[fd] == NULL);
	fds.file[fd] = file;
	uk_spin_unlock(&fds.lock);
}

void uk_fd_release(int fd)
{
	uk_spin_lock(&fds.lock);
	UK_ASSERT(fds.file[fd] == NULL);
	set_free((unsigned int)fd);
	uk_spin_unlock(&fds.lock);
}

struct uk_file *uk_fd_get(int fd)
{
	struct uk_file *file = NULL;

	if ((unsigned int)fd >= UK_FD_MAX)
		return NULL;
	uk_spin_lock(&fds.lock);
	file = fds.file[fd];
	if (file)
		uk_file_get(file);
	uk_spin_unlock(&fds.lock);
	return file;
}

int uk_fd_close(int fd)
{
	struct uk_file *file = NULL;

	if ((unsigned int)fd >= UK_FD_MAX)
		return -EBADF;
	uk_spin_lock(&fds.lock);
	file = fds.file[fd];
	if (file)
		set_free((unsigned int)fd);
	uk_spin_unlock(&fds.lock);
	if (!file)
		return -EBADF;
	uk_file_put(file);
	return 0;
}

int uk__posix_fd_replace(int fd, struct uk_file *file, uint32_t flags)
{
	struct uk_file *old;
	int err = fd;

	uk_spin_lock(&fds.lock);
	old = fds.file[fd];
	if (!old && (fds.used[fd / 64] >> (fd % 64) & 1))
		err = -EBUSY;
	else
		set_used((unsigned int)fd, file, flags);
	uk_spin_unlock(&fds.lock);
	if (err < 0)
		uk_file_put(file);
	else if (old)
		uk_file_put(old);
	return err;
}

int uk__posix_fd_cloexec(int fd, int set)
{
	uint64_t bit = 1ull << (fd % 64);
	bool is;

	uk_spin_lock(&fds.lock);
	if (set == 1)
		fds.cloexec[fd / 64] |= bit;
	else if (set == 0)
		fds.cloexec[fd / 64] &= ~bit;
	is = fds.cloexec[fd / 64] & bit;
	uk_spin_unlock(&fds.lock);
	return is;
}
