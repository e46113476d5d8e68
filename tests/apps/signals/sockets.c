/* SPDX-License-Identifier: BSD-3-Clause */
/* Sockets: waits that signals end, and SIGPIPE. */

#include "t.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

static struct sockaddr_in self;
static int listening, here, there;

static pthread_t victim;
static volatile int over;

/* SIGUSR1 after a while; again, if that was too early. */
static void *interrupts(void *arg)
{
	pause_ms(30);
	pthread_kill(victim, SIGUSR1);
	for (int i = 1; !over; i++) {
		pause_ms(10);
		if (i % 100 == 0)
			pthread_kill(victim, SIGUSR1);
	}
	return arg;
}

static pthread_t soon(int flags)
{
	counting(SIGUSR1, flags);
	victim = pthread_self();
	over = 0;
	return started(interrupts, NULL);
}

static void ended(pthread_t thread)
{
	over = 1;
	CHECK(pthread_join(thread, NULL) == 0);
}

static bool listens(void)
{
	socklen_t len = sizeof(self);

	listening = socket(AF_INET, SOCK_STREAM, 0);
	if (listening == -1 && (errno == EAFNOSUPPORT || errno == ENOSYS))
		return false;
	self.sin_family = AF_INET;
	self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(bind(listening, (void *)&self, sizeof(self)) == 0);
	CHECK(listen(listening, 10) == 0);
	CHECK(getsockname(listening, (void *)&self, &len) == 0);
	return true;
}

static void connects(int *a, int *b)
{
	*a = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(connect(*a, (void *)&self, sizeof(self)) == 0);
	*b = accept(listening, NULL, NULL);
	CHECK(*b >= 0);
}

static void timeout(int fd, int option, int seconds)
{
	struct timeval tv = { seconds, 0 };

	CHECK(setsockopt(fd, SOL_SOCKET, option, &tv, sizeof(tv)) == 0);
}

static ssize_t by_recv(char *c)
{
	return recv(here, c, 1, 0);
}

static ssize_t by_recvfrom(char *c)
{
	struct sockaddr_in name;
	socklen_t len = sizeof(name);

	return recvfrom(here, c, 1, 0, (void *)&name, &len);
}

static ssize_t by_recvmsg(char *c)
{
	struct iovec vec = { c, 1 };
	struct msghdr hdr = { .msg_iov = &vec, .msg_iovlen = 1 };

	return recvmsg(here, &hdr, 0);
}

static ssize_t by_read(char *c)
{
	return read(here, c, 1);
}

static ssize_t by_waitall(char *c)
{
	return recv(here, c, 1, MSG_WAITALL);
}

static ssize_t (*const receives[])(char *c) = { by_recv, by_recvfrom, by_recvmsg, by_read,
						by_waitall };

#define RECEIVES (sizeof(receives) / sizeof(receives[0]))

/* Once the handler has run. */
static void *sends(void *arg)
{
	changed(&got, 0);
	pause_ms(20);
	CHECK(send(there, "x", 1, 0) == 1);
	return arg;
}

static void received(void)
{
	pthread_t thread, sender;
	char c;

	for (size_t i = 0; i < RECEIVES; i++) {
		thread = soon(0);
		FAILS(receives[i](&c), EINTR);
		CHECK(got >= 1);
		ended(thread);
		thread = soon(SA_RESTART);
		sender = started(sends, NULL);
		c = 0;
		CHECK(receives[i](&c) == 1 && c == 'x' && got >= 1);
		ended(thread);
		ended(sender);
	}
	/* With a limit of time it never begins again (signal(7)). */
	timeout(here, SO_RCVTIMEO, 20);
	for (size_t i = 0; i < RECEIVES; i++) {
		thread = soon(SA_RESTART);
		FAILS(receives[i](&c), EINTR);
		ended(thread);
	}
	timeout(here, SO_RCVTIMEO, 0);
}

