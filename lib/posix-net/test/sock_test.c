/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/abi/time.h>
#include <uk/errno.h>
#include <uk/sock.h>
#include <uk/string.h>
#include <uk/syscall.h>
#include <uk/test.h>

#define FAMILY 77

long uk_sys_socket(UK_SYS_PROTO), uk_sys_bind(UK_SYS_PROTO), uk_sys_listen(UK_SYS_PROTO);
long uk_sys_accept4(UK_SYS_PROTO), uk_sys_connect(UK_SYS_PROTO), uk_sys_shutdown(UK_SYS_PROTO);
long uk_sys_getsockname(UK_SYS_PROTO), uk_sys_sendto(UK_SYS_PROTO), uk_sys_recvfrom(UK_SYS_PROTO);
long uk_sys_sendmsg(UK_SYS_PROTO), uk_sys_recvmsg(UK_SYS_PROTO);
long uk_sys_setsockopt(UK_SYS_PROTO), uk_sys_getsockopt(UK_SYS_PROTO);

#define L(x)                         ((long)(uintptr_t)(x))
#define CALL(name, a, b, c, d, e, f) uk_sys_##name(L(a), L(b), L(c), L(d), L(e), L(f))

/* A stack whose sockets give what the test put into them and keep what was sent. */
struct fake {
	struct uk_sock sock;
	char in[64], out[64];
	size_t in_len, out_len, room; /* room: what one send takes */
	unsigned int waiting;         /* connections */
	int error;
	uint32_t seen_flags;
	struct uk_sockaddr_storage addr;
	uint32_t addr_len;
};

static struct fake pool[4];
static unsigned int used, closes;

static struct fake *of(struct uk_sock *sock)
{
	return UK_CONTAINER_OF(sock, struct fake, sock);
}

static int fake_bind(struct uk_sock *sock, const struct uk_sockaddr_storage *addr, uint32_t len)
{
	of(sock)->addr = *addr;
	of(sock)->addr_len = len;
	return 0;
}

static int fake_listen(struct uk_sock *sock, int backlog)
{
	of(sock)->waiting = (unsigned int)backlog;
	return 0;
}

static struct fake *fresh(int type);

static int fake_accept(struct uk_sock *sock, struct uk_sock **out)
{
	if (of(sock)->waiting == 0)
		return -EAGAIN;
	of(sock)->waiting--;
	*out = &fresh(UK_SOCK_STREAM)->sock;
	return 0;
}

static int fake_connect(struct uk_sock *sock, const struct uk_sockaddr_storage *addr, uint32_t len)
{
	(void)addr;
	(void)len;
	return of(sock)->error ? -EINPROGRESS : 0;
}

static int fake_name(struct uk_sock *sock, struct uk_sockaddr_storage *addr, uint32_t *len,
		     bool peer)
{
	(void)peer;
	*addr = of(sock)->addr;
	*len = 16;
	return 0;
}

static long fake_send(struct uk_sock *sock, struct uk_sock_msg *msg)
{
	struct fake *f = of(sock);
	size_t n = UK_MIN(f->room, sizeof(f->out) - f->out_len);
	long got;

	f->seen_flags = msg->flags;
	f->addr_len = msg->addr_len;
	if (n == 0)
		return -EAGAIN;
	got = uk_file_iter_get(&msg->data, f->out + f->out_len, n);
	f->out_len += got > 0 ? (size_t)got : 0;
	return got;
}

static long fake_recv(struct uk_sock *sock, struct uk_sock_msg *msg)
{
	struct fake *f = of(sock);
	long n = uk_file_iter_put(&msg->data, f->in, f->in_len);
	size_t full = f->in_len;

	if (f->in_len == 0)
		return -EAGAIN;
	msg->addr = f->addr;
	msg->addr_len = 16;
	if (n > 0 && !(msg->flags & UK_MSG_PEEK)) {
		bool cut = sock->type == UK_SOCK_DGRAM && (size_t)n < full;
		bool want = msg->flags & UK_MSG_TRUNC;

		f->in_len = sock->type == UK_SOCK_DGRAM ? 0 : full - (size_t)n;
		memmove(f->in, f->in + n, f->in_len);
		msg->flags = cut ? UK_MSG_TRUNC : 0;
		return cut && want ? (long)full : n;
	}
	return n;
}

