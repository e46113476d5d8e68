/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * File systems. A file system registers its type in the table `fs`; mounting gives a tree of
 * nodes, each a file, a directory or a symbolic link. Names are bytes without '/' and NUL.
 *
 * All in thread context (mounting also in boot context), no spinlock held: operations may
 * sleep. What changes files is in uk_fs_change_ops; a file system without them answers -EROFS.
 */

#include <stdbool.h>
#include <uk/abi/stat.h>
#include <uk/defs.h>
#include <uk/table.h>

#define UK_FS_NAME_MAX  255u  /* bytes of one name */
#define UK_FS_PATH_MAX  4096u /* bytes of a path with its terminator */
#define UK_FS_DEPTH_MAX 32u   /* directories on a path */
#define UK_FS_LINKS_MAX 40u   /* symbolic links followed on one walk */

struct uk_fs_node;
struct uk_vm_source;

struct uk_fs_dirent {
	const char *name; /* name_len bytes; valid until the next call for this directory */
	size_t name_len;
	uint64_t ino;
	uint32_t mode;            /* UK_S_IF* */
	char own[UK_FS_NAME_MAX]; /* for a name that may go at any time: `name` points here */
};

/*
 * One read or write. The file system calls move() for each piece of the file's memory, in order;
 * it copies up to n bytes to or from the caller, counts `left` down, and returns how many (less
 * than n: the caller's memory ended), or -EFAULT. No spinlock is held then; it may fault.
 */
struct uk_fs_io {
	long (*move)(struct uk_fs_io *io, void *at, size_t n);
	uint64_t offset; /* where it begins; the file system leaves here where it ended */
	size_t left;     /* bytes that the caller still wants to move */
	bool append;     /* of a write: begin at the end of the file */
	/* The next `run` of them lie at `user`, in application memory: instead of calling move(),
	 * they may be copied by <uk/uaccess.h>, and uk_fs_io_moved() told. 0: only move(). */
	char *user;
	size_t run;
};

uk_inline void uk_fs_io_moved(struct uk_fs_io *io, size_t n)
{
	io->user += n;
	io->run -= n;
	io->left -= n;
}

/* What a new entry is: a file, directory or symbolic link. */
struct uk_fs_new {
	uint32_t mode;      /* UK_S_IF* and permissions */
	const char *target; /* of a symbolic link: target_len bytes */
	size_t target_len;
};

#define UK_FS_SET_MODE      1u
#define UK_FS_SET_UID       2u
#define UK_FS_SET_GID       4u
#define UK_FS_SET_ATIME     8u
#define UK_FS_SET_MTIME     16u
#define UK_FS_SET_ATIME_NOW 32u
#define UK_FS_SET_MTIME_NOW 64u

struct uk_fs_attr {
	unsigned int set; /* UK_FS_SET_*: the others stay as they are */
	uint32_t mode;    /* permissions alone */
	uint32_t uid;
	uint32_t gid;
	struct uk_timespec atime;
	struct uk_timespec mtime;
};

#define UK_FS_RENAME_NOREPLACE 1u

struct uk_fs_rename {
	struct uk_fs_node *from_dir;
	const char *from;
	size_t from_len;
	struct uk_fs_node *to_dir; /* has the operations that from_dir has */
	const char *to;
	size_t to_len;
	unsigned int flags;
};

/*
 * Names are no '.' and '..', at least one byte long and at most UK_FS_NAME_MAX; `dir` is a
 * directory, but may be one that was removed: -ENOENT. All: -ENOSPC, -ENOMEM.
 */
struct uk_fs_change_ops {
	/* Of a file. Bytes moved, 0 at the end; what was moved before an error counts. */
	long (*read)(struct uk_fs_node *node, struct uk_fs_io *io);
	long (*write)(struct uk_fs_node *node, struct uk_fs_io *io); /* -EFBIG */
	int (*truncate)(struct uk_fs_node *node, uint64_t size);     /* -EFBIG */
	int (*set)(struct uk_fs_node *node, const struct uk_fs_attr *attr);
	/* A reference for the caller in *out, unless that is NULL. -EEXIST. */
	int (*create)(struct uk_fs_node *dir, const char *name, size_t len,
		      const struct uk_fs_new *what, struct uk_fs_node **out);
	/* -EXDEV: another file system's; -EPERM: a directory; -EEXIST. */
	int (*link)(struct uk_fs_node *dir, const char *name, size_t len, struct uk_fs_node *node);
	/* `directory`: remove an empty directory (-ENOTDIR, -ENOTEMPTY), else anything but one
	 * (-EISDIR). What is open lives on until the last reference goes. */
	int (*unlink)(struct uk_fs_node *dir, const char *name, size_t len, bool directory);
	/* In one step with taking away what was there. -EXDEV, -EINVAL (into itself), -EEXIST,
	 * -EISDIR, -ENOTDIR, -ENOTEMPTY. */
	int (*rename)(const struct uk_fs_rename *what);
#if CONFIG_VM_DEMAND
	/* Of a file: its pages, for mappings (<uk/fault.h>). 0 or -EPERM. NULL: none that could be
	 * shared. */
	int (*map)(struct uk_fs_node *node, struct uk_vm_source *source);
#endif
};