/* What has come before the signal is not lost. */
static void in_part(void)
{
	pthread_t thread;
	char buf[4] = { 0 };

	CHECK(send(there, "ab", 2, 0) == 2);
	while (recv(here, buf, sizeof(buf), MSG_PEEK) < 2)
		pause_ms(1);
	thread = soon(0);
	CHECK(recv(here, buf, sizeof(buf), MSG_WAITALL) == 2 && memcmp(buf, "ab", 3) == 0);
	CHECK(got >= 1);
	ended(thread);
}

static void *calls_back(void *arg)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	changed(&got, 0);
	pause_ms(20);
	CHECK(connect(fd, (void *)&self, sizeof(self)) == 0);
	*(int *)arg = fd;
	return arg;
}

static void accepted(void)
{
	pthread_t thread = soon(0), caller;
	int a, b = -1;

	FAILS(accept(listening, NULL, NULL), EINTR);
	ended(thread);
	thread = soon(0);
	FAILS(accept4(listening, NULL, NULL, SOCK_CLOEXEC), EINTR);
	ended(thread);
	thread = soon(SA_RESTART);
	caller = started(calls_back, &b);
	a = accept(listening, NULL, NULL);
	CHECK(a >= 0 && got >= 1);
	ended(thread);
	CHECK(pthread_join(caller, NULL) == 0);
	close(a);
	close(b);
	timeout(listening, SO_RCVTIMEO, 20);
	thread = soon(SA_RESTART);
	FAILS(accept(listening, NULL, NULL), EINTR);
	ended(thread);
	timeout(listening, SO_RCVTIMEO, 0);
}

/* Never begun again, whatever SA_RESTART says. */
static void polled(void)
{
	struct pollfd pfd = { .fd = here, .events = POLLIN };
	struct epoll_event event = { .events = EPOLLIN };
	int ep = epoll_create1(0), flags[] = { 0, SA_RESTART };
	pthread_t thread;

	CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, listening, &event) == 0);
	for (int i = 0; i < 2; i++) {
		thread = soon(flags[i]);
		FAILS(poll(&pfd, 1, 20000), EINTR);
		ended(thread);
		thread = soon(flags[i]);
		FAILS(epoll_wait(ep, &event, 1, 20000), EINTR);
		ended(thread);
	}
	close(ep);
}

/* Fills `fd` until nothing goes any more. */
static size_t filled(int fd)
{
	static char piece[1000];
	int flags = fcntl(fd, F_GETFL);
	size_t sum = 0;

	CHECK(fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0);
	/* What is under way makes room for a while. */
	for (int i = 0; i < 20; i++) {
		ssize_t n;

		while ((n = send(fd, piece, sizeof(piece), 0)) > 0)
			sum += (size_t)n;
		CHECK(n == -1 && errno == EAGAIN);
		pause_ms(10);
	}
	CHECK(fcntl(fd, F_SETFL, flags) == 0);
	return sum;
}

static void sent(void)
{
	static char much[8 << 20];
	pthread_t thread;
	ssize_t n;
	int a, b;

	connects(&a, &b);
	filled(a);
	thread = soon(0);
	FAILS(send(a, "x", 1, 0), EINTR);
	ended(thread);
	thread = soon(0);
	FAILS(write(a, "x", 1), EINTR);
	ended(thread);
	timeout(a, SO_SNDTIMEO, 20);
	thread = soon(SA_RESTART);
	FAILS(send(a, "x", 1, 0), EINTR);
	ended(thread);
	close(a);
	close(b);
	connects(&a, &b);
	thread = soon(SA_RESTART);
	/* A part has gone: it says how much. */
	n = send(a, much, sizeof(much), 0);
	CHECK(n > 0 && n < (ssize_t)sizeof(much) && got >= 1);
	ended(thread);
	close(a);
	close(b);
}

/* `fails` with EPIPE, and so many signals come. */
static void breaks(ssize_t result, int signals, int line)
{
	int err = errno;

	check(result == -1 && err == EPIPE && got == signals, "sockets.c", line,
	      "EPIPE and its signal");
	got = 0;
}

