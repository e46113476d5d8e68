/* SPDX-License-Identifier: BSD-3-Clause */
/* What is refused, and how. */
#define _GNU_SOURCE
#include "t.h"
#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { POPULATE_READ = 22, POPULATE_WRITE = 23 }; /* not every libc names them */

static long map(void *at, size_t len, int prot, int flags, int fd, off_t offset)
{
	return (long)mmap(at, len, prot, flags, fd, offset);
}

/* libc's rounds what it gets. */
static long protect(void *at, size_t len, int prot)
{
	return syscall(SYS_mprotect, at, len, prot);
}

static void maps(void)
{
	int fd = file_of("errors", 1);

	SAY(map(NULL, 0, RW, ANON, -1, 0));
	SAY(map(NULL, SIZE_MAX, RW, ANON, -1, 0));
	SAY(map(NULL, SIZE_MAX - 4096, PROT_NONE, ANON | MAP_NORESERVE, -1, 0));
	SAY(map(NULL, 1ul << 47, PROT_NONE, ANON | MAP_NORESERVE, -1, 0));
	SAY(map(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0));
	SAY(map((void *)0x123456, PAGE, RW, ANON | MAP_FIXED, -1, 0));
	SAY(map((void *)(1ul << 47), PAGE, RW, ANON | MAP_FIXED, -1, 0));
	SAY(map(NULL, PAGE, RW, MAP_PRIVATE, -1, 0));
	SAY(map(NULL, PAGE, RW, MAP_PRIVATE, 77, 0));
	SAY(map(NULL, PAGE, RW, MAP_PRIVATE, fd, 5));
	SAY(map(NULL, 2 * PAGE, RW, MAP_SHARED, fd, (off_t)(INT64_MAX - 4095)));
	close(fd);
}

static void others(void)
{
	char *p = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);

	munmap(p + PAGE, PAGE);
	SAY(munmap(p + 1, PAGE));
	SAY(munmap(p, 0));
	SAY(munmap(p, SIZE_MAX));
	SAY(munmap(p + PAGE, PAGE));
	SAY(munmap(NULL, PAGE));
	SAY(munmap((void *)((1ul << 47) - PAGE), PAGE));
	SAY(munmap((void *)(1ul << 47), PAGE));
	SAY(munmap(NULL, 1ul << 47));
	SAY(protect(p + 1, PAGE, RW));
	SAY(protect(p, 0, RW));
	SAY(protect(p, SIZE_MAX, RW));
	SAY(protect(p + PAGE, PAGE, RW));
	SAY(protect(p, PAGE, 0x77777700));
	SAY(madvise(p + 1, PAGE, MADV_DONTNEED));
	SAY(madvise(p, SIZE_MAX, MADV_DONTNEED));
	SAY(madvise(p + PAGE, PAGE, MADV_DONTNEED));
	SAY(madvise(p, PAGE, 4711));
	SAY(msync(p + 1, PAGE, MS_SYNC));
	SAY(msync(p, PAGE, MS_SYNC | MS_ASYNC));
	SAY(msync(p + PAGE, PAGE, MS_SYNC));
	SAY(mincore(p + 1, PAGE, NULL));
	SAY(mincore(p, PAGE, (unsigned char *)16));
	SAY(mincore(p + PAGE, PAGE, (unsigned char *)p));
	SAY((long)mremap(p + 1, PAGE, PAGE, 0));
	SAY((long)mremap(p, PAGE, 0, 0));
	SAY((long)mremap(p + PAGE, PAGE, PAGE * 2, MREMAP_MAYMOVE));
	SAY((long)mremap(p, PAGE, PAGE, MREMAP_FIXED, p));
	SAY((long)mremap(p, PAGE, PAGE, 64));
	munmap(p, 4 * PAGE);
}