static int fake_shutdown(struct uk_sock *sock, int how)
{
	(void)sock;
	return how;
}

static int fake_error(struct uk_sock *sock)
{
	int error = of(sock)->error;

	of(sock)->error = 0;
	return error;
}

static uint32_t fake_poll(struct uk_sock *sock)
{
	return (of(sock)->in_len ? UK_POLLIN : 0) | UK_POLLOUT;
}

static int fake_setopt(struct uk_sock *sock, int level, int name, const void *val, uint32_t len)
{
	(void)sock;
	(void)level;
	return name == 5 && len == 4 && *(const int *)val == 9 ? 0 : -ENOPROTOOPT;
}

static int fake_getopt(struct uk_sock *sock, int level, int name, void *val, uint32_t *len)
{
	(void)sock;
	(void)level;
	if (name != 5)
		return -ENOPROTOOPT;
	memset(val, 0x55, *len);
	*len = 8;
	return 0;
}

static void fake_close(struct uk_sock *sock)
{
	(void)sock;
	closes++;
}

static const struct uk_sock_ops ops = {
	.bind = fake_bind,
	.listen = fake_listen,
	.accept = fake_accept,
	.connect = fake_connect,
	.name = fake_name,
	.send = fake_send,
	.recv = fake_recv,
	.shutdown = fake_shutdown,
	.error = fake_error,
	.poll = fake_poll,
	.setopt = fake_setopt,
	.getopt = fake_getopt,
	.close = fake_close,
};

static struct fake *fresh(int type)
{
	struct fake *f = &pool[used++ % UK_ARRAY_SIZE(pool)];

	*f = (struct fake){ .room = 64, .addr = { .ss_family = FAMILY } };
	uk_sock_init(&f->sock, &ops, FAMILY, type, 1);
	return f;
}

static int create(struct uk_sock_family *family, int type, int protocol, struct uk_sock **out)
{
	(void)family;
	if (protocol > 1)
		return -EPROTONOSUPPORT;
	*out = &fresh(type)->sock;
	return 0;
}

static struct uk_sock_family family = { .family = FAMILY, .create = create };

/* A new socket's descriptor; *f is what is behind it. */
static long open_socket(int type, struct fake **f)
{
	(void)uk_sock_family_register(&family);
	used = 0;
	closes = 0;
	*f = &pool[0];
	return CALL(socket, FAMILY, type, 0, 0, 0, 0);
}

UK_TEST(sock, making_one)
{
	struct fake *f;
	long fd = open_socket(UK_SOCK_STREAM | UK_SOCK_NONBLOCK, &f);

	UK_REQUIRE(fd >= 0);
	UK_EXPECT(f->sock.file.flags & UK_O_NONBLOCK);
	UK_EXPECT_EQ(uk_sock_family_register(&family), -EEXIST);
	UK_EXPECT_EQ(CALL(socket, 99, 1, 0, 0, 0, 0), -EAFNOSUPPORT);
	UK_EXPECT_EQ(CALL(socket, FAMILY, 0x100, 0, 0, 0, 0), -EINVAL);
	UK_EXPECT_EQ(CALL(socket, FAMILY, 1, 5, 0, 0, 0), -EPROTONOSUPPORT);
	UK_EXPECT_EQ(CALL(listen, 63, 1, 0, 0, 0, 0), -EBADF);
	UK_EXPECT_EQ(uk_fd_close((int)fd), 0);
	UK_EXPECT_EQ(closes, 1);
}

