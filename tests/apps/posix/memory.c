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

void test_memory(void)
{
	char *p;

	anonymous();
	of_a_file();
	p = malloc(100000);
	CHECK(p != NULL);
	p = realloc(p, 300000);
	CHECK(p != NULL);
	free(p);
}
