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
void uk__posix_fs_special_stat(const struct uk_posix_fs_special *s, struct uk_stat *out);
