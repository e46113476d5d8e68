/* SPDX-License-Identifier: BSD-3-Clause */
#include "t.h"
#include <fcntl.h>
#include <limits.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/utsname.h>

static void descriptors(void)
{
	int a = open("/dev/null", O_RDWR), b = dup(a), c;
	struct rlimit limit;

	CHECK(a > 2 && b == a + 1);
	CHECK(dup2(a, b) == b && dup2(a, a) == a);
	CHECK(dup3(a, 20, O_CLOEXEC) == 20);
	CHECK(fcntl(20, F_GETFD) == FD_CLOEXEC && fcntl(a, F_GETFD) == 0);
	CHECK(fcntl(a, F_SETFD, FD_CLOEXEC) == 0 && fcntl(a, F_GETFD) == FD_CLOEXEC);
	c = fcntl(a, F_DUPFD, 10);
	CHECK(c >= 10 && fcntl(c, F_GETFD) == 0);
	CHECK(close(a) == 0 && dup(b) == a); /* the lowest again */
	FAILS(close(30), EBADF);
	FAILS(dup3(a, a, 0), EINVAL);
	FAILS(dup2(a, -1), EBADF);
	FAILS(fcntl(a, F_DUPFD, 1000000), EINVAL);
	CHECK(fcntl(a, F_SETFL, O_NONBLOCK) == 0);
	CHECK((fcntl(a, F_GETFL) & (O_NONBLOCK | O_ACCMODE)) == (O_NONBLOCK | O_RDWR));
	CHECK(fcntl(b, F_GETFL) & O_NONBLOCK); /* the description is shared */
	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= 8);
	close(a), close(b), close(c), close(20);
}

static void vectors(void)
{
	char a[4] = "", b[16] = "";
	struct iovec out[3] = { { "one ", 4 }, { NULL, 0 }, { "two", 3 } };
	struct iovec in[2] = { { a, 3 }, { b, 15 } };
	int p[2];

	CHECK(pipe(p) == 0);
	CHECK(writev(p[1], out, 3) == 7);
	CHECK(readv(p[0], in, 2) == 7);
	CHECK(memcmp(a, "one", 3) == 0 && strcmp(b, " two") == 0);
	FAILS(writev(p[1], out, -1), EINVAL);
	FAILS(writev(p[1], out, IOV_MAX + 1), EINVAL);
	CHECK(write(p[1], "", 0) == 0);
	FAILS(write(p[0], "x", 1), EBADF);
	FAILS(read(p[1], a, 1), EBADF);
	FAILS(write(p[1], (void *)8, 4), EFAULT);
	FAILS(lseek(p[0], 0, SEEK_SET), ESPIPE);
	FAILS(pread(p[0], a, 1, 0), ESPIPE);
	close(p[0]), close(p[1]);
}

static void streams(void)
{
	struct winsize size;
	struct utsname name;
	struct stat st;

	CHECK(ioctl(1, TIOCGWINSZ, &size) == 0 || errno == ENOTTY);
	CHECK(fstat(1, &st) == 0);
	FAILS(ioctl(1, 0x12345, &size), ENOTTY);
	FAILS(ioctl(99, TIOCGWINSZ, &size), EBADF);
	CHECK(uname(&name) == 0 && name.sysname[0]);
	CHECK(getpid() > 0);
}

void test_fds(void)
{
	descriptors();
	vectors();
	streams();
}
