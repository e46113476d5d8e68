/* SPDX-License-Identifier: BSD-3-Clause */
#include "t.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ll + ts.tv_nsec / 1000000;
}

static void polling(void)
{
	struct pollfd p[3] = { { .fd = -1, .events = POLLIN },
			       { .events = POLLIN },
			       { .events = POLLOUT } };
	struct timespec short_time = { 0, 20000000 };
	long long start;
	int fd[2];

	CHECK(pipe(fd) == 0);
	p[1].fd = fd[0];
	p[2].fd = fd[1];
	CHECK(poll(p, 3, 0) == 1 && p[2].revents == POLLOUT && p[1].revents == 0);
	start = now_ms();
	CHECK(poll(p, 2, 30) == 0 && now_ms() - start >= 30);
	CHECK(ppoll(p, 2, &short_time, NULL) == 0);
	CHECK(write(fd[1], "x", 1) == 1);
	CHECK(poll(p, 3, -1) == 2 && p[1].revents == POLLIN);
	close(fd[1]);
	p[2].fd = 77;
	CHECK(poll(p, 3, -1) == 2 && p[2].revents == POLLNVAL &&
	      p[1].revents == (POLLIN | POLLHUP));
	FAILS(poll(p, 1000000000, 0), EINVAL);
	close(fd[0]);
}

static void selecting(void)
{
	struct timeval tv = { 0, 20000 };
	fd_set in, out;
	int fd[2];

	CHECK(pipe(fd) == 0);
	FD_ZERO(&in);
	FD_SET(fd[0], &in);
	CHECK(select(fd[0] + 1, &in, NULL, NULL, &tv) == 0 && !FD_ISSET(fd[0], &in));
	FD_SET(fd[0], &in);
	FD_ZERO(&out);
	FD_SET(fd[1], &out);
	CHECK(write(fd[1], "x", 1) == 1);
	CHECK(select(fd[1] + 1, &in, &out, NULL, NULL) == 2);
	CHECK(FD_ISSET(fd[0], &in) && FD_ISSET(fd[1], &out));
	FD_SET(60, &in);
	FAILS(select(61, &in, NULL, NULL, NULL), EBADF);
	close(fd[0]), close(fd[1]);
}

static void events(void)
{
	uint64_t n = 3;
	int fd = eventfd(0, EFD_NONBLOCK), sem = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);

	FAILS(read(fd, &n, 8), EAGAIN);
	CHECK(write(fd, &n, 8) == 8 && write(fd, &n, 8) == 8);
	CHECK(read(fd, &n, 8) == 8 && n == 6);
	FAILS(read(fd, &n, 4), EINVAL);
	n = UINT64_MAX - 1;
	CHECK(write(fd, &n, 8) == 8);
	n = 1;
	FAILS(write(fd, &n, 8), EAGAIN);
	CHECK(read(sem, &n, 8) == 8 && n == 1 && read(sem, &n, 8) == 8 && n == 1);
	FAILS(read(sem, &n, 8), EAGAIN);
	close(fd), close(sem);
}

/* That the end is asked for is a test of the machine: here nobody does. */
static void asked_to_end(void)
{
	struct signalfd_siginfo info;
	struct pollfd p = { .events = POLLIN };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	p.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	CHECK(p.fd >= 0 && poll(&p, 1, 0) == 0);
	FAILS(read(p.fd, &info, sizeof(info)), EAGAIN);
	FAILS(read(p.fd, &info, 8), EINVAL);
	FAILS(signalfd(-1, &set, 1), EINVAL);
	close(p.fd);
	p.fd = signalfd(-1, &set, SFD_NONBLOCK);
	CHECK(p.fd >= 0);
	close(p.fd);
}

static void pipes(void)
{
	static char big[70000];
	int fd[2], n, flags;
	long total = 0;

	CHECK(pipe2(fd, O_NONBLOCK) == 0);
	while ((n = (int)write(fd[1], big, sizeof(big))) > 0)
		total += n;
	CHECK(errno == EAGAIN && total >= 4096);
	CHECK(ioctl(fd[0], FIONREAD, &n) == 0 || errno == ENOTTY);
	while ((n = (int)read(fd[0], big, sizeof(big))) > 0)
		total -= n;
	CHECK(errno == EAGAIN && total == 0);
	flags = 0;
	CHECK(ioctl(fd[0], FIONBIO, &flags) == 0 && !(fcntl(fd[0], F_GETFL) & O_NONBLOCK));
	close(fd[1]);
	CHECK(read(fd[0], big, 1) == 0);
	close(fd[0]);
}

