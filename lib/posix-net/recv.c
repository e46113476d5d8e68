/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Receiving (POSIX.1-2017, XSH recvmsg()). Ancillary data never comes.
 */

#include "net.h"
#include <uk/errno.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

#define KNOWN \
	(UK_MSG_DONTWAIT | UK_MSG_PEEK | UK_MSG_WAITALL | UK_MSG_TRUNC | UK_MSG_NOSIGNAL | \
	 UK_MSG_CMSG_CLOEXEC)

/* One piece, blocking as asked; with MSG_WAITALL on a stream, until the buffer is full. */
static long receive(struct uk_sock *sock, struct uk_sock_msg *msg, uint32_t flags)
{
	bool all =
		(flags & UK_MSG_WAITALL) && sock->type == UK_SOCK_STREAM && !(flags & UK_MSG_PEEK);
	uk_nsec_t deadline = 0;
	long done = 0, n;

	if (flags & ~KNOWN)
		return -EOPNOTSUPP;
	do {
		msg->flags = flags & (UK_MSG_PEEK | UK_MSG_TRUNC);
		msg->addr_len = 0;
		n = sock->ops->recv(sock, msg);
		if (n > 0)
			done += n;
		else if (n == -EAGAIN && uk__posix_net_again(sock, flags, UK_POLLIN, &deadline, &n))
			continue;
		else
			break;
	} while (n < 0 || (all && msg->data.total > 0));
	return done > 0 ? done : n;
}

UK_SYSCALL_FULL6(recvfrom, int, fd, void *, buf, size_t, len, uint32_t, flags, void *, addr,
		 uint32_t *, addr_len)
{
	struct uk_sock_msg msg;
	int err;
	struct uk_sock *sock = uk__posix_net_get(fd, &err);
	long n;

	if (!sock)
		return err;
	n = uk_file_iter_buffer(&msg.data, buf, len);
	if (n == 0)
		n = receive(sock, &msg, flags);
	if (n >= 0 && addr) {
		err = uk__posix_net_addr_out(addr, addr_len, &msg.addr, msg.addr_len);
		n = err ? err : n;
	}
	uk__posix_net_put(sock);
	return n;
}

static long fill_header(struct uk_msghdr *user, struct uk_msghdr *hdr,
			const struct uk_sock_msg *msg)
{
	if (hdr->msg_name &&
	    uk_uaccess_write(hdr->msg_name, &msg->addr, UK_MIN(hdr->msg_namelen, msg->addr_len)))
		return -EFAULT;
	hdr->msg_namelen = hdr->msg_name ? msg->addr_len : 0;
	hdr->msg_controllen = 0;
	hdr->msg_flags = msg->flags & UK_MSG_TRUNC;
	return uk_uaccess_write(user, hdr, sizeof(*hdr));
}

static long receive_header(struct uk_sock *sock, struct uk_msghdr *user, uint32_t flags)
{
	struct uk_sock_msg msg;
	struct uk_msghdr hdr;
	long n, err;

	if (uk_uaccess_read(&hdr, user, sizeof(hdr)))
		return -EFAULT;
	if (hdr.msg_namelen > INT32_MAX)
		return -EINVAL;
	n = uk_file_iter_vector(&msg.data, hdr.msg_iov, (int32_t)hdr.msg_iovlen);
	if (n)
		return n == -EINVAL ? -EMSGSIZE : n;
	n = receive(sock, &msg, flags);
	if (n < 0)
		return n;
	err = fill_header(user, &hdr, &msg);
	return err ? err : n;
}

UK_SYSCALL_FULL3(recvmsg, int, fd, struct uk_msghdr *, hdr, uint32_t, flags)
{
	int err;
	struct uk_sock *sock = uk__posix_net_get(fd, &err);
	long n;

	if (!sock)
		return err;
	n = receive_header(sock, hdr, flags);
	uk__posix_net_put(sock);
	return n;
}
