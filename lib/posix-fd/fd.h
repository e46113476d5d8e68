/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Between the files of this library. fd is a number below UK_FD_MAX.
 */

#include <uk/file.h>

/* Put `file` (taking the caller's reference) at fd, in one step with taking away what was there.
 * fd, or -EBUSY when fd is reserved by a call that is under way. */
int uk__posix_fd_replace(int fd, struct uk_file *file, uint32_t flags);
/* set: 1, 0, or -1 to ask only. The bit as it is then. */
int uk__posix_fd_cloexec(int fd, int set);