UK_TEST(sock, addresses)
{
	struct uk_sockaddr_storage addr = { .ss_family = FAMILY };
	struct fake *f;
	uint32_t len = 4;
	long fd = open_socket(UK_SOCK_STREAM, &f);

	UK_EXPECT_EQ(CALL(bind, fd, &addr, 16, 0, 0, 0), 0);
	UK_EXPECT_EQ(f->addr_len, 16);
	UK_EXPECT_EQ(CALL(bind, fd, &addr, 1, 0, 0, 0), -EINVAL);
	UK_EXPECT_EQ(CALL(bind, fd, &addr, 129, 0, 0, 0), -EINVAL);
	UK_EXPECT_EQ(CALL(bind, fd, 8, 16, 0, 0, 0), -EFAULT);
	addr.data[3] = 'x';
	UK_EXPECT_EQ(CALL(getsockname, fd, &addr, &len, 0, 0, 0), 0);
	UK_EXPECT(len == 16 && addr.data[3] == 'x'); /* cut to the room, told in full */
	len = UINT32_MAX;
	UK_EXPECT_EQ(CALL(getsockname, fd, &addr, &len, 0, 0, 0), -EINVAL);
	f->error = ECONNREFUSED;
	UK_EXPECT_EQ(CALL(connect, fd, &addr, 16, 0, 0, 0), -ECONNREFUSED);
	UK_EXPECT_EQ(CALL(connect, fd, &addr, 16, 0, 0, 0), 0);
	f->error = ECONNREFUSED;
	uk_fetch_or(&f->sock.file.flags, UK_O_NONBLOCK);
	UK_EXPECT_EQ(CALL(connect, fd, &addr, 16, 0, 0, 0), -EINPROGRESS);
	uk_fd_close((int)fd);
}

UK_TEST(sock, accepting)
{
	struct uk_sockaddr_storage addr;
	struct fake *f;
	uint32_t len = sizeof(addr);
	long fd = open_socket(UK_SOCK_STREAM | UK_SOCK_NONBLOCK, &f), got;

	UK_EXPECT_EQ(CALL(listen, fd, 2, 0, 0, 0, 0), 0);
	got = CALL(accept4, fd, &addr, &len, UK_SOCK_NONBLOCK, 0, 0);
	UK_EXPECT(got > fd && len == 16 && addr.ss_family == FAMILY);
	UK_EXPECT(pool[1].sock.file.flags & UK_O_NONBLOCK);
	UK_EXPECT_EQ(CALL(accept4, fd, 0, 0, 1, 0, 0), -EINVAL);
	UK_EXPECT_EQ(f->waiting, 1);
	/* A bad pointer costs the connection, and nothing else. */
	UK_EXPECT_EQ(CALL(accept4, fd, 8, &len, 0, 0, 0), -EFAULT);
	UK_EXPECT_EQ(closes, 1);
	UK_EXPECT_EQ(CALL(accept4, fd, 0, 0, 0, 0, 0), -EAGAIN);
	UK_EXPECT_EQ(uk_fd_close((int)got), 0);
	uk_fd_close((int)fd);
	UK_EXPECT_EQ(closes, 3);
}