/* Where nothing is ever mapped; and rights that a page does not have. */
static void bounds(void)
{
	char *const low = NULL, *const high = (char *)0x00007ffffffff000ul;
	char *p = mmap(NULL, PAGE, PROT_READ, ANON, -1, 0);

	SAY(madvise(low, PAGE, MADV_DONTNEED));
	SAY(madvise(high, PAGE, MADV_DONTNEED));
	SAY(madvise(low, PAGE, MADV_FREE));
	SAY(madvise(high, PAGE, MADV_FREE));
	SAY(madvise(low, PAGE, MADV_NORMAL));
	SAY(madvise(low, PAGE, POPULATE_READ));
	SAY(madvise(low, PAGE, 4711));
	SAY(protect(low, PAGE, PROT_READ));
	SAY(protect(high, PAGE, PROT_READ));
	SAY(madvise(p, PAGE, POPULATE_WRITE));
	SAY(madvise(p, PAGE, POPULATE_READ));
	protect(p, PAGE, PROT_NONE);
	SAY(madvise(p, PAGE, POPULATE_READ));
	munmap(p, PAGE);
}

static void breaks(void)
{
	long now = syscall(SYS_brk, 0), end;

	TELL(syscall(SYS_brk, 1) == now);
	end = syscall(SYS_brk, now + 100000);
	TELL(end - now);
	((char *)now)[99999] = 5;
	TELL(syscall(SYS_brk, now) == now);
	TELL(syscall(SYS_brk, end) == end);
	TELL(((char *)now)[99999]);
	TELL(syscall(SYS_brk, now + (1l << 40)) == end);
	TELL(syscall(SYS_brk, now) == now);
}

void test_errors(void)
{
	maps();
	others();
	bounds();
	breaks();
}

/* A system call is told about memory that is not there, by each kind of access. */
static void calls(char *bad, char *fixed)
{
	int fd = file_of("pointers", 1), pipes[2];

	if (pipe2(pipes, O_NONBLOCK))
		return;
	SAY(write(fd, bad, 10));
	SAY(read(fd, bad, 10));
	SAY(pread(fd, fixed, 8, 0));
	SAY(pwrite(fd, fixed, 8, 0));
	SAY(write(pipes[1], bad, 1));
	SAY(writev(pipes[1], (struct iovec *)bad, 1));
	SAY(write(pipes[1], "x", 1));
	SAY(read(pipes[0], fixed, 1));
	SAY(syscall(SYS_pipe2, bad, 0));
	SAY(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, fixed));
	SAY(syscall(SYS_nanosleep, bad, NULL));
	SAY(syscall(SYS_poll, bad, 1, 0));
	SAY(syscall(SYS_fstat, fd, fixed));
	SAY(open(bad, O_RDONLY));
	SAY(syscall(SYS_newfstatat, AT_FDCWD, "/", bad, 0));
	SAY(syscall(SYS_futex, bad, 0, 0, NULL));
	SAY(syscall(SYS_getcwd, fixed, 100));
	SAY(syscall(SYS_uname, bad));
	SAY(syscall(SYS_getrandom, fixed, 8, 0));
	close(fd);
	close(pipes[0]);
	close(pipes[1]);
}

void test_pointers(void)
{
	char *p = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);
	int fd = file_of("straddle", 3);

	munmap(p + PAGE, PAGE);
	protect(p + 2 * PAGE, PAGE, PROT_READ);
	calls(p + PAGE + 64, p + 2 * PAGE + 64);
	calls(NULL, (char *)8);
	calls((char *)-4096, (char *)(1ul << 63));
	calls((char *)(1ul << 50), (char *)0x00007ffffffff000ul);
	/* As much as there is. */
	SAY(pread(fd, p + PAGE - 96, 200, 0));
	SAY(pwrite(fd, p + PAGE - 96, 200, 0));
	/* Pages that were never touched. */
	SAY(pread(fd, p + 3 * PAGE, 8, (off_t)PAGE));
	TELL(p[3 * PAGE]);
	close(fd);
	munmap(p, 4 * PAGE);
}
