/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sending (POSIX.1-2017, XSH sendmsg()). SIGPIPE comes where there are signals.
 */

#include "net.h"
#include <uk/errno.h>
#include <uk/signal.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

#define KNOWN (UK_MSG_DONTWAIT | UK_MSG_NOSIGNAL | UK_MSG_MORE | UK_MSG_EOR | UK_MSG_DONTROUTE)

/* All of it on a stream that blocks, else what goes at once; a datagram whole. */
static long send_all(struct uk_sock *sock, struct uk_sock_msg *msg, uint32_t flags)
{
	uk_nsec_t deadline = 0;
	long done = 0, n;

	if (flags & ~KNOWN)
		return -EOPNOTSUPP;
	do {
		msg->flags = flags & UK_MSG_MORE;
		n = sock->ops->send(sock, msg);
		if (n > 0)
			done += n;
		if (n == -EAGAIN && uk__posix_net_again(sock, flags, UK_POLLOUT, &deadline, &n))
			n = 1;
	} while (n > 0 && msg->data.total > 0);
	if (CONFIG_THREAD_INTERRUPT && n == -EPIPE && done == 0 && sock->type == UK_SOCK_STREAM &&
	    !(flags & UK_MSG_NOSIGNAL))
		uk_signal_raise(UK_SIGPIPE);
	return done > 0 ? done : n;
}

static long set_address(struct uk_sock_msg *msg, const void *user, uint32_t len)
{
	long n;

	msg->addr_len = 0;
	if (!user || len == 0)
		return 0;
	n = uk__posix_net_addr_in(&msg->addr, user, len);
	if (n > 0)
		msg->addr_len = (uint32_t)n;
	return n < 0 ? n : 0;
}

UK_SYSCALL_FULL6(sendto, int, fd, const void *, buf, size_t, len, uint32_t, flags, const void *,
		 addr, uint32_t, addr_len)
{
	struct uk_sock_msg msg;
	int err;
	struct uk_sock *sock = uk__posix_net_get(fd, &err);
	long n;

	if (!sock)
		return err;
	n = uk_file_iter_buffer(&msg.data, buf, len);
	if (n == 0)
		n = set_address(&msg, addr, addr_len);
	if (n == 0)
		n = send_all(sock, &msg, flags);
	uk__posix_net_put(sock);
	return n;
}

static long send_header(struct uk_sock *sock, const struct uk_msghdr *user, uint32_t flags)
{
	struct uk_sock_msg msg;
	struct uk_msghdr hdr;
	long n;

	if (uk_uaccess_read(&hdr, user, sizeof(hdr)))
		return -EFAULT;
	/* libc has 32-bit lengths with padding that is not always cleared. */
	n = uk_file_iter_vector(&msg.data, hdr.msg_iov, (int32_t)hdr.msg_iovlen);
	if (n)
		return n == -EINVAL ? -EMSGSIZE : n;
	if ((uint32_t)hdr.msg_controllen != 0)
		return -EOPNOTSUPP;
	n = set_address(&msg, hdr.msg_name, hdr.msg_namelen);
	return n ? n : send_all(sock, &msg, flags);
}

UK_SYSCALL_FULL3(sendmsg, int, fd, const struct uk_msghdr *, hdr, uint32_t, flags)
{
	int err;
	struct uk_sock *sock = uk__posix_net_get(fd, &err);
	long n;

	if (!sock)
		return err;
	n = send_header(sock, hdr, flags);
	uk__posix_net_put(sock);
	return n;
}