UK_TEST(sock, sending)
{
	struct uk_sockaddr_storage addr = { .ss_family = FAMILY };
	char text[] = "0123456789";
	struct uk_iovec vec[2] = { { text, 5 }, { text + 5, 5 } };
	struct uk_msghdr hdr = { .msg_iov = vec, .msg_iovlen = 2 };
	struct fake *f;
	long fd = open_socket(UK_SOCK_STREAM, &f);

	f->room = 3;
	UK_EXPECT_EQ(CALL(sendto, fd, text, 10, UK_MSG_NOSIGNAL | UK_MSG_MORE, 0, 0), 10);
	UK_EXPECT_EQ(memcmp(f->out, text, 10), 0);
	UK_EXPECT_EQ(f->seen_flags, UK_MSG_MORE);
	UK_EXPECT_EQ(CALL(sendmsg, fd, &hdr, 0, 0, 0, 0), 10);
	UK_EXPECT_EQ(memcmp(f->out + 10, text, 10), 0);
	UK_EXPECT_EQ(CALL(sendto, fd, text, 3, 0, &addr, 16), 3);
	UK_EXPECT_EQ(f->addr_len, 16);
	f->out_len = 60;
	UK_EXPECT_EQ(CALL(sendto, fd, text, 10, UK_MSG_DONTWAIT, 0, 0), 4); /* a part */
	UK_EXPECT_EQ(CALL(sendto, fd, text, 10, UK_MSG_DONTWAIT, 0, 0), -EAGAIN);
	UK_EXPECT_EQ(CALL(sendto, fd, text, 1, UK_MSG_OOB, 0, 0), -EOPNOTSUPP);
	hdr.msg_controllen = 16;
	UK_EXPECT_EQ(CALL(sendmsg, fd, &hdr, 0, 0, 0, 0), -EOPNOTSUPP);
	uk_fd_close((int)fd);
}

UK_TEST(sock, receiving)
{
	struct uk_sockaddr_storage addr;
	char a[4], b[16];
	struct uk_iovec vec[2] = { { a, 4 }, { b, 16 } };
	struct uk_msghdr hdr = {
		.msg_name = &addr, .msg_namelen = sizeof(addr), .msg_iov = vec, .msg_iovlen = 2
	};
	struct fake *f;
	uint32_t len = sizeof(addr);
	long fd = open_socket(UK_SOCK_DGRAM | UK_SOCK_NONBLOCK, &f);

	UK_EXPECT_EQ(CALL(recvfrom, fd, b, 16, 0, 0, 0), -EAGAIN);
	f->in_len = uk_str_copy(f->in, "datagram", 64);
	UK_EXPECT_EQ(CALL(recvfrom, fd, b, 4, UK_MSG_PEEK, &addr, &len), 4);
	UK_EXPECT(len == 16 && addr.ss_family == FAMILY);
	UK_EXPECT_EQ(CALL(recvmsg, fd, &hdr, 0, 0, 0, 0), 8);
	UK_EXPECT(memcmp(a, "data", 4) == 0 && memcmp(b, "gram", 4) == 0);
	UK_EXPECT(hdr.msg_namelen == 16 && hdr.msg_flags == 0 && hdr.msg_controllen == 0);
	f->in_len = uk_str_copy(f->in, "a longer datagram than fits", 64);
	UK_EXPECT_EQ(CALL(recvmsg, fd, &hdr, UK_MSG_TRUNC, 0, 0, 0), 27);
	UK_EXPECT_EQ(hdr.msg_flags, UK_MSG_TRUNC);
	uk_fd_close((int)fd);

	fd = open_socket(UK_SOCK_STREAM | UK_SOCK_NONBLOCK, &f);
	f->in_len = uk_str_copy(f->in, "stream", 64);
	UK_EXPECT_EQ(CALL(recvfrom, fd, b, 16, UK_MSG_WAITALL, 0, 0), 6); /* what there is */
	UK_EXPECT_EQ(CALL(recvfrom, fd, 8, 4, 0, 0, 0), -EFAULT);
	uk_fd_close((int)fd);
}

