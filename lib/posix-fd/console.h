/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Between console.c and stdin.c.
 */

#include <uk/file.h>

long uk__posix_fd_stdin_read(struct uk_file *file, struct uk_file_iter *to, int64_t offset);
uint32_t uk__posix_fd_stdin_poll(struct uk_file *file);
long uk__posix_fd_stdin_ioctl(struct uk_file *file, unsigned long request, void *arg);
