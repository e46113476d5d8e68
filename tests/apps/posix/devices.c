/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files that no file system has: devices by name, memory without one.
 */

#include "t.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

static void full(void)
{
	char buf[8] = "abc";
	struct stat st;
	int fd = open("/dev/full", O_RDWR);

	CHECK(fd >= 0 && fstat(fd, &st) == 0 && S_ISCHR(st.st_mode));
	FAILS(write(fd, buf, 3), ENOSPC);
	CHECK(read(fd, buf, 3) == 3 && buf[0] == 0 && buf[2] == 0);
	CHECK(lseek(fd, 10, SEEK_SET) == 0);
	close(fd);
	CHECK(stat("/dev/full", &st) == 0 && S_ISCHR(st.st_mode));
}

static void streams(void)
{
	int fd = open("/dev/stdout", O_WRONLY);
	char c;

	CHECK(fd > 2 && write(fd, "through /dev/stdout\n", 20) == 20 && close(fd) == 0);
	fd = open("/dev/stderr", O_WRONLY);
	CHECK(fd > 2 && close(fd) == 0);
	CHECK(access("/dev/stdin", F_OK) == 0 && access("/dev/tty", F_OK) == 0);
	FAILS(open("/dev/tty", O_RDONLY | O_DIRECTORY), ENOTDIR);
	if (getenv("POSIX_ROOT"))
		return; /* Linux, where there need not be a terminal */
	fd = open("/dev/tty", O_RDWR);
	CHECK(fd > 2 && isatty(fd) && close(fd) == 0);
	fd = open("/dev/console", O_RDWR | O_CLOEXEC);
	CHECK(fd > 2 && fcntl(fd, F_GETFD) == FD_CLOEXEC && close(fd) == 0);
	/* What was put in the place of a stream is meant. */
	int null = open("/dev/null", O_RDONLY), kept = dup(0);

	CHECK(dup2(null, 0) == 0);
	FAILS(open("/dev/stdin", O_RDWR), EACCES);
	fd = open("/dev/stdin", O_RDONLY);
	CHECK(fd > 2 && read(fd, &c, 1) == 0 && close(fd) == 0);
	CHECK(close(0) == 0);
	FAILS(open("/dev/stdin", O_RDONLY), ENXIO);
	CHECK(dup2(kept, 0) == 0 && close(kept) == 0 && close(null) == 0);
}

static void memory(void)
{
	char name[300], buf[8] = "";
	struct stat st;
	int fd = memfd_create("scratch", MFD_CLOEXEC);

	CHECK(fd > 2 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0 && st.st_nlink == 0);
	CHECK(write(fd, "hello", 5) == 5 && pread(fd, buf, 8, 1) == 4 && !memcmp(buf, "ello", 4));
	CHECK(ftruncate(fd, 10000) == 0 && fstat(fd, &st) == 0 && st.st_size == 10000);
	CHECK(pread(fd, buf, 2, 9998) == 2 && buf[0] == 0 && pread(fd, buf, 1, 10000) == 0);
	CHECK(lseek(fd, 0, SEEK_END) == 10000 && fsync(fd) == 0);
	/* Not made for seals: it has the one that forbids them. */
	CHECK(fcntl(fd, F_GET_SEALS) == F_SEAL_SEAL);
	FAILS(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), EPERM);
	void *at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);

	CHECK(at != MAP_FAILED && memcmp(at, "hello", 6) == 0 && munmap(at, 4096) == 0);
	CHECK(close(fd) == 0);
	memset(name, 'x', sizeof(name));
	name[250] = '\0';
	FAILS(memfd_create(name, 0), EINVAL);
	name[249] = '\0';
	fd = memfd_create(name, 0);
	CHECK(fd > 2 && close(fd) == 0);
	FAILS(memfd_create("x", 0x80000000u), EINVAL);
	FAILS(memfd_create((char *)8, 0), EFAULT);
}

