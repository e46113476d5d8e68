/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE
#include "t.h"
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static char *map(int fd, size_t pages, int prot, int flags)
{
	char *p = mmap(NULL, pages * PAGE, prot, flags, fd, 0);

	say("a mapping", p == MAP_FAILED ? -1 : 100000);
	return p;
}

static int byte_of(int fd, off_t at)
{
	unsigned char byte = 0;

	pread(fd, &byte, 1, at);
	return byte;
}

static void shared(int fd)
{
	char *p = map(fd, 4, RW, MAP_SHARED), *q = map(fd, 4, PROT_READ, MAP_SHARED);

	TELL(p[0] + p[PAGE] + p[2 * PAGE] + q[3 * PAGE]);
	p[5] = 50;
	TELL(q[5] + byte_of(fd, 5));
	pwrite(fd, "\7", 1, (off_t)PAGE + 9);
	TELL(p[PAGE + 9] + q[PAGE + 9]);
	TELL(poke(q, 1) == -EFAULT);
	SAY(mprotect(q, PAGE, RW));
	q[6] = 51;
	TELL(p[6]);
	SAY(msync(p, 4 * PAGE, MS_SYNC));
	SAY(madvise(p, 4 * PAGE, MADV_DONTNEED));
	TELL(p[5] + p[6]);
	SAY(madvise(p, 4 * PAGE, MADV_FREE));
	SAY(munmap(p, 4 * PAGE));
	TELL(q[5]);
	SAY(munmap(q, 4 * PAGE));
	TELL(byte_of(fd, 5) + byte_of(fd, 6));
}

static void private(int fd)
{
	char *p = map(fd, 4, RW, MAP_PRIVATE), *q = map(fd, 4, RW, MAP_SHARED);

	p[7] = 1;
	q[7] = 2;
	TELL(p[7] * 10 + q[7]);
	q[PAGE + 7] = 3;
	TELL(p[PAGE + 7]);
	p[PAGE + 8] = 4;
	TELL(q[PAGE + 8] * 10 + byte_of(fd, (off_t)PAGE + 8));
	SAY(mprotect(p, 4 * PAGE, PROT_READ));
	TELL(poke(p + 7, 9) == -EFAULT);
	SAY(mprotect(p, 4 * PAGE, RW));
	p[2 * PAGE + 7] = 5;
	TELL(q[2 * PAGE + 7]);
	SAY(madvise(p, PAGE, MADV_DONTNEED));
	TELL(p[7]);
	SAY(munmap(p + PAGE, PAGE));
	TELL(p[2 * PAGE + 7]);
	SAY(munmap(p, 4 * PAGE));
	SAY(munmap(q, 4 * PAGE));
}

/* What is behind the end is not there; what comes back is empty. */
static void cut(int fd)
{
	char *p = map(fd, 4, RW, MAP_SHARED), *q = map(fd, 4, RW, MAP_PRIVATE);

	p[PAGE] = 1;
	p[2 * PAGE] = q[2 * PAGE] = 2;
	SAY(ftruncate(fd, (off_t)PAGE + 100));
	TELL(peek(p + PAGE));
	TELL(peek(p + PAGE + 200));
	TELL(peek(p + 2 * PAGE) == -EFAULT);
	TELL(poke(p + 3 * PAGE, 1) == -EFAULT);
	TELL(peek(q + 2 * PAGE) == -EFAULT);
	SAY(ftruncate(fd, 4 * (off_t)PAGE));
	TELL(p[2 * PAGE] + q[2 * PAGE] + p[3 * PAGE]);
	p[3 * PAGE] = 8;
	TELL(byte_of(fd, 3 * (off_t)PAGE));
	SAY(munmap(p, 4 * PAGE));
	SAY(munmap(q, 4 * PAGE));
}

/* Mapped, it lives on without name and descriptor. */
static void removed(void)
{
	int fd = file_of("gone", 2);
	const char *tmp = getenv("POSIX_TMP");
	char path[200], *p = map(fd, 2, RW, MAP_SHARED), *q;

	p[9] = 9;
	snprintf(path, sizeof(path), "%s/gone", tmp ? tmp : "");
	SAY(unlink(path));
	SAY(close(fd));
	TELL(p[0] + p[PAGE] + p[9]);
	q = mremap(p, 2 * PAGE, PAGE, 0);
	TELL(q == p && q[9] == 9);
	SAY(munmap(p, PAGE));
}

