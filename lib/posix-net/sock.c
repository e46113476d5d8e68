/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sockets as files: what read, write, ioctl and close do to them.
 */

#include "net.h"
#include <uk/abi/ioctl.h>
#include <uk/abi/stat.h>
#include <uk/errno.h>
#include <uk/uaccess.h>

static struct uk_sock *of(struct uk_file *file)
{
	return UK_CONTAINER_OF(file, struct uk_sock, file);
}

static long sock_read(struct uk_file *file, struct uk_file_iter *to, int64_t offset)
{
	struct uk_sock_msg msg;
	long n;

	(void)offset;
	if (to->total == 0)
		return 0; /* unlike recv(), which would wait for a datagram, and take it */
	msg.data = *to;
	msg.flags = 0;
	msg.addr_len = 0;
	n = of(file)->ops->recv(of(file), &msg);
	*to = msg.data;
	return n;
}

static long sock_write(struct uk_file *file, struct uk_file_iter *from, int64_t offset)
{
	struct uk_sock_msg msg;
	long n;

	(void)offset;
	msg.data = *from;
	msg.flags = 0;
	msg.addr_len = 0;
	n = of(file)->ops->send(of(file), &msg);
	*from = msg.data;
	return n;
}

static long sock_ioctl(struct uk_file *file, unsigned long request, void *arg)
{
	struct uk_sock *sock = of(file);

	if (request == UK_FIONREAD && sock->ops->pending) {
		long n = sock->ops->pending(sock);
		int32_t count = (int32_t)UK_MIN(n, (long)INT32_MAX);

		return n < 0 ? n : uk_uaccess_write(arg, &count, sizeof(count));
	}
	if (CONFIG_THREAD_INTERRUPT && request == UK_FILE_IS_QUIET)
		return sock->type != UK_SOCK_STREAM || arg ? 0 : -ENOTTY;
	return -ENOTTY;
}

static uint32_t sock_poll(struct uk_file *file)
{
	return of(file)->ops->poll(of(file));
}

static int sock_stat(struct uk_file *file, struct uk_stat *out)
{
	(void)file;
	out->st_mode = UK_S_IFSOCK | 0777;
	return 0;
}

static void sock_close(struct uk_file *file)
{
	of(file)->ops->close(of(file));
}

static const struct uk_file_ops sock_ops = {
	.read = sock_read,
	.write = sock_write,
	.ioctl = sock_ioctl,
	.poll = sock_poll,
	.stat = sock_stat,
	.close = sock_close,
};

void uk_sock_init(struct uk_sock *sock, const struct uk_sock_ops *ops, int family, int type,
		  int protocol)
{
	uk_file_init(&sock->file, &sock_ops, UK_O_RDWR);
	sock->ops = ops;
	sock->family = family;
	sock->type = type;
	sock->protocol = protocol;
}

struct uk_sock *uk__posix_net_get(int fd, int *err)
{
	struct uk_file *file = uk_fd_get(fd);

	if (file && file->ops == &sock_ops)
		return of(file);
	if (file)
		uk_fd_put(file);
	*err = file ? -ENOTSOCK : -EBADF;
	return NULL;
}

int uk__posix_net_install(struct uk_sock *sock, int flags)
{
	if (flags & UK_SOCK_NONBLOCK)
		uk_fetch_or(&sock->file.flags, UK_O_NONBLOCK);
	return uk_fd_install(&sock->file, flags & UK_SOCK_CLOEXEC ? UK_O_CLOEXEC : 0);
}

int uk__posix_net_wait(struct uk_sock *sock, uint32_t flags, uint32_t event, uk_nsec_t *deadline)
{
	struct uk_file *file = &sock->file;

	if ((flags & UK_MSG_DONTWAIT) || (uk_load(&file->flags) & UK_O_NONBLOCK))
		return -EAGAIN;
	if (*deadline == 0)
		*deadline = uk_file_deadline(file, event == UK_POLLOUT);
	return uk_file_wait(file, event, *deadline);
}