static void *write_later(void *arg)
{
	struct timespec pause = { 0, 30000000 };

	nanosleep(&pause, NULL);
	CHECK(write(*(int *)arg, "late", 4) == 4);
	return NULL;
}

/* A thread waits while another one makes the file ready. */
static void waking(void)
{
	struct epoll_event ev = { EPOLLIN, { .u64 = 42 } }, got[4];
	struct pollfd p = { .events = POLLIN };
	pthread_t thread;
	char buf[8];
	int fd[2], ep = epoll_create1(EPOLL_CLOEXEC);

	CHECK(pipe(fd) == 0);
	p.fd = fd[0];
	CHECK(pthread_create(&thread, NULL, write_later, &fd[1]) == 0);
	CHECK(read(fd[0], buf, 8) == 4);
	pthread_join(thread, NULL);
	CHECK(pthread_create(&thread, NULL, write_later, &fd[1]) == 0);
	CHECK(poll(&p, 1, 5000) == 1 && read(fd[0], buf, 8) == 4);
	pthread_join(thread, NULL);
	CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, fd[0], &ev) == 0);
	CHECK(epoll_wait(ep, got, 4, 0) == 0);
	CHECK(pthread_create(&thread, NULL, write_later, &fd[1]) == 0);
	CHECK(epoll_wait(ep, got, 4, 5000) == 1 && got[0].data.u64 == 42 &&
	      got[0].events == EPOLLIN);
	pthread_join(thread, NULL);
	p.fd = ep;
	CHECK(poll(&p, 1, 0) == 1 && p.revents == POLLIN);
	close(fd[0]);
	CHECK(epoll_wait(ep, got, 4, 0) == 0); /* closed files leave the set */
	FAILS(epoll_ctl(ep, EPOLL_CTL_DEL, fd[0], NULL), EBADF);
	FAILS(epoll_wait(ep, got, 0, 0), EINVAL);
	FAILS(epoll_wait(1, got, 4, 0), EINVAL);
	CHECK(epoll_wait(ep, got, 4, 20) == 0);
	close(fd[1]), close(ep);
}

static void edges(void)
{
	struct epoll_event ev = { EPOLLIN | EPOLLET, { .fd = 1 } }, got[4];
	int fd[2], ep = epoll_create1(0);
	char buf[8];

	CHECK(pipe2(fd, O_NONBLOCK) == 0);
	CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, fd[0], &ev) == 0);
	FAILS(epoll_ctl(ep, EPOLL_CTL_ADD, fd[0], &ev), EEXIST);
	CHECK(write(fd[1], "ab", 2) == 2);
	CHECK(epoll_wait(ep, got, 4, 0) == 1 && epoll_wait(ep, got, 4, 0) == 0);
	CHECK(write(fd[1], "c", 1) == 1 && epoll_wait(ep, got, 4, 0) == 1);
	CHECK(read(fd[0], buf, 8) == 3 && epoll_wait(ep, got, 4, 0) == 0);
	ev.events = EPOLLIN | EPOLLONESHOT;
	CHECK(epoll_ctl(ep, EPOLL_CTL_MOD, fd[0], &ev) == 0 && write(fd[1], "d", 1) == 1);
	CHECK(epoll_wait(ep, got, 4, 0) == 1 && epoll_wait(ep, got, 4, 0) == 0);
	CHECK(epoll_ctl(ep, EPOLL_CTL_MOD, fd[0], &ev) == 0 && epoll_wait(ep, got, 4, 0) == 1);
	FAILS(epoll_ctl(ep, EPOLL_CTL_ADD, ep, &ev), EINVAL);
	close(fd[0]), close(fd[1]), close(ep);
}

static void sockets(void)
{
	FAILS(socket(99, SOCK_STREAM, 0), EAFNOSUPPORT);
	FAILS(listen(1, 5), ENOTSOCK);
	FAILS(listen(99, 5), EBADF);
}

void test_polls(void)
{
	polling();
	selecting();
	events();
	asked_to_end();
	pipes();
	edges();
	waking();
	sockets();
}
