/* SPDX-License-Identifier: BSD-3-Clause */
#include "t.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PAGE 4096

static void anonymous(void)
{
	char *p = mmap(NULL, 5 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	     *q;

	if (!CHECK(p != MAP_FAILED))
		return;
	CHECK(p[0] == 0 && p[5 * PAGE - 1] == 0);
	memset(p, 1, 5 * PAGE);
	CHECK(munmap(p + PAGE, PAGE) == 0 && p[0] == 1 && p[2 * PAGE] == 1);
	q = mmap(p + PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		 -1, 0);
	CHECK(q == p + PAGE && q[0] == 0);
	CHECK(mprotect(p, PAGE, PROT_READ) == 0 && p[5] == 1);
	CHECK(mprotect(p, PAGE, PROT_READ | PROT_WRITE) == 0);
	p[5] = 2;
	CHECK(madvise(p, PAGE, MADV_DONTNEED) == 0 && p[5] == 0);
	CHECK(munmap(p, 5 * PAGE) == 0);
	CHECK(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
	      errno == EINVAL);
}

static void of_a_file(void)
{
	const char *root = getenv("POSIX_ROOT");
	char name[300], *p;
	int fd;

	snprintf(name, sizeof(name), "%s/fox.txt", root ? root : "/files");
	fd = open(name, O_RDONLY);
	p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	if (CHECK(p != MAP_FAILED)) {
		CHECK(memcmp(p, "the quick", 9) == 0 && p[20] == 0 && p[PAGE - 1] == 0);
		munmap(p, PAGE);
	}
	close(fd);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 99, 0) == MAP_FAILED && errno == EBADF);
}

