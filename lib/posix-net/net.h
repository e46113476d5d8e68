/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Between the files of this library.
 */

#include <uk/sock.h>

/* The socket behind a descriptor, with a reference to be put; NULL and *err = -EBADF or
 * -ENOTSOCK. */
struct uk_sock *uk__posix_net_get(int fd, int *err);

uk_inline void uk__posix_net_put(struct uk_sock *sock)
{
	uk_file_put(&sock->file);
}

/* A new socket's descriptor; `flags`: UK_SOCK_NONBLOCK, UK_SOCK_CLOEXEC. Closes it if it fails. */
int uk__posix_net_install(struct uk_sock *sock, int flags);

/* An address from the application: its length (at least 2), or -EINVAL, -EFAULT. */
long uk__posix_net_addr_in(struct uk_sockaddr_storage *out, const void *user, uint32_t len);
/* One to it, cut to the room that *user_len says; *user_len becomes the full length. */
int uk__posix_net_addr_out(void *user, uint32_t *user_len, const struct uk_sockaddr_storage *addr,
			   uint32_t len);

/* Waits for `event` if the call may: 0, or an error. *deadline is 0 at first. */
int uk__posix_net_wait(struct uk_sock *sock, uint32_t flags, uint32_t event, uk_nsec_t *deadline);

/*
 * -EAGAIN came back: true when the call shall be tried again, after waiting for `event`;
 * else *n, which is -EAGAIN, may have become another error: a signal came.
 */
uk_inline bool uk__posix_net_again(struct uk_sock *sock, uint32_t flags, uint32_t event,
				   uk_nsec_t *deadline, long *n)
{
	int err = uk__posix_net_wait(sock, flags, event, deadline);

	if (CONFIG_THREAD_INTERRUPT && err)
		*n = uk_file_unwaited(err, *deadline);
	return err == 0;
}