UK_TEST(sock, options)
{
	struct uk_timeval tv = { 1, 500000 }, back = { 0, 0 };
	uint64_t wide = 0;
	struct fake *f;
	int number = 9;
	uint32_t len = sizeof(back);
	long fd = open_socket(UK_SOCK_STREAM, &f);

#define SET(name, val, n) CALL(setsockopt, fd, UK_SOL_SOCKET, name, val, n, 0)
#define GET(name, val, n) CALL(getsockopt, fd, UK_SOL_SOCKET, name, val, n, 0)
	UK_EXPECT_EQ(SET(UK_SO_RCVTIMEO, &tv, sizeof(tv)), 0);
	UK_EXPECT_EQ(f->sock.file.timeout[0], 1500000000);
	UK_EXPECT_EQ(GET(UK_SO_RCVTIMEO, &back, &len), 0);
	UK_EXPECT(back.tv_sec == 1 && back.tv_usec == 500000 && len == 16);
	UK_EXPECT_EQ(SET(UK_SO_SNDTIMEO, &tv, 4), -EINVAL);
	tv.tv_usec = 1000000;
	UK_EXPECT_EQ(SET(UK_SO_SNDTIMEO, &tv, sizeof(tv)), -EDOM);
	tv = (struct uk_timeval){ INT64_MAX, 0 };
	UK_EXPECT_EQ(SET(UK_SO_SNDTIMEO, &tv, sizeof(tv)), 0);
	UK_EXPECT_EQ(f->sock.file.timeout[1], 0);
	len = sizeof(number);
	UK_EXPECT(GET(UK_SO_TYPE, &number, &len) == 0 && number == UK_SOCK_STREAM && len == 4);
	f->error = ECONNRESET;
	UK_EXPECT(GET(UK_SO_ERROR, &number, &len) == 0 && number == ECONNRESET);
	UK_EXPECT(GET(UK_SO_ERROR, &number, &len) == 0 && number == 0);
	number = 9;
	UK_EXPECT_EQ(SET(5, &number, 4), 0);
	UK_EXPECT_EQ(SET(6, &number, 4), -ENOPROTOOPT);
	UK_EXPECT_EQ(SET(5, &number, UK_SOCK_OPT_MAX + 1), -EINVAL);
	UK_EXPECT_EQ(SET(5, 8, 4), -EFAULT);
	len = 3;
	UK_EXPECT_EQ(GET(5, &wide, &len), 0);
	UK_EXPECT(len == 3 && wide == 0x555555); /* cut to the room */
	UK_EXPECT_EQ(CALL(shutdown, fd, 3, 0, 0, 0, 0), -EINVAL);
	uk_fd_close((int)fd);
}

/* Readiness of a socket is that of its file. */
UK_TEST(sock, as_a_file)
{
	char text[8];
	struct uk_file_iter it;
	struct fake *f;
	long fd = open_socket(UK_SOCK_STREAM | UK_SOCK_NONBLOCK, &f);

	UK_EXPECT_EQ(uk_file_poll(&f->sock.file) & UK_POLLIN, 0);
	f->in_len = uk_str_copy(f->in, "abc", 64);
	UK_EXPECT_EQ(uk_file_poll(&f->sock.file) & UK_POLLIN, UK_POLLIN);
	uk_file_iter_buffer(&it, text, 2);
	UK_EXPECT_EQ(uk_file_read(&f->sock.file, &it, UK_FILE_OWN_POS), 2);
	uk_file_iter_buffer(&it, text, 8);
	UK_EXPECT_EQ(uk_file_write(&f->sock.file, &it, UK_FILE_OWN_POS), 8);
	UK_EXPECT_EQ(f->out_len, 8);
	uk_fd_close((int)fd);
}

/* Unlike recv(): a datagram stays, and without one there is nothing to wait for. */
UK_TEST(sock, read_of_nothing)
{
	char text[8];
	struct uk_file_iter it;
	struct fake *f;
	long fd = open_socket(UK_SOCK_DGRAM | UK_SOCK_NONBLOCK, &f);

	uk_file_iter_buffer(&it, text, 0);
	UK_EXPECT_EQ(uk_file_read(&f->sock.file, &it, UK_FILE_OWN_POS), 0);
	UK_EXPECT_EQ(CALL(recvfrom, fd, text, 0, 0, 0, 0), -EAGAIN);
	f->in_len = uk_str_copy(f->in, "datagram", 64);
	UK_EXPECT_EQ(uk_file_read(&f->sock.file, &it, UK_FILE_OWN_POS), 0);
	UK_EXPECT_EQ(f->in_len, 8);
	uk_fd_close((int)fd);
}