static void seals(void)
{
	int fd = memfd_create("sealed", MFD_ALLOW_SEALING);
	char c = 'c';

	CHECK(fd > 2 && fcntl(fd, F_GET_SEALS) == 0 && write(fd, "0123456789", 10) == 10);
	FAILS(fcntl(fd, F_ADD_SEALS, 0x1000), EINVAL);
	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
	FAILS(ftruncate(fd, 9), EPERM);
	CHECK(ftruncate(fd, 10) == 0 && ftruncate(fd, 11) == 0);
	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW) == 0);
	CHECK(fcntl(fd, F_GET_SEALS) == (F_SEAL_SHRINK | F_SEAL_GROW));
	FAILS(ftruncate(fd, 12), EPERM);
	FAILS(pwrite(fd, &c, 1, 11), EPERM);
	CHECK(pwrite(fd, &c, 1, 10) == 1);
	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL) == 0);
	FAILS(pwrite(fd, &c, 1, 0), EPERM);
	FAILS(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
	CHECK(pread(fd, &c, 1, 0) == 1 && c == '0');
	CHECK(close(fd) == 0);
	/* No memfd: no seals. */
	FAILS(fcntl(1, F_GET_SEALS), EINVAL);
	fd = open("/dev/null", O_RDWR);
	FAILS(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), EINVAL);
	close(fd);
}

static char *shared(int fd, int prot)
{
	char *p = mmap(NULL, 4096, prot, MAP_SHARED, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* No seal while it may be written through a mapping, and none of those once it is sealed. */
static void seals_and_mappings(int fd)
{
	char *p = shared(fd, PROT_READ | PROT_WRITE), *copy;

	CHECK(mprotect(p, 4096, PROT_READ) == 0); /* it could come back */
	FAILS(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	CHECK(munmap(p, 4096) == 0 && (p = shared(fd, PROT_READ)) != NULL);
	FAILS(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	CHECK(munmap(p, 4096) == 0);
	copy = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	CHECK(copy != MAP_FAILED && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0);
	copy[0] = 'x';
	FAILS(shared(fd, PROT_READ | PROT_WRITE) ? 0 : -1, EPERM);
	CHECK((p = shared(fd, PROT_READ)) != NULL && p[0] == 'a');
	FAILS(mprotect(p, 4096, PROT_READ | PROT_WRITE), EACCES);
	CHECK(munmap(p, 4096) == 0 && munmap(copy, 4096) == 0);
}

/* The one that is there stays as it is. */
static void future_writes(void)
{
	int fd = memfd_create("future", MFD_ALLOW_SEALING);
	char *p, *later;

	CHECK(write(fd, "abc", 3) == 3);
	p = shared(fd, PROT_READ | PROT_WRITE);
	CHECK(p && fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) == 0);
	FAILS(shared(fd, PROT_READ | PROT_WRITE) ? 0 : -1, EPERM);
	CHECK((later = shared(fd, PROT_READ)) != NULL);
	FAILS(mprotect(later, 4096, PROT_READ | PROT_WRITE), EACCES);
	CHECK(mprotect(p, 4096, PROT_READ) == 0);
	CHECK(mprotect(p, 4096, PROT_READ | PROT_WRITE) == 0);
	p[1] = 'x';
	CHECK(strcmp(later, "axc") == 0);
	FAILS(write(fd, "x", 1), EPERM);
	CHECK(munmap(p, 4096) == 0 && munmap(later, 4096) == 0 && close(fd) == 0);
}

/* Parts of a mapping count as it does. */
static void mapped_seals(void)
{
	int fd = memfd_create("mapped", MFD_ALLOW_SEALING);
	char *p;

	CHECK(fd >= 0 && ftruncate(fd, 16384) == 0 && write(fd, "abc", 3) == 3);
	p = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED && errno == EACCES) { /* no memory on demand: no such mappings */
		close(fd);
		return;
	}
	CHECK(munmap(p + 4096, 4096) == 0 && munmap(p, 4096) == 0);
	FAILS(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	CHECK(munmap(p + 8192, 8192) == 0);
	seals_and_mappings(fd);
	future_writes();
	CHECK(close(fd) == 0);
}

void test_devices(void)
{
	full();
	streams();
	memory();
	seals();
	mapped_seals();
}
