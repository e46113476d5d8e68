/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Between the files of this library.
 */

#include <uk/abi/stat.h>
#include <uk/file.h>
#include <uk/fs.h>
#include <uk/posix-fs.h>

/*
 * An absolute path from one of the application's and the directory that it starts at
 * (UK_AT_FDCWD or a descriptor): heap memory of the caller, UK_FS_PATH_MAX bytes. -ENOENT: it
 * is empty; -EFAULT, -ENAMETOOLONG, -EBADF, -ENOTDIR, -ENOMEM.
 */
int uk__posix_fs_path(int dirfd, const char *user, char **out);
/* The string alone, absolute or not; may be empty. */
int uk__posix_fs_string(const char *user, char **out);

/* A file on a node, taking its reference; `path` (a directory's; heap memory, taken) may be
 * NULL. NULL: no memory, nothing was taken. */
struct uk_file *uk__posix_fs_node_file(struct uk_fs_node *node, char *path, uint32_t flags);
/* The path of an open directory; NULL: it is none. Valid as long as the file. */
const char *uk__posix_fs_dir_path(const struct uk_file *file);

/* The special file of that name, a device or a text as asked, or NULL. */
const struct uk_posix_fs_special *uk__posix_fs_special(const char *path, bool device);
/* Open it: a file, or -Exxx. */
int uk__posix_fs_special_open(const struct uk_posix_fs_special *s, uint32_t flags,
			      struct uk_file **out);
/* The same for those that stand for a file that is open: their operations are these. */
extern const struct uk_file_ops uk__posix_fs_opened_ops;
int uk__posix_fs_opened(const struct uk_posix_fs_special *s, uint32_t flags, struct uk_file **out);
void uk__posix_fs_special_stat(const struct uk_posix_fs_special *s, struct uk_stat *out);

/* The node of an open file or directory; NULL: it is of another kind. Valid as long as the file. */
struct uk_fs_node *uk__posix_fs_node_of(const struct uk_file *file);

/*
 * From here on only with FS_CHANGE.
 */

/* Where an entry is, or shall be. */
struct uk_posix_fs_place {
	struct uk_fs_node *dir; /* with a reference */
	const char *name;       /* in the path; empty: the root */
	size_t len;
	bool dots;  /* the name is '.' or '..', or there is none */
	bool slash; /* slashes followed: only a directory is meant */
};

/* Of an absolute path, which is cut at the end of the name. */
int uk__posix_fs_place(char *path, struct uk_posix_fs_place *out);
/* Of what the application says; *path is heap memory that holds the name. After an error nothing
 * is kept. */
int uk__posix_fs_place_at(int dirfd, const char *user, char **path, struct uk_posix_fs_place *out);
/* What is there: its UK_S_IF*; or -Exxx. */
int uk__posix_fs_kind(const struct uk_posix_fs_place *at, uint32_t *mode);
/* The place's directory can be changed: 0, or -EROFS; but before that what exists has its say:
 * -EEXIST if there is such an entry, or with `wanted` -ENOENT if there is none. */
int uk__posix_fs_changeable(const struct uk_posix_fs_place *at, bool wanted);

/* The file that open() with O_CREAT means: 0: it is there; 1: it is new. *path may be replaced. The
 * node with a reference. */
int uk__posix_fs_create(char **path, uint32_t flags, uint32_t mode, struct uk_fs_node **out);
/* Permissions of something new. */
uint32_t uk__posix_fs_masked(uint32_t mode);
/* The node that a path of the application leads to; with an empty or no path and
 * UK_AT_EMPTY_PATH, that of the descriptor. With a reference. */
int uk__posix_fs_node_at(int dirfd, const char *user, int flags, struct uk_fs_node **out);
