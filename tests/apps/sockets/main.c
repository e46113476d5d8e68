/* SPDX-License-Identifier: BSD-3-Clause */

/* For tests: sockets that talk to this machine itself, at the address it is given. */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHECK(cond) check(cond, __LINE__, #cond)

static struct sockaddr_in6 self; /* this machine; an IPv4 address is mapped */
static int failed;

static bool check(bool ok, int line, const char *what)
{
	if (!ok) {
		printf("line %d: %s (errno %d)\n", line, what, errno);
		failed++;
	}
	return ok;
}

/* Listens at a port of the stack's choice without bind(), and notes it. */
static int listener(void)
{
	struct sockaddr_in6 name;
	socklen_t len = sizeof(name);
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);

	CHECK(listen(fd, 200) == 0 && getsockname(fd, (void *)&name, &len) == 0);
	self.sin6_port = name.sin6_port;
	return fd;
}

/* Two ends of a connection. */
static void pair(int from, int *here, int *there)
{
	*here = socket(AF_INET6, SOCK_STREAM, 0);
	CHECK(connect(*here, (void *)&self, sizeof(self)) == 0);
	*there = accept4(from, NULL, NULL, SOCK_NONBLOCK);
	CHECK(*there >= 0);
}

static unsigned int revents(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP };

	return poll(&p, 1, 0) == 1 ? (unsigned int)p.revents : 0;
}

/* Half a connection stays usable; both ends closed, lwIP ends it alone. */
static void half_close(int from)
{
	struct sockaddr_in6 name;
	socklen_t len = sizeof(name);
	char buf[8];
	int a, b;

	pair(from, &a, &b);
	CHECK(shutdown(a, SHUT_WR) == 0 && recv(b, buf, sizeof(buf), 0) == 0);
	CHECK(send(b, "late", 4, 0) == 4 && shutdown(b, SHUT_WR) == 0);
	CHECK(recv(a, buf, sizeof(buf), 0) == 4 && recv(a, buf, sizeof(buf), 0) == 0);
	CHECK((revents(a) & (POLLHUP | POLLIN)) == (POLLHUP | POLLIN));
	CHECK(getpeername(a, (void *)&name, &len) == 0 && name.sin6_port == self.sin6_port);
	CHECK(send(a, buf, 1, MSG_NOSIGNAL) == -1 && errno == EPIPE);
	close(a);
	close(b);
}

/* What is not read waits, in small pieces and in large ones, and comes as it was sent. */
static void unread(int from)
{
	static char in[3000000], out[3000000];
	size_t sent = 0, got = 0;
	int on = 1, a, b;
	ssize_t n;

	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (char)(i * 7 + i / 251);
	pair(from, &a, &b);
	CHECK(setsockopt(b, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0);
	for (; sent < 3000; sent += (size_t)n) {
		n = send(b, out + sent, 1 + sent % 3, 0);
		if (!CHECK(n > 0))
			return;
	}
	while ((n = send(b, out + sent, sizeof(out) - sent, 0)) > 0)
		sent += (size_t)n;
	CHECK(errno == EAGAIN && !(revents(b) & POLLOUT) && sent > 60000);
	CHECK(shutdown(b, SHUT_WR) == 0);
	while (got < sizeof(in) && (n = recv(a, in + got, 1000 + got % 777, 0)) > 0)
		got += (size_t)n;
	CHECK(n == 0 && got == sent && memcmp(in, out, got) == 0);
	close(a);
	close(b);
}

/* A reset connection that nobody has accepted is not there any more. */
static void reset(int from)
{
	struct linger at_once = { .l_onoff = 1 };
	char c;
	int a, b;

	pair(from, &a, &b);
	CHECK(setsockopt(a, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) == 0);
	close(a);
	CHECK(recv(b, &c, 1, 0) == -1 && errno == ECONNRESET);
	close(b);
	a = socket(AF_INET6, SOCK_STREAM, 0);
	CHECK(connect(a, (void *)&self, sizeof(self)) == 0 && (revents(from) & POLLIN));
	setsockopt(a, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(a);
	CHECK(accept(from, NULL, NULL) == -1 && errno == EAGAIN && !(revents(from) & POLLIN));
}

static void inherit(void)
{
	int fd = listener(), on = 1, value = 0, a, b;
	socklen_t len = sizeof(value);

	CHECK(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0);
	pair(fd, &a, &b);
	CHECK(getsockopt(b, IPPROTO_TCP, TCP_NODELAY, &value, &len) == 0 && value == 1);
	close(a);
	close(fd);
	close(b);
}

/* Many more connections than there is memory for while they wait for their time to end. */
static void churn(int from)
{
	char c;
	int a, b;

	for (int i = 0; i < 4000 && !failed; i++) {
		pair(from, &a, &b);
		CHECK(send(b, "x", 1, 0) == 1);
		close(b);
		CHECK(recv(a, &c, 1, 0) == 1 && recv(a, &c, 1, 0) == 0);
		close(a);
	}
}

static void datagrams(void)
{
	static char big[70000];
	struct sockaddr_in6 name = { 0 };
	socklen_t len = sizeof(name);
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	CHECK(connect(fd, (void *)&self, sizeof(self)) == 0);
	CHECK(getsockname(fd, (void *)&name, &len) == 0 && name.sin6_port);
	CHECK(memcmp(&name.sin6_addr, &self.sin6_addr, sizeof(self.sin6_addr)) == 0);
	CHECK(send(fd, big, sizeof(big), 0) == -1 && errno == EMSGSIZE);
	close(fd);
}

/* What would have no effect is refused: for IPv4, and once there is an address. */
static void only_ip6(void)
{
	int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

	CHECK(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == -1);
	CHECK(errno == ENOPROTOOPT);
	close(fd);
	fd = listener();
	CHECK(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == -1);
	CHECK(errno == EINVAL);
	close(fd);
}

int main(int argc, char **argv)
{
	int fd;

	for (int i = 1; i < argc; i++) {
		self = (struct sockaddr_in6){ .sin6_family = AF_INET6 };
		CHECK(inet_pton(AF_INET6, argv[i], &self.sin6_addr) == 1);
		fd = listener();
		half_close(fd);
		unread(fd);
		reset(fd);
		churn(fd);
		close(fd);
		inherit();
		datagrams();
		only_ip6();
		printf("%s: %d failed\n", argv[i], failed);
	}
	return failed != 0;
}
