/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Families, and the calls that make and connect sockets.
 */

#include "net.h"
#include <uk/errno.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

static struct {
	struct uk_spinlock lock;
	struct uk_list list;
} families = { UK_SPINLOCK_INIT, UK_LIST_INIT(families.list) };

/* Lock held. */
static struct uk_sock_family *find(int family)
{
	UK_LIST_FOREACH(node, &families.list) {
		struct uk_sock_family *f = UK_LIST_ENTRY(node, struct uk_sock_family, node);

		if (f->family == family)
			return f;
	}
	return NULL;
}

int uk_sock_family_register(struct uk_sock_family *family)
{
	int err = -EEXIST;

	uk_spin_lock(&families.lock);
	if (!find(family->family)) {
		uk_list_append(&families.list, &family->node);
		err = 0;
	}
	uk_spin_unlock(&families.lock);
	return err;
}

UK_SYSCALL_FULL3(socket, int, family, int, type, int, protocol)
{
	int flags = type & ~UK_SOCK_TYPE;
	struct uk_sock_family *f;
	struct uk_sock *sock;
	int err;

	if (flags & ~(UK_SOCK_NONBLOCK | UK_SOCK_CLOEXEC))
		return -EINVAL;
	uk_spin_lock(&families.lock);
	f = find(family);
	uk_spin_unlock(&families.lock);
	if (!f)
		return -EAFNOSUPPORT;
	err = f->create(f, type & UK_SOCK_TYPE, protocol, &sock);
	return err ? err : uk__posix_net_install(sock, flags);
}

/* Calls fn with the socket and an address of the application's. */
static long with_address(int fd, const void *user, uint32_t len,
			 long (*fn)(struct uk_sock *sock, const struct uk_sockaddr_storage *addr,
				    uint32_t len))
{
	struct uk_sockaddr_storage addr;
	int err;
	struct uk_sock *sock = uk__posix_net_get(fd, &err);
	long n;

	if (!sock)
		return err;
	n = uk__posix_net_addr_in(&addr, user, len);
	if (n > 0)
		n = fn(sock, &addr, (uint32_t)n);
	uk__posix_net_put(sock);
	return n;
}

static long do_bind(struct uk_sock *sock, const struct uk_sockaddr_storage *addr, uint32_t len)
{
	return sock->ops->bind(sock, addr, len);
}

UK_SYSCALL_FULL3(bind, int, fd, const void *, user, uint32_t, len)
{
	return with_address(fd, user, len, do_bind);
}

UK_SYSCALL_FULL2(listen, int, fd, int, backlog)
{
	int err;
	struct uk_sock *sock = uk__posix_net_get(fd, &err);

	if (!sock)
		return err;
	err = sock->ops->listen ? sock->ops->listen(sock, UK_MAX(backlog, 0)) : -EOPNOTSUPP;
	uk__posix_net_put(sock);
	return err;
}

/* Waits until the connection stands or has failed. Interrupted, it goes on by itself. */
static long finish_connect(struct uk_sock *sock)
{
	uk_nsec_t deadline = 0;
	long n = -EAGAIN;

	if (!uk__posix_net_again(sock, 0, UK_POLLOUT, &deadline, &n))
		return CONFIG_THREAD_INTERRUPT && n != -EAGAIN ? -EINTR : -EINPROGRESS;
	return -sock->ops->error(sock);
}

static long do_connect(struct uk_sock *sock, const struct uk_sockaddr_storage *addr, uint32_t len)
{
	long n = sock->ops->connect(sock, addr, len);

	return n == -EINPROGRESS ? finish_connect(sock) : n;
}

UK_SYSCALL_FULL3(connect, int, fd, const void *, user, uint32_t, len)
{
	return with_address(fd, user, len, do_connect);
}

/* A connection from the queue, or -Exxx; blocks as the listener's flags say. */
static int next_connection(struct uk_sock *listener, struct uk_sock **out)
{
	uk_nsec_t deadline = 0;
	long n = -EAGAIN;
	int err;

	if (!listener->ops->accept)
		return -EOPNOTSUPP;
	do
		err = listener->ops->accept(listener, out);
	while (err == -EAGAIN && uk__posix_net_again(listener, 0, UK_POLLIN, &deadline, &n));
	return CONFIG_THREAD_INTERRUPT && err == -EAGAIN ? (int)n : err;
}

/*
 * The descriptor is reserved first, so that a connection is not taken off the queue only to
 * be dropped when there is none. A bad address pointer costs the connection, as on Linux.
 */
static long accept_to(struct uk_sock *listener, void *user, uint32_t *user_len, int flags)
{
	struct uk_sockaddr_storage addr;
	struct uk_sock *sock;
	uint32_t len = 0;
	int fd = uk_fd_reserve(flags & UK_SOCK_CLOEXEC ? UK_O_CLOEXEC : 0);
	int err;

	if (fd < 0)
		return fd;
	err = next_connection(listener, &sock);
	if (err) {
		uk_fd_release(fd);
		return err;
	}
	if (user)
		err = sock->ops->name(sock, &addr, &len, true) ? -ECONNABORTED : 0;
	if (user && err == 0)
		err = uk__posix_net_addr_out(user, user_len, &addr, len);
	if (err) {
		uk_fd_release(fd);
		uk__posix_net_put(sock);
		return err;
	}
	if (flags & UK_SOCK_NONBLOCK)
		uk_fetch_or(&sock->file.flags, UK_O_NONBLOCK);
	uk_fd_fill(fd, &sock->file);
	return fd;
}

static long do_accept(int fd, void *user, uint32_t *user_len, int flags)
{
	int err;
	struct uk_sock *sock = uk__posix_net_get(fd, &err);
	long n;

	if (!sock)
		return err;
	if (flags & ~(UK_SOCK_NONBLOCK | UK_SOCK_CLOEXEC))
		n = -EINVAL;
	else
		n = accept_to(sock, user, user_len, flags);
	uk__posix_net_put(sock);
	return n;
}

UK_SYSCALL_FULL3(accept, int, fd, void *, user, uint32_t *, user_len)
{
	return do_accept(fd, user, user_len, 0);
}

UK_SYSCALL_FULL4(accept4, int, fd, void *, user, uint32_t *, user_len, int, flags)
{
	return do_accept(fd, user, user_len, flags);
}

UK_SYSCALL_FULL2(shutdown, int, fd, int, how)
{
	int err;
	struct uk_sock *sock = uk__posix_net_get(fd, &err);

	if (!sock)
		return err;
	if (how < UK_SHUT_RD || how > UK_SHUT_RDWR)
		err = -EINVAL;
	else
		err = sock->ops->shutdown(sock, how);
	uk__posix_net_put(sock);
	return err;
}
