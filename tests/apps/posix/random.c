/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random calls on descriptors, told line by line: on Linux and in a guest the same numbers must
 * give the same lines. Left out is what may differ: pipes that are full, edge-triggered events, the
 * order of events, sets of sets, positions in directories.
 */

#include "t.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/uio.h>

#define FIRST 3
#define FDS   14
#define BAD   ((void *)16)

enum kind { NONE, PIPE, EVENT, EPOLL, FILE_, DIRECTORY };

static enum kind kinds[FIRST + FDS];
static uint64_t state;
static char data[512];

static unsigned int any(unsigned int n)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (unsigned int)((state * 0x2545f4914f6cdd1dull) >> 40) % n;
}

static int any_fd(void)
{
	return any(40) == 0 ? -1 : FIRST + (int)any(FDS);
}

static uint32_t hash(const void *bytes, long n)
{
	uint32_t h = 1;

	for (long i = 0; i < n; i++)
		h = h * 31 + ((const unsigned char *)bytes)[i];
	return h;
}

static long told(const char *what, long a, long b, long result)
{
	printf("%s %ld %ld: %ld %d\n", what, a, b, result, result < 0 ? errno : 0);
	return result;
}

/* A descriptor that is there now; one above those that any_fd() gives is closed. */
static void born(long fd, enum kind kind)
{
	if (fd >= FIRST + FDS)
		told("close", fd, 0, close((int)fd));
	else if (fd >= 0)
		kinds[fd] = kind;
}

static enum kind opened(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) ? DIRECTORY : FILE_;
}

static void make(void)
{
	static const char *const paths[] = { "fox.txt",  "dir",      "dir/inner.txt", "link",
					     "dirlink/", "loop",     "none",          "fox.txt/",
					     "",         "dir/../.", "/dev/null",     "/dev/zero" };
	static const int modes[] = { O_RDONLY, O_RDONLY | O_CLOEXEC, O_RDONLY | O_NOFOLLOW,
				     O_RDONLY | O_DIRECTORY };
	unsigned int path = any(12), mode = any(4), initial = any(4);
	int fd[2] = { -1, -1 };

	switch (any(5)) {
	case 0:
	case 1:
		told("pipe", 0, 0, pipe2(fd, O_NONBLOCK | (any(2) ? O_CLOEXEC : 0)));
		printf("are %d %d\n", fd[0], fd[1]);
		born(fd[0], PIPE);
		born(fd[1], PIPE);
		break;
	case 2:
		born(told("eventfd", initial, 0,
			  eventfd(initial, EFD_NONBLOCK | (any(2) ? EFD_SEMAPHORE : 0))),
		     EVENT);
		break;
	case 3: born(told("epoll", 0, 0, epoll_create1(any(2) ? EPOLL_CLOEXEC : 0)), EPOLL); break;
	default:
		fd[0] = open(paths[path], modes[mode]);
		born(told("open", path, mode, fd[0]), opened(fd[0]));
	}
}

static void copy(void)
{
	int from = any_fd(), to = any_fd();
	enum kind kind = from >= 0 ? kinds[from] : NONE;
	long got;

	switch (any(5)) {
	case 0: got = told("dup", from, 0, dup(from)); break;
	case 1: got = told("dup2", from, to, dup2(from, to)); break;
	case 2: got = told("dup3", from, to, dup3(from, to, any(2) ? O_CLOEXEC : 0)); break;
	case 3: got = told("dupfd", from, to, fcntl(from, F_DUPFD, to)); break;
	default: got = told("dupfd-cloexec", from, to, fcntl(from, F_DUPFD_CLOEXEC, to));
	}
	born(got, kind);
}

static void end(void)
{
	int fd = any_fd();

	if (told("close", fd, 0, close(fd)) == 0)
		kinds[fd] = NONE;
}

static void control(void)
{
	int fd = any_fd(), on = 1;

	switch (any(6)) {
	case 0: told("getfd", fd, 0, fcntl(fd, F_GETFD)); break;
	case 1: told("setfd", fd, 0, fcntl(fd, F_SETFD, any(2))); break;
	case 2: {
		int flags = fcntl(fd, F_GETFL);

		if (flags >= 0)
			flags &= O_ACCMODE | O_NONBLOCK | O_APPEND;
		told("getfl", fd, 0, flags);
		break;
	}
	case 3:
		if (fd >= 0 && kinds[fd] != FILE_)
			told("setfl", fd, 0, fcntl(fd, F_SETFL, O_NONBLOCK));
		break;
	case 4: told("fioclex", fd, 0, ioctl(fd, any(2) ? FIOCLEX : FIONCLEX)); break;
	default: told("fionbio", fd, 0, ioctl(fd, FIONBIO, &on));
	}
}

static size_t vector(struct iovec iov[3])
{
	size_t at = 0;

	for (int i = 0; i < 3; i++) {
		size_t n = any(3) ? any(60) : 0;

		iov[i] = (struct iovec){ data + at, n };
		at += n;
	}
	return at;
}

