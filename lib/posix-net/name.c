/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Addresses to and from the application.
 */

#include "net.h"
#include <uk/errno.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

long uk__posix_net_addr_in(struct uk_sockaddr_storage *out, const void *user, uint32_t len)
{
	if (len < sizeof(out->ss_family) || len > sizeof(*out))
		return -EINVAL;
	memset(out, 0, sizeof(*out));
	return uk_uaccess_read(out, user, len) ? -EFAULT : (long)len;
}

int uk__posix_net_addr_out(void *user, uint32_t *user_len, const struct uk_sockaddr_storage *addr,
			   uint32_t len)
{
	uint32_t room;

	if (uk_uaccess_read(&room, user_len, sizeof(room)))
		return -EFAULT;
	if (room > INT32_MAX)
		return -EINVAL;
	if (uk_uaccess_write(user, addr, UK_MIN(room, len)))
		return -EFAULT;
	return uk_uaccess_write(user_len, &len, sizeof(len));
}

static long do_name(int fd, void *user, uint32_t *user_len, bool peer)
{
	struct uk_sockaddr_storage addr = { 0 };
	uint32_t len = 0;
	int err;
	struct uk_sock *sock = uk__posix_net_get(fd, &err);

	if (!sock)
		return err;
	err = sock->ops->name(sock, &addr, &len, peer);
	uk__posix_net_put(sock);
	return err ? err : uk__posix_net_addr_out(user, user_len, &addr, len);
}

UK_SYSCALL_FULL3(getsockname, int, fd, void *, user, uint32_t *, len)
{
	return do_name(fd, user, len, false);
}

UK_SYSCALL_FULL3(getpeername, int, fd, void *, user, uint32_t *, len)
{
	return do_name(fd, user, len, true);
}