static void moved(int fd)
{
	char *p = map(fd, 2, RW, MAP_SHARED), *q;

	q = mremap(p, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE);
	say("mremap of a file", q == MAP_FAILED ? -1 : 100000);
	TELL(q[0] + q[3 * PAGE]);
	SAY(munmap(q, 4 * PAGE));
	p = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 2 * (off_t)PAGE);
	TELL(p[0]);
	SAY(munmap(p, PAGE));
}

static void rights(void)
{
	const char *tmp = getenv("POSIX_TMP");
	char path[200], *p;
	int fd;

	snprintf(path, sizeof(path), "%s/rights", tmp ? tmp : "");
	close(file_of("rights", 1));
	fd = open(path, O_RDONLY);
	map(fd, 1, RW, MAP_SHARED);
	p = map(fd, 1, PROT_READ, MAP_SHARED);
	SAY(mprotect(p, PAGE, RW));
	SAY(munmap(p, PAGE));
	p = map(fd, 1, RW, MAP_PRIVATE);
	p[0] = 77;
	TELL(p[0] + byte_of(fd, 0));
	SAY(munmap(p, PAGE));
	close(fd);
	fd = open(path, O_WRONLY);
	map(fd, 1, PROT_READ, MAP_PRIVATE);
	map(fd, 1, PROT_WRITE, MAP_SHARED);
	close(fd);
	unlink(path);
}

/* Of /dev/zero it is memory: private, or the mapping's own as if it were anonymous. */
static void zeros(void)
{
	int fd = open("/dev/zero", O_RDWR), reader = open("/dev/zero", O_RDONLY);
	unsigned char there[3];
	char *p, *q;

	p = map(fd, 3, RW, MAP_PRIVATE);
	q = map(fd, 3, RW, MAP_SHARED);
	SAY(mincore(p, 3 * PAGE, there));
	TELL(p[0] + q[3 * PAGE - 1]);
	memset(p, 5, 3 * PAGE);
	memset(q, 6, 3 * PAGE);
	TELL(p[PAGE] + q[PAGE]);
	SAY(madvise(p, PAGE, MADV_DONTNEED));
	SAY(madvise(q, PAGE, MADV_DONTNEED));
	TELL(p[0] * 10 + q[0]);
	SAY(madvise(q, PAGE, MADV_FREE));
	q = mremap(q, 3 * PAGE, 5 * PAGE, MREMAP_MAYMOVE);
	TELL(q[0] + q[2 * PAGE]);
	SAY(munmap(p, 3 * PAGE));
	SAY(munmap(q, 5 * PAGE));
	p = map(reader, 2, RW, MAP_PRIVATE);
	p[PAGE] = 1;
	TELL(p[0] * 10 + p[PAGE]);
	SAY(munmap(p, 2 * PAGE));
	map(reader, 1, RW, MAP_SHARED);
	p = map(reader, 1, PROT_READ, MAP_SHARED);
	TELL(p[7]);
	SAY(mprotect(p, PAGE, RW));
	SAY(munmap(p, PAGE));
	close(fd);
	close(reader);
	fd = open("/dev/zero", O_WRONLY);
	map(fd, 1, PROT_READ, MAP_PRIVATE);
	map(fd, 1, PROT_READ, MAP_SHARED);
	close(fd);
}

/* What is no memory. */
static void devices(void)
{
	int fd = open("/dev/null", O_RDWR);

	map(fd, 1, RW, MAP_PRIVATE);
	map(fd, 1, RW, MAP_SHARED);
	map(fd, 1, PROT_READ, MAP_PRIVATE);
	close(fd);
	fd = open("/dev/null", O_RDONLY);
	map(fd, 1, RW, MAP_SHARED);
	map(fd, 1, PROT_READ, MAP_SHARED);
	close(fd);
	fd = open("/dev/null", O_WRONLY);
	map(fd, 1, PROT_WRITE, MAP_PRIVATE);
	close(fd);
}

void test_files(void)
{
	int fd = file_of("shared", 4), pipes[2];

	shared(fd);
	private(fd);
	cut(fd);
	moved(fd);
	removed();
	rights();
	zeros();
	devices();
	close(fd);
	if (pipe(pipes) == 0)
		map(pipes[0], 1, PROT_READ, MAP_PRIVATE);
	fd = open("/", O_RDONLY);
	map(fd, 1, PROT_READ, MAP_PRIVATE);
	close(fd);
}