#define BREAKS(call, signals) breaks(call, signals, __LINE__)

static void broken_by(int fd)
{
	struct iovec vec = { "xy", 2 };
	struct msghdr hdr = { .msg_iov = &vec, .msg_iovlen = 1 };

	counting(SIGPIPE, 0);
	BREAKS(send(fd, "x", 1, MSG_NOSIGNAL), 0);
	BREAKS(sendmsg(fd, &hdr, MSG_NOSIGNAL | MSG_DONTWAIT), 0);
	BREAKS(sendto(fd, "x", 1, MSG_NOSIGNAL, NULL, 0), 0);
	BREAKS(send(fd, "x", 1, 0), 1);
	BREAKS(sendmsg(fd, &hdr, 0), 1);
	BREAKS(write(fd, "x", 1), 1);
	BREAKS(writev(fd, &vec, 1), 1);
	signal(SIGPIPE, SIG_IGN);
	BREAKS(send(fd, "x", 1, 0), 0);
	BREAKS(write(fd, "x", 1), 0);
	mask(SIG_BLOCK, SIGPIPE);
	counting(SIGPIPE, 0);
	BREAKS(send(fd, "x", 1, 0), 0);
	mask(SIG_UNBLOCK, SIGPIPE);
	CHECK(got == 1);
	signal(SIGPIPE, SIG_DFL);
}

static void broken(void)
{
	struct linger at_once = { .l_onoff = 1 };
	struct pollfd pfd;
	int a, b;

	connects(&a, &b);
	CHECK(shutdown(a, SHUT_WR) == 0);
	broken_by(a);
	close(a);
	close(b);
	/* The other end is gone: once its reset has been told, it is a broken pipe. */
	connects(&a, &b);
	CHECK(setsockopt(b, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) == 0);
	close(b);
	pfd = (struct pollfd){ .fd = a, .events = POLLIN };
	CHECK(poll(&pfd, 1, 5000) == 1 && (pfd.revents & POLLERR));
	counting(SIGPIPE, 0);
	FAILS(send(a, "x", 1, 0), ECONNRESET);
	CHECK(got == 0);
	broken_by(a);
	close(a);
}

static volatile int result, result_errno;
static char much[8 << 20];

static void *sends_much(void *arg)
{
	mask(SIG_UNBLOCK, SIGPIPE);
	result = (int)send(*(int *)arg, much, sizeof(much), 0);
	result_errno = errno;
	return arg;
}

/* A part is gone when it breaks: the signal is the next call's. */
static void broken_in_part(void)
{
	pthread_t thread;
	int a, b;

	connects(&a, &b);
	counting(SIGPIPE, 0);
	mask(SIG_BLOCK, SIGPIPE);
	result = 0;
	thread = started(sends_much, &a);
	pause_ms(100);
	CHECK(result == 0 && shutdown(a, SHUT_WR) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	CHECK(result > 0 && result < (int)sizeof(much) && got == 0);
	mask(SIG_UNBLOCK, SIGPIPE);
	BREAKS(send(a, "x", 1, 0), 1);
	signal(SIGPIPE, SIG_DFL);
	close(a);
	close(b);
}

/* No signal for what is no stream, however it is written. */
static void datagrams(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	CHECK(connect(fd, (void *)&self, sizeof(self)) == 0);
	CHECK(shutdown(fd, SHUT_WR) == 0);
	counting(SIGPIPE, 0);
	BREAKS(send(fd, "x", 1, 0), 0);
	BREAKS(write(fd, "x", 1), 0);
	signal(SIGPIPE, SIG_DFL);
	close(fd);
}

void test_sockets(void)
{
	if (!listens()) {
		puts("no sockets");
		return;
	}
	connects(&here, &there);
	received();
	in_part();
	accepted();
	polled();
	close(here);
	close(there);
	sent();
	broken();
	broken_in_part();
	datagrams();
	close(listening);
}