static void take(void)
{
	int fd = any_fd();
	size_t n = any(8) ? any(200) : any(9);
	struct iovec iov[3];
	long got;

	memset(data, 0, sizeof(data));
	switch (any(5)) {
	case 0:
		n = vector(iov);
		if (n == 0 && fd >= 0 && kinds[fd] != PIPE && kinds[fd] != FILE_)
			return; /* Linux: 0, as if the file could be read so */
		got = told("readv", fd, (long)n, readv(fd, iov, 3));
		break;
	case 1: got = told("pread", fd, (long)n, pread(fd, data, n, any(30))); break;
	case 2:
		got = any(10) ? told("read", fd, (long)n, read(fd, data, n))
			      : told("read-bad", fd, 0, read(fd, BAD, 0));
		break;
	default: got = told("read", fd, (long)n, read(fd, data, n));
	}
	printf("data %u\n", hash(data, got));
}

static uint64_t number(void)
{
	static const uint64_t numbers[] = { 0, 1, 5, UINT64_MAX - 1, UINT64_MAX, 1ull << 63 };

	return numbers[any(6)];
}

static void give(void)
{
	int fd = any_fd();
	size_t n = any(120);
	struct iovec iov[3];
	uint64_t value = number();
	bool event = fd >= 0 && kinds[fd] == EVENT;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)any(256);
	switch (any(4)) {
	case 0:
		n = vector(iov);
		if (!event)
			told("writev", fd, (long)n, writev(fd, iov, 3));
		break;
	case 1: told("pwrite", fd, (long)n, pwrite(fd, data, n, any(30))); break;
	default:
		if (event) { /* older versions of Linux take more than 8 bytes */
			memcpy(data, &value, sizeof(value));
			n %= 9;
		}
		told("write", fd, (long)n, write(fd, data, n));
	}
}

static void seek(void)
{
	int fd = any_fd(), whence = (int)any(4);
	off_t offset = (off_t)any(60) - 20;

	if (whence < 3 && fd >= 0 && kinds[fd] == FILE_)
		told("lseek", fd, offset, lseek(fd, offset, whence));
}

static void watch(void)
{
	static const uint32_t choices[] = { EPOLLIN,
					    EPOLLOUT,
					    EPOLLIN | EPOLLOUT,
					    0,
					    EPOLLIN | EPOLLONESHOT,
					    EPOLLOUT | EPOLLONESHOT };
	int ep = any_fd(), fd = any_fd(), op = 1 + (int)any(3);
	struct epoll_event event = { .events = choices[any(6)], .data.u64 = (uint64_t)fd };

	if (fd >= 0 && kinds[fd] == EPOLL)
		return;
	told("epoll_ctl", ep * 100 + fd, op, epoll_ctl(ep, op, fd, &event));
}

static void look(void)
{
	struct epoll_event events[32];
	int ep = any_fd(), n = epoll_wait(ep, events, 32, 0);
	uint64_t sum = 0;

	told("epoll_wait", ep, 0, n);
	for (int i = 0; i < n; i++)
		sum += (events[i].data.u64 + 1) * 1000003 + events[i].events * 7ull;
	printf("events %llu\n", (unsigned long long)sum);
}

static void ask(void)
{
	static const short choices[] = { POLLIN, POLLOUT,    POLLIN | POLLOUT,
					 0,      POLLRDNORM, POLLWRNORM | POLLIN };
	struct pollfd fds[5];
	unsigned int n = any(6);

	for (unsigned int i = 0; i < n; i++) {
		fds[i] = (struct pollfd){ any_fd(), choices[any(6)], 77 };
		if (fds[i].fd >= 0 && kinds[fds[i].fd] == EVENT)
			fds[i].events &= POLLIN | POLLOUT; /* Linux has no other ones for it */
	}
	told("poll", (long)n, 0, poll(fds, n, 0));
	for (unsigned int i = 0; i < n; i++)
		printf("%d %x %x\n", fds[i].fd, fds[i].events, fds[i].revents);
}

static void ask_sets(void)
{
	struct timeval zero = { 0, 0 };
	fd_set sets[3];
	long n;

	for (int k = 0; k < 3; k++) {
		FD_ZERO(&sets[k]);
		for (unsigned int i = any(4); i > 0; i--)
			FD_SET(FIRST + any(FDS), &sets[k]);
	}
	n = told("select", 0, 0, select(FIRST + FDS, &sets[0], &sets[1], &sets[2], &zero));
	if (n >= 0)
		printf("sets %u\n", hash(sets, sizeof(sets)));
}

static void describe(void)
{
	struct stat st;
	int fd = any_fd();

	if (fd < 0 || (kinds[fd] != EVENT && kinds[fd] != EPOLL))
		if (told("fstat", fd, 0, fstat(fd, &st)) == 0)
			printf("is %o %ld\n", st.st_mode & S_IFMT,
			       S_ISREG(st.st_mode) ? (long)st.st_size : 0);
}

int random_calls(unsigned int seed, unsigned int count)
{
	static void (*const calls[])(void) = { make,  make, copy, end,      end,     control, take,
					       take,  take, give, give,     give,    seek,    watch,
					       watch, look, ask,  ask_sets, describe };
	const char *root = getenv("POSIX_ROOT");

	if (chdir(root ? root : "/files") != 0)
		return 1;
	for (int fd = FIRST; fd < 64; fd++)
		close(fd);
	signal(SIGPIPE, SIG_IGN);
	state = seed * 0x9e3779b97f4a7c15ull + 1;
	for (unsigned int i = 0; i < count; i++)
		calls[any(sizeof(calls) / sizeof(calls[0]))]();
	puts("end of calls");
	return 0;
}
