/* SPDX-License-Identifier: BSD-3-Clause */
/* memory: all tests. memory random SEED COUNT: random calls on one window of addresses. */
#define _GNU_SOURCE
#include "t.h"
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

static int bytes[2];

void say(const char *what, long result)
{
	if (result == -1)
		printf("%s: error %d\n", what, errno);
	else if (result >= 0 && result < 100000)
		printf("%s: %ld\n", what, result);
	else
		printf("%s: ok\n", what);
}

int file_of(const char *name, size_t pages)
{
	const char *tmp = getenv("POSIX_TMP");
	char path[200];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", tmp ? tmp : "", name);
	unlink(path);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)(pages * PAGE)))
		printf("no file %s: %s\n", name, strerror(errno));
	for (size_t i = 0; i < pages; i++) {
		uint64_t word = i + 1;

		pwrite(fd, &word, sizeof(word), (off_t)(i * PAGE));
	}
	return fd;
}

int peek(const void *at)
{
	unsigned char byte;

	if (write(bytes[1], at, 1) != 1)
		return -errno;
	return read(bytes[0], &byte, 1) == 1 ? byte : -1000;
}

int poke(void *at, int value)
{
	unsigned char byte = (unsigned char)value;
	int err;

	if (write(bytes[1], &byte, 1) != 1)
		return -1000;
	if (read(bytes[0], at, 1) == 1)
		return 0;
	err = errno;
	/* It may be there still. */
	(void)!read(bytes[0], &byte, 1);
	return -err;
}

/* Sections of 64 GiB, of which little is there. */
static void reserved(void)
{
	size_t len = 64ul << 30;
	char *p = mmap(NULL, len, PROT_NONE, ANON | MAP_NORESERVE, -1, 0), *q = p + len / 2;

	say("64 GiB without access", p == MAP_FAILED ? -1 : 100000);
	TELL(peek(q) == -EFAULT);
	SAY(mprotect(q, 8 * PAGE, RW));
	TELL(q[0] + q[7 * PAGE]);
	q[5] = 7;
	SAY(mprotect(q, 8 * PAGE, PROT_NONE));
	TELL(peek(q + 5) == -EFAULT);
	SAY(mprotect(q, 8 * PAGE, PROT_READ));
	TELL(q[5]);
	TELL(poke(q + 5, 1) == -EFAULT);
	SAY(mmap(q + PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED ? -1 : 1);
	TELL(mmap(q, PAGE, RW, ANON | MAP_FIXED, -1, 0) == q);
	TELL(q[5]);
	SAY(madvise(p, len, MADV_DONTNEED));
	SAY(munmap(p + PAGE, len - 2 * PAGE));
	SAY(munmap(p, len));
	p = mmap(NULL, len, RW, ANON | MAP_NORESERVE, -1, 0);
	say("64 GiB with access", p == MAP_FAILED ? -1 : 100000);
	for (size_t i = 0; i < 64; i++)
		p[i << 30 | i] = (char)i;
	long sum = 0;
	for (size_t i = 0; i < 64; i++)
		sum += p[i << 30 | i] + p[i << 30 | 2000];
	TELL(sum);
	SAY(madvise(p, len, MADV_DONTNEED));
	TELL(p[63ul << 30 | 63]);
	SAY(munmap(p, len));
}

static void resized(void)
{
	char *p = mmap(NULL, 20 * PAGE, RW, ANON, -1, 0), *q;

	memset(p, 1, 4 * PAGE);
	SAY(munmap(p + 10 * PAGE, 10 * PAGE));
	TELL(mremap(p, 10 * PAGE, 15 * PAGE, 0) == p);
	TELL(p[14 * PAGE] + p[3 * PAGE]);
	q = mremap(p, 15 * PAGE, 500 * PAGE, MREMAP_MAYMOVE);
	TELL(q[0] + q[499 * PAGE]);
	TELL(mremap(q, 500 * PAGE, 2 * PAGE, 0) == q);
	TELL(peek(q + 2 * PAGE) == -EFAULT);
	SAY(munmap(q, 2 * PAGE));
}

static void large(void)
{
	size_t len = 6ul << 20, unit = 2ul << 20;
	char *p = mmap(NULL, len, RW, ANON, -1, 0);
	unsigned long sum = 0;

	SAY(madvise(p, len, MADV_HUGEPAGE));
	for (size_t i = 0; i < len; i += PAGE)
		p[i] = 1;
	SAY(mprotect(p + unit, 3 * PAGE, PROT_READ));
	SAY(munmap(p + unit + 9 * PAGE, PAGE));
	SAY(madvise(p + unit + 20 * PAGE, PAGE, MADV_DONTNEED));
	for (size_t i = 0; i < len; i += PAGE)
		sum += i == unit + 9 * PAGE ? 0 : (unsigned long)p[i];
	TELL(sum);
	SAY(madvise(p, unit, MADV_NOHUGEPAGE));
	SAY(madvise(p, len, MADV_NOHUGEPAGE));
	SAY(munmap(p, len));
}

void test_anonymous(void)
{
	unsigned char there[3];
	char *p = mmap(NULL, 3 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	p[PAGE] = 1;
	SAY(mincore(p, 3 * PAGE, there));
	TELL((there[0] & 1) * 4 + (there[1] & 1) * 2 + (there[2] & 1));
	SAY(madvise(p, 3 * PAGE, MADV_DONTNEED));
	TELL(p[PAGE]);
	SAY(madvise(p, 3 * PAGE, MADV_FREE));
	SAY(munmap(p, 3 * PAGE));
	p = mmap(NULL, 3 * PAGE, RW, ANON | MAP_POPULATE, -1, 0);
	SAY(mincore(p, 3 * PAGE, there));
	TELL((there[0] & 1) * 4 + (there[1] & 1) * 2 + (there[2] & 1));
	p[0] = 3;
	SAY(madvise(p, 3 * PAGE, MADV_FREE));
	TELL(p[PAGE]);
	SAY(munmap(p, 3 * PAGE));
	reserved();
	resized();
	large();
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (pipe2(bytes, O_NONBLOCK))
		return 2;
	if (argc > 3 && strcmp(argv[1], "random") == 0) {
		random_calls((unsigned int)atoi(argv[2]), (unsigned int)atoi(argv[3]));
	} else {
		test_anonymous();
		test_files();
		test_errors();
		test_pointers();
		test_threads();
	}
	printf("end of memory\n");
	return 0;
}
