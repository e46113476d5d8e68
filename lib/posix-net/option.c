/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Socket options: a few are the same for every stack and are answered here.
 */

#include "net.h"
#include <uk/abi/time.h>
#include <uk/errno.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

union value {
	int32_t number;
	struct uk_timeval time;
	uint64_t align;
	char bytes[UK_SOCK_OPT_MAX];
};

static bool is_timeout(int level, int name)
{
	return level == UK_SOL_SOCKET && (name == UK_SO_RCVTIMEO || name == UK_SO_SNDTIMEO);
}

static int set_timeout(struct uk_sock *sock, int name, const struct uk_timeval *tv, uint32_t len)
{
	uk_nsec_t ns;

	if (len < sizeof(*tv))
		return -EINVAL;
	if (tv->tv_usec < 0 || tv->tv_usec >= 1000000)
		return -EDOM;
	/* Negative: at once, as Linux has it. Longer than 292 years: no limit. */
	if (tv->tv_sec < 0)
		ns = 1;
	else if (__builtin_mul_overflow(tv->tv_sec, (int64_t)UK_NSEC_PER_SEC, &ns) ||
		 __builtin_add_overflow(ns, tv->tv_usec * 1000, &ns) || ns > INT64_MAX / 2)
		ns = 0;
	uk_store(&sock->file.timeout[name == UK_SO_SNDTIMEO], ns);
	return 0;
}

static long do_set(struct uk_sock *sock, int level, int name, const void *user, uint32_t len)
{
	union value val = { 0 };

	if (len > sizeof(val) || uk_uaccess_read(&val, user, len))
		return len > sizeof(val) ? -EINVAL : -EFAULT;
	if (is_timeout(level, name))
		return set_timeout(sock, name, &val.time, len);
	return sock->ops->setopt(sock, level, name, &val, len);
}

UK_SYSCALL_FULL5(setsockopt, int, fd, int, level, int, name, const void *, user, uint32_t, len)
{
	int err;
	struct uk_sock *sock = uk__posix_net_get(fd, &err);
	long n;

	if (!sock)
		return err;
	n = do_set(sock, level, name, user, len);
	uk__posix_net_put(sock);
	return n;
}

/* Those that every socket has; -ENOPROTOOPT: the stack is to be asked. */
static int get_common(struct uk_sock *sock, int name, union value *val, uint32_t *len)
{
	*len = sizeof(val->number);
	switch (name) {
	case UK_SO_TYPE: val->number = sock->type; return 0;
	case UK_SO_DOMAIN: val->number = sock->family; return 0;
	case UK_SO_PROTOCOL: val->number = sock->protocol; return 0;
	case UK_SO_ERROR: val->number = sock->ops->error(sock); return 0;
	case UK_SO_RCVTIMEO:
	case UK_SO_SNDTIMEO: break;
	default: return -ENOPROTOOPT;
	}

	uk_nsec_t ns = uk_load(&sock->file.timeout[name == UK_SO_SNDTIMEO]);

	*len = sizeof(val->time);
	val->time.tv_sec = ns / (int64_t)UK_NSEC_PER_SEC;
	val->time.tv_usec = ns % (int64_t)UK_NSEC_PER_SEC / 1000;
	return 0;
}

static long do_get(struct uk_sock *sock, int level, int name, void *user, uint32_t *user_len)
{
	union value val = { 0 };
	uint32_t room, len;
	int err = -ENOPROTOOPT;

	if (uk_uaccess_read(&room, user_len, sizeof(room)))
		return -EFAULT;
	if (room > INT32_MAX)
		return -EINVAL;
	if (level == UK_SOL_SOCKET)
		err = get_common(sock, name, &val, &len);
	if (err == -ENOPROTOOPT) {
		len = sizeof(val);
		err = sock->ops->getopt(sock, level, name, &val, &len);
	}
	if (err)
		return err;
	len = UK_MIN(len, room);
	if (uk_uaccess_write(user, &val, len))
		return -EFAULT;
	return uk_uaccess_write(user_len, &len, sizeof(len));
}

UK_SYSCALL_FULL5(getsockopt, int, fd, int, level, int, name, void *, user, uint32_t *, len)
{
	int err;
	struct uk_sock *sock = uk__posix_net_get(fd, &err);
	long n;

	if (!sock)
		return err;
	n = do_get(sock, level, name, user, len);
	uk__posix_net_put(sock);
	return n;
}