static char *map(void *at, size_t pages, int prot, int flags)
{
	return mmap(at, pages * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

#define RW (PROT_READ | PROT_WRITE)

static void of_devices(void)
{
	int zero = open("/dev/zero", O_RDWR), null = open("/dev/null", O_RDWR);
	int kinds[] = { MAP_PRIVATE, MAP_SHARED };

	for (int i = 0; i < 2; i++) {
		char *p = mmap(NULL, 2 * PAGE, RW, kinds[i], zero, 0);

		if (CHECK(p != MAP_FAILED)) {
			CHECK(p[0] == 0 && p[2 * PAGE - 1] == 0);
			memset(p, 1, 2 * PAGE);
			CHECK(p[PAGE] == 1 && munmap(p, 2 * PAGE) == 0);
		}
		FAILS((long)mmap(NULL, PAGE, RW, kinds[i], null, 0), ENODEV);
		FAILS((long)mmap(NULL, PAGE, PROT_READ, kinds[i], null, 0), ENODEV);
	}
	close(zero);
	close(null);
	zero = open("/dev/zero", O_RDONLY);
	FAILS((long)mmap(NULL, PAGE, RW, MAP_SHARED, zero, 0), EACCES);
	close(zero);
	null = open("/dev/null", O_WRONLY);
	FAILS((long)mmap(NULL, PAGE, RW, MAP_PRIVATE, null, 0), EACCES);
	close(null);
	null = open("/", O_RDONLY);
	FAILS((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, null, 0), ENODEV);
	close(null);
}

/* Far more than there is, of which some is used. */
static void reserved(void)
{
	size_t pages = 1ul << 26; /* 256 GiB */
	char *p = map(NULL, pages, PROT_NONE, MAP_NORESERVE), *q;
	unsigned char there[3];

	if (!CHECK(p != MAP_FAILED))
		return;
	q = p + (pages / 2) * PAGE;
	CHECK(mprotect(q, 2 * PAGE, RW) == 0);
	memset(q, 7, 2 * PAGE);
	CHECK(mincore(q, 3 * PAGE, there) == 0 && (there[0] & 1) && (there[1] & 1) &&
	      !(there[2] & 1));
	CHECK(map(q + PAGE, 1, PROT_NONE, MAP_FIXED | MAP_NORESERVE) == q + PAGE && q[0] == 7);
	CHECK(mprotect(q + PAGE, PAGE, RW) == 0 && q[PAGE] == 0);
	CHECK(madvise(p, pages * PAGE, MADV_DONTNEED) == 0 && q[0] == 0);
	errno = 0;
	CHECK(map(q, 1, RW, MAP_FIXED_NOREPLACE) == MAP_FAILED && errno == EEXIST);
	CHECK(munmap(p, pages * PAGE) == 0);
	CHECK(map(q, 1, RW, MAP_FIXED_NOREPLACE) == q);
	CHECK(munmap(q, PAGE) == 0);
}

static void moved(void)
{
	char *p = map(NULL, 8, RW, 0), *q;

	if (!CHECK(p != MAP_FAILED))
		return;
	memset(p, 3, 4 * PAGE);
	CHECK(mremap(p, 4 * PAGE, 3 * PAGE, 0) == p);
	CHECK(mprotect(p + 4 * PAGE, PAGE, PROT_READ) == 0); /* in the way */
	CHECK(mremap(p, 3 * PAGE, 4 * PAGE, 0) == p && p[3 * PAGE - 1] == 3 && p[3 * PAGE] == 0);
	FAILS((long)mremap(p, 4 * PAGE, 5 * PAGE, 0), ENOMEM);
	q = mremap(p, 4 * PAGE, 600 * PAGE, MREMAP_MAYMOVE);
	if (CHECK(q != MAP_FAILED && q != p))
		CHECK(q[0] == 3 && q[3 * PAGE - 1] == 3 && q[600 * PAGE - 1] == 0);
	q[599 * PAGE] = 9;
	FAILS((long)mremap(p, 4 * PAGE, 5 * PAGE, 0), EFAULT); /* it is gone */
	FAILS((long)mremap(q, 600 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, q + PAGE),
	      EINVAL);
	p = map(p, 1, RW, MAP_FIXED);
	CHECK(mremap(q + 599 * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p) == p);
	CHECK(p[0] == 9 && munmap(q, 599 * PAGE) == 0 && munmap(p, 8 * PAGE) == 0);
	FAILS((long)mremap(q, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EFAULT);
	FAILS((long)mremap(q + 1, PAGE, PAGE, MREMAP_MAYMOVE), EINVAL);
	FAILS((long)mremap(q, PAGE, 0, MREMAP_MAYMOVE), EINVAL);
	FAILS((long)mremap(q, PAGE, PAGE, MREMAP_FIXED, p), EINVAL);
}

static void advised(void)
{
	char *p = map(NULL, 6, RW, 0);
	unsigned char there[6];

	if (!CHECK(p != MAP_FAILED))
		return;
	memset(p, 5, 6 * PAGE);
	CHECK(mincore(p, 6 * PAGE - 1, there) == 0 && (there[0] & 1) && (there[5] & 1));
	CHECK(msync(p, 6 * PAGE, MS_SYNC) == 0 && msync(p, PAGE, MS_ASYNC | MS_INVALIDATE) == 0);
	FAILS(msync(p, PAGE, MS_SYNC | MS_ASYNC), EINVAL);
	FAILS(msync(p + 1, PAGE, MS_SYNC), EINVAL);
	FAILS(madvise(p, PAGE, 9999), EINVAL);
	FAILS(madvise(p + 1, PAGE, MADV_DONTNEED), EINVAL);
	CHECK(mprotect(p + PAGE, PAGE, PROT_NONE) == 0 && munmap(p + 3 * PAGE, PAGE) == 0);
	FAILS(madvise(p, 5 * PAGE, MADV_DONTNEED), ENOMEM); /* and yet all of it is done */
	CHECK(p[0] == 0 && p[2 * PAGE] == 0 && p[4 * PAGE] == 0 && p[5 * PAGE] == 5);
	CHECK(mprotect(p + PAGE, PAGE, PROT_READ) == 0 && p[PAGE] == 0);
	FAILS(mprotect(p, 6 * PAGE, PROT_READ), ENOMEM);
	FAILS(madvise(p, 6 * PAGE, MADV_NORMAL), ENOMEM);
	FAILS(mincore(p, 6 * PAGE, there), ENOMEM);
	FAILS(mincore(p + 1, PAGE, there), EINVAL);
	FAILS(msync(p, 6 * PAGE, MS_SYNC), ENOMEM);
	CHECK(madvise(p, 0, MADV_DONTNEED) == 0 && munmap(p, 6 * PAGE) == 0);
}

void test_memory(void)
{
	char *p;

	anonymous();
	of_a_file();
	of_devices();
	reserved();
	moved();
	advised();
	p = malloc(100000);
	CHECK(p != NULL);
	p = realloc(p, 300000);
	CHECK(p != NULL);
	free(p);
}
