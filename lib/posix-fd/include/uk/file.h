/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Open files. A struct uk_file is what POSIX calls an open file description: several
 * descriptors may refer to it. Who makes files (a socket, a pipe, a file system) embeds it in a
 * structure of its own, fills in `ops` by uk_file_init() and frees the whole in ops->close().
 *
 * Operations never block: they return -EAGAIN and call uk_poll_wake(&file->poll, ...) when it
 * would go on. Blocking is done once, by uk_file_read() and uk_file_write().
 */

#include <stdbool.h>
#include <uk/abi/fcntl.h>
#include <uk/abi/poll.h>
#include <uk/abi/uio.h>
#include <uk/defs.h>
#include <uk/errno.h>
#include <uk/poll.h>

struct uk_stat;
struct uk_file;
struct uk_vm_source;

/*
 * Where the bytes of a read or write lie in the application: one buffer, or the elements of
 * an iovec array, which stays in the application's memory and is read element by element.
 * Made by uk_file_iter_buffer() or uk_file_iter_vector(), which checked the sum of the lengths.
 */
struct uk_file_iter {
	char *base;                  /* the current element: application memory */
	size_t len;                  /* bytes left in it */
	const struct uk_iovec *next; /* elements after it: application memory */
	size_t total;                /* bytes left in all */
};

/* len above UK_RW_MAX is cut. 0 or -EFAULT. */
int uk_file_iter_buffer(struct uk_file_iter *it, const void *buf, size_t len);
/* -EINVAL: count above UK_IOV_MAX or negative, or the sum of lengths overflows. -EFAULT. */
int uk_file_iter_vector(struct uk_file_iter *it, const struct uk_iovec *vec, long count);
/*
 * Copy to or from the application and move on. The number of bytes: less than n when the
 * iterator ends, or a fault cuts it; -EFAULT when that leaves none. Thread context, no lock held.
 */
long uk_file_iter_put(struct uk_file_iter *it, const void *src, size_t n);
long uk_file_iter_get(struct uk_file_iter *it, void *dst, size_t n);
/* The next run of bytes: its length, and its address in *ptr (for copies by
 * <uk/uaccess.h> only); 0 at the end, -EFAULT. Then tell how many of them were used. */
long uk_file_iter_run(struct uk_file_iter *it, char **ptr);
void uk_file_iter_advance(struct uk_file_iter *it, size_t n); /* n <= what _run() returned */

/* What fcntl() asks of a file's ioctl, with POSIX_FD_SEALS: F_ADD_SEALS (arg: which), F_GET_SEALS.
 * No ioctl of Linux has these numbers. */
#define UK_FILE_ADD_SEALS (1ul << 32 | UK_F_ADD_SEALS)
#define UK_FILE_GET_SEALS (1ul << 32 | UK_F_GET_SEALS)
/* 0: a mapping of it is memory of its own, as /dev/zero's. */
#define UK_FILE_IS_ZEROS (1ul << 33)
/* 0: a write that ends with -EPIPE raises no SIGPIPE; arg: the bytes that were taken before. */
#define UK_FILE_IS_QUIET (1ul << 34)

#define UK_FILE_OWN_POS (-1) /* at the file's own position, which moves */

struct uk_file_ops {
	/* Bytes moved (0 on read: end of file), or -Exxx; `offset` >= 0 or UK_FILE_OWN_POS. A
	 * file without positions ignores it. NULL: -EINVAL, or -EISDIR where getdents is there. */
	long (*read)(struct uk_file *file, struct uk_file_iter *to, int64_t offset);
	long (*write)(struct uk_file *file, struct uk_file_iter *from, int64_t offset);
	/* The new position. NULL: the file has none (-ESPIPE, also for pread and pwrite). */
	int64_t (*seek)(struct uk_file *file, int64_t offset, int whence);
	/* `arg` is what the application gave. -ENOTTY for an unknown request. NULL: the same. */
	long (*ioctl)(struct uk_file *file, unsigned long request, void *arg);
	/* What is true now. Takes no lock that may sleep, touches no application memory: may be
	 * called with a spinlock held. NULL: always readable and writable. */
	uint32_t (*poll)(struct uk_file *file);
	/* Into kernel memory, cleared before. NULL: a character device. */
	int (*stat)(struct uk_file *file, struct uk_stat *out);
	/* struct uk_dirent64 entries; bytes, 0 at the end, -EINVAL: room for none. NULL: -ENOTDIR.
	 */
	long (*getdents)(struct uk_file *file, void *user_buf, size_t len);
	/* The last reference is gone: free it. Thread context. NULL: a file that lives for ever. */
	void (*close)(struct uk_file *file);
#if CONFIG_VM_DEMAND
	/* What its mappings consist of: pages that all of them and read() and write() share. 0;
	 * -ENODEV, as NULL: mappings are copies that are read; -EPERM. */
	int (*map)(struct uk_file *file, struct uk_vm_source *source);
#endif
};