struct uk_fs_ops {
	/* The entry `name` of a directory, a reference for the caller. -ENOENT. */
	int (*lookup)(struct uk_fs_node *dir, const char *name, size_t len,
		      struct uk_fs_node **out);
	/*
	 * Entries one after the other: *cursor is 0 at first, then what the last call left there.
	 * 1: one is in *out; 0: no more. The walk does '.' and '..': they are not among them.
	 */
	int (*readdir)(struct uk_fs_node *dir, uint64_t *cursor, struct uk_fs_dirent *out);
	/* Into *out, which was cleared: ino, mode, nlink, size, times, owner. */
	int (*stat)(struct uk_fs_node *node, struct uk_stat *out);
	/*
	 * Bytes from `offset` on where they lie: *ptr, readable while the node is referenced, never
	 * written. Their number, up to the end of the file; 0 at and behind it. NULL: only read().
	 */
	long (*map)(struct uk_fs_node *node, uint64_t offset, const void **ptr);
	/* Copies: the number of bytes, 0 at the end. NULL: only map(). */
	long (*read)(struct uk_fs_node *node, uint64_t offset, void *buf, size_t len);
	/* Where a symbolic link leads: at most `size` bytes, no terminator; the full length. */
	long (*readlink)(struct uk_fs_node *node, char *buf, size_t size);
	/* The last reference is gone. NULL: nodes live as long as the mount. */
	void (*release)(struct uk_fs_node *node);
#if CONFIG_FS_CHANGE
	const struct uk_fs_change_ops *change; /* NULL: read-only. For all: uk_fs_change() */
#endif
};

/* Embedded by the file system in its own structure. */
struct uk_fs_node {
	const struct uk_fs_ops *ops;
	uint32_t mode; /* UK_S_IF*: what kind of node; constant */
	uint32_t refs; /* used where ops->release is there */
};

/* What changes it, or NULL: it is on a read-only file system. */
#if CONFIG_FS_CHANGE
uk_inline const struct uk_fs_change_ops *uk_fs_change(const struct uk_fs_node *node)
{
	return node->ops->change;
}
#else
uk_inline const struct uk_fs_change_ops *uk_fs_change(const struct uk_fs_node *node uk_unused)
{
	return NULL;
}
#endif

void uk_fs_node_get(struct uk_fs_node *node);
void uk_fs_node_put(struct uk_fs_node *node);

/* A type of file system. */
struct uk_fs_type {
	const char *name;
	/* `source` means what the type says. The root with a reference in *root, or -Exxx. */
	int (*mount)(const char *source, struct uk_fs_node **root);
};
UK_TABLE(struct uk_fs_type, fs);

/*
 * Mount on the directory `target` (absolute; the first mount is on "/"). -ENODEV: no such type;
 * -ENOSPC: FS_MOUNTS_MAX; -EBUSY: something is mounted there; what the walk or mount() says.
 */
int uk_fs_mount(const char *type, const char *source, const char *target);
/* The same with a tree that the caller made; its reference goes over on success. */
int uk_fs_mount_node(struct uk_fs_node *root, const char *target);

#define UK_FS_NOFOLLOW 1u /* a symbolic link at the end of the path is the answer */

/*
 * Walk the absolute path of `len` bytes (no terminator needed, no NUL within) to a node, with a
 * reference. A path that ends in '/' or '/.' names a directory. -ENOENT (also: nothing is
 * mounted), -ENOTDIR, -ELOOP (too many links), -ENAMETOOLONG (name, path or depth), -ENOMEM.
 */
int uk_fs_walk(const char *path, size_t len, unsigned int flags, struct uk_fs_node **out);

/* Read through map() or read(): the number of bytes, 0 at the end, -EISDIR. */
long uk_fs_read(struct uk_fs_node *node, uint64_t offset, void *buf, size_t len);

/* Something is mounted on the node: it cannot be removed or renamed. */
bool uk_fs_is_covered(const struct uk_fs_node *node);