struct uk_file {
	const struct uk_file_ops *ops;
	uint32_t refs;  /* descriptors, and calls that are under way */
	uint32_t flags; /* UK_O_*: access mode (constant), NONBLOCK, APPEND (changed by fcntl) */
	struct uk_poll_source poll;
	/* Limits of a blocking read and write in ns; 0: none. Set by SO_RCVTIMEO, SO_SNDTIMEO. */
	uk_nsec_t timeout[2];
};

/* One reference, the caller's; `flags`: UK_O_RDWR | UK_O_NONBLOCK ... Any context. */
void uk_file_init(struct uk_file *file, const struct uk_file_ops *ops, uint32_t flags);
void uk_file_get(struct uk_file *file);
/* The last put takes the file out of all epoll sets and closes it. Thread context, no lock held. */
void uk_file_put(struct uk_file *file);

/*
 * Read and write as the system calls do: block unless UK_O_NONBLOCK, until something was read
 * or all was written. Bytes or -Exxx (-EAGAIN also when file->timeout passed). Who writes where
 * nobody reads any more gets SIGPIPE where there are signals: of a pipe also if a part was taken
 * before, of a stream socket only if nothing was, of other sockets never.
 * Thread context.
 */
long uk_file_read(struct uk_file *file, struct uk_file_iter *to, int64_t offset);
long uk_file_write(struct uk_file *file, struct uk_file_iter *from, int64_t offset);
uint32_t uk_file_poll(struct uk_file *file);
int uk_file_stat(struct uk_file *file, struct uk_stat *out); /* fills all of *out */
/* Wait until the file shows one of `events` (or ERR or HUP). 0, -ETIMEDOUT, -EINTR. */
int uk_file_wait(struct uk_file *file, uint32_t events, uk_nsec_t deadline);
/*
 * What a call returns that had no effect and whose wait ended with `err`: -EAGAIN after a timeout;
 * after a signal -UK_ERESTART, or -EINTR where there is a deadline.
 */
uk_inline long uk_file_unwaited(int err, uk_nsec_t deadline)
{
	if (!CONFIG_THREAD_INTERRUPT || err != -EINTR)
		return -EAGAIN;
	return deadline == UK_NSEC_NEVER ? -UK_ERESTART : -EINTR;
}
/* The deadline of a blocking call that starts now: `write` 0 or 1. */
uk_nsec_t uk_file_deadline(const struct uk_file *file, unsigned int write);

/*
 * Descriptors. Thread context; all are safe against each other on several CPUs.
 */

#define UK_FD_MAX CONFIG_POSIX_FD_MAX

/*
 * The lowest free descriptor from `lowest` on for `file`; takes over the caller's reference, also
 * when it fails. `flags`: UK_O_CLOEXEC or 0. -EMFILE.
 */
int uk_fd_install(struct uk_file *file, uint32_t flags);
int uk_fd_install_from(struct uk_file *file, uint32_t flags, unsigned int lowest);
/* Reserve before a file that is costly to undo is made; then fill it, or give it back. */
int uk_fd_reserve(uint32_t flags);
void uk_fd_fill(int fd, struct uk_file *file);
void uk_fd_release(int fd);
/* A reference to the file, to be put; NULL: no such descriptor (-EBADF). */
struct uk_file *uk_fd_get(int fd);
#define uk_fd_put(file) uk_file_put(file)
/* 0 or -EBADF. */
int uk_fd_close(int fd);
/* The terminal, whatever became of the descriptors 0 to 2: with a reference, to be put. */
struct uk_file *uk_fd_terminal(void);
