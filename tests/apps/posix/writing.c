/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files that are written: /tmp, or POSIX_TMP on Linux.
 */

#include "t.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>

static char folder[256];

static bool enter(void)
{
	const char *tmp = getenv("POSIX_TMP");

	snprintf(folder, sizeof(folder), "%s/posix-XXXXXX", tmp ? tmp : "/tmp");
	return CHECK(mkdtemp(folder) != NULL) && CHECK(chdir(folder) == 0);
}

static void leave(void)
{
	CHECK(chdir("/") == 0);
	CHECK(rmdir(folder) == 0);
}

static void contents(void)
{
	char buf[64] = "";
	struct iovec vec[2] = { { "in two ", 7 }, { "pieces", 6 } };
	int fd = open("file", O_RDWR | O_CREAT | O_EXCL, 0666), other;
	struct stat st;

	CHECK(fd >= 0 && write(fd, "hello world", 11) == 11);
	FAILS(open("file", O_RDWR | O_CREAT | O_EXCL, 0666), EEXIST);
	CHECK(pwrite(fd, "W", 1, 6) == 1 && lseek(fd, 0, SEEK_CUR) == 11);
	CHECK(pread(fd, buf, 60, 0) == 11 && memcmp(buf, "hello World", 11) == 0);
	CHECK(fstat(fd, &st) == 0 && st.st_size == 11 && (st.st_mode & 0777) == 0644);
	CHECK(ftruncate(fd, 5) == 0 && lseek(fd, 0, SEEK_END) == 5);
	CHECK(ftruncate(fd, 8) == 0 && pread(fd, buf, 60, 0) == 8 &&
	      memcmp(buf + 5, "\0\0\0", 3) == 0);
	FAILS(ftruncate(fd, -1), EINVAL);
	CHECK(lseek(fd, 10000, SEEK_SET) == 10000 && writev(fd, vec, 2) == 13);
	CHECK(pread(fd, buf, 60, 9998) == 15 && memcmp(buf, "\0\0in two pieces", 15) == 0);
	other = open("file", O_WRONLY | O_APPEND);
	CHECK(write(other, "!", 1) == 1 && pread(fd, buf, 1, 10013) == 1 && buf[0] == '!');
	CHECK(pwrite(other, "?", 1, 0) == 1 && fstat(other, &st) == 0 && st.st_size == 10015);
	FAILS(read(other, buf, 1), EBADF);
	FAILS(write(fd, (char *)8, 1), EFAULT);
	close(other);
	other = open("file", O_RDONLY | O_TRUNC);
	CHECK(fstat(fd, &st) == 0 && st.st_size == 0);
	FAILS(ftruncate(other, 0), EINVAL);
	FAILS(write(other, "x", 1), EBADF);
	close(other);
	CHECK(truncate("file", 100) == 0 && stat("file", &st) == 0 && st.st_size == 100);
	FAILS(truncate(".", 0), EISDIR);
	FAILS(truncate("none", 0), ENOENT);
	CHECK(fsync(fd) == 0 && fdatasync(fd) == 0);
	CHECK(unlink("file") == 0);
	CHECK(pwrite(fd, "lives", 5, 0) == 5 && pread(fd, buf, 5, 0) == 5 && buf[0] == 'l');
	CHECK(fstat(fd, &st) == 0 && st.st_nlink == 0);
	FAILS(open("file", O_RDONLY), ENOENT);
	close(fd);
}

static void names(void)
{
	char buf[64];
	struct stat st;
	int fd;

	CHECK(mkdir("d", 0777) == 0 && stat("d", &st) == 0 && (st.st_mode & 0777) == 0755);
	FAILS(mkdir("d", 0777), EEXIST);
	FAILS(mkdir("/", 0777), EEXIST);
	FAILS(mkdir("no/d", 0777), ENOENT);
	CHECK(mkdir("d/e/", 0700) == 0);
	FAILS(rmdir("d"), ENOTEMPTY);
	FAILS(rmdir("d/."), EINVAL);
	FAILS(rmdir("d/e/.."), ENOTEMPTY);
	FAILS(unlink("d"), EISDIR);
	FAILS(open("d/x/", O_RDWR | O_CREAT, 0666), EISDIR);
	FAILS(open("no/x", O_RDWR | O_CREAT, 0666), ENOENT);
	FAILS(open("d", O_RDWR | O_CREAT, 0666), EISDIR);
	CHECK(symlink("d/new", "dangling") == 0);
	FAILS(open("dangling", O_RDWR | O_CREAT | O_EXCL, 0666), EEXIST);
	fd = open("dangling", O_RDWR | O_CREAT, 0600);
	CHECK(fd >= 0 && lstat("d/new", &st) == 0 && S_ISREG(st.st_mode));
	close(fd);
	CHECK(readlink("dangling", buf, 64) == 5 && memcmp(buf, "d/new", 5) == 0);
	FAILS(symlink("x", "dangling"), EEXIST);
	FAILS(symlink("", "empty"), ENOENT);
	CHECK(link("d/new", "hard") == 0 && stat("hard", &st) == 0 && st.st_nlink == 2);
	FAILS(link("d", "dir"), EPERM);
	FAILS(link("hard", "hard"), EEXIST);
	FAILS(link("none", "x"), ENOENT);
	FAILS(unlink("hard/"), ENOTDIR);
	FAILS(rmdir("hard"), ENOTDIR);
	CHECK(access("hard", W_OK) == 0 && access("d", W_OK) == 0);
	CHECK(rename("hard", "d/new") == 0 && access("hard", F_OK) == 0); /* the same file */
	FAILS(rename("d", "d/e/x"), EINVAL);
	FAILS(rename("hard", "d"), EISDIR);
	FAILS(rename("d", "hard"), ENOTDIR);
	FAILS(rename("none", "x"), ENOENT);
	FAILS(rename("hard", "x/"), ENOTDIR);
	CHECK(rename("d/e", "e/") == 0 && rename("hard", "e/soft") == 0);
	CHECK(unlink("e/soft") == 0 && rmdir("e") == 0 && remove("dangling") == 0);
	CHECK(remove("d/new") == 0 && remove("d") == 0);
}

static void attributes(void)
{
	struct timespec when[2] = { { 1000, 5 }, { 2000, 6 } };
	struct stat st;
	int fd = open("f", O_WRONLY | O_CREAT, 0666);

	CHECK(fchmod(fd, 0600) == 0 && fstat(fd, &st) == 0 && (st.st_mode & 07777) == 0600);
	CHECK(chmod("f", 0751) == 0 && fstat(fd, &st) == 0 && (st.st_mode & 07777) == 0751);
	CHECK(futimens(fd, when) == 0 && fstat(fd, &st) == 0);
	CHECK(st.st_mtim.tv_sec == 2000 && st.st_mtim.tv_nsec == 6 && st.st_atim.tv_sec == 1000);
	when[0].tv_nsec = UTIME_OMIT;
	when[1].tv_nsec = UTIME_NOW;
	CHECK(utimensat(AT_FDCWD, "f", when, 0) == 0 && fstat(fd, &st) == 0);
	CHECK(st.st_mtim.tv_sec > 1000000 && st.st_atim.tv_sec == 1000);
	when[0].tv_nsec = 1000000000;
	FAILS(utimensat(AT_FDCWD, "f", when, 0), EINVAL);
	CHECK(umask(077) == 022 && umask(022) == 077);
	close(fd);
	CHECK(unlink("f") == 0);
}

/* Many names, and a file of some size in small steps. */
static void many(void)
{
	unsigned int seen = 0;
	char name[32];
	struct dirent *e;
	int fd = open("big", O_RDWR | O_CREAT, 0600), good = 0;
	DIR *d;

	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "name-%d", i);
		close(open(name, O_WRONLY | O_CREAT, 0600));
	}
	d = opendir(".");
	while (d && (e = readdir(d))) {
		if (strncmp(e->d_name, "name-", 5) == 0) {
			seen++;
			CHECK(unlink(e->d_name) == 0);
		}
	}
	if (d)
		closedir(d);
	CHECK(seen == 300);
	for (int i = 0; i < 20000; i++)
		good += write(fd, &i, sizeof(i)) == sizeof(i);
	for (int i = 0, got; i < 20000; i++)
		good += pread(fd, &got, sizeof(got), i * 4) == sizeof(got) && got == i;
	CHECK(good == 40000);
	close(fd);
	CHECK(unlink("big") == 0);
}

bool memory_on_demand(void)
{
	size_t size = 1ul << 40;
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p != MAP_FAILED)
		munmap(p, size);
	return p != MAP_FAILED;
}

/* What lies before a bad address is written, and counted. */
static void partial(void)
{
	char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec vec[2] = { { p, 10 }, { p + 4096, 10 } };
	int fd = open("partial", O_RDWR | O_CREAT, 0666), ends[2];

	CHECK(p != MAP_FAILED && fd >= 0 && pipe(ends) == 0);
	CHECK(mprotect(p + 4096, 4096, PROT_NONE) == 0);
	if (memory_on_demand()) {
		FAILS(write(fd, p + 4096, 1), EFAULT);
		CHECK(writev(fd, vec, 2) == 10 && lseek(fd, 0, SEEK_CUR) == 10);
		CHECK(write(fd, p + 4000, 200) == 96 && lseek(fd, 0, SEEK_CUR) == 106);
		CHECK(pread(fd, p + 4090, 20, 0) == 6);
		vec[0].iov_base = p + 4091;
		CHECK(pwritev(fd, vec, 2, 0) == 5);
		/* Of a pipe Linux writes all or nothing. */
		ssize_t n = writev(ends[1], vec, 2);

		CHECK(n == 5 || (n == -1 && errno == EFAULT));
		FAILS(write(ends[1], p + 4096, 1), EFAULT);
	}
	CHECK(close(fd) == 0 && close(ends[0]) == 0 && close(ends[1]) == 0);
	CHECK(unlink("partial") == 0 && munmap(p, 8192) == 0);
}

void test_writing(void)
{
	if (!enter())
		return;
	contents();
	names();
	attributes();
	many();
	partial();
	leave();
}

static unsigned int state;

static unsigned int pick(unsigned int n)
{
	state = state * 1103515245 + 12345;
	return (state >> 16) % n;
}

static const char *name(void)
{
	static const char *const names[] = { "a",     "b",     "c",   "a/x",    "a/y",   "b/x",
					     "b/x/z", "a/x/y", "c/d", "a/../b", "b/x/.", "c/",
					     "a/y/",  "./a",   "..",  "b/..",   "a//x",  "" };

	return names[pick(sizeof(names) / sizeof(names[0]))];
}

static long opened(void)
{
	static const int flags[] = { O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_DIRECTORY, O_NOFOLLOW };
	const char *path = name();
	int how = (int)pick(3), fd;
	long n;

	for (int i = 0; i < 6; i++)
		how |= pick(i == 0 ? 2 : 4) == 0 ? flags[i] : 0;
	/* What Linux says to both has changed with its versions. */
	how &= how & (O_CREAT | O_NOFOLLOW) ? ~O_DIRECTORY : ~0;
	how &= how & O_CREAT ? ~0 : ~O_EXCL;
	fd = open(path, how, 0700 | pick(0100));
	if (fd < 0)
		return -errno;
	n = lseek(fd, pick(50), SEEK_SET) < 0 ? -1 : write(fd, "some bytes", pick(10));
	n = n < 0 ? -errno : n;
	close(fd);
	return n;
}

static long told(void)
{
	struct stat st;

	if (lstat(name(), &st))
		return -errno;
	return (long)(st.st_mode & ~(S_ISDIR(st.st_mode) ? 07000u : 0u)) * 1000 +
	       (S_ISDIR(st.st_mode) ? 0 : (long)st.st_size) + (long)st.st_nlink * 1000000000;
}

static long one_call(unsigned int what)
{
	char buf[64];
	const char *first = name(), *second = name();
	long n = -1;

	switch (what) {
	case 0: return opened();
	case 1: return told();
	case 2: n = mkdir(first, 0755); break;
	case 3: n = rmdir(first); break;
	case 4: n = unlink(first); break;
	case 5: n = rename(first, second); break;
	case 6: n = link(first, second); break;
	case 7: n = symlink(first, second); break;
	case 8: n = readlink(first, buf, sizeof(buf)); break;
	case 9: n = truncate(first, pick(100)); break;
	case 10: n = access(first, R_OK | W_OK); break;
	default: n = chmod(first, 0700 | pick(0100)); break;
	}
	return n < 0 ? -errno : n;
}

static void clear(const char *path)
{
	struct dirent *e;
	DIR *d = opendir(path);

	while (d && (e = readdir(d))) {
		char inner[600];

		snprintf(inner, sizeof(inner), "%s/%s", path, e->d_name);
		if (e->d_name[0] == '.' || unlink(inner) == 0)
			continue;
		clear(inner);
		rmdir(inner);
	}
	if (d)
		closedir(d);
}

/* Calls on a few names; what each says is printed, to be compared with Linux. */
int random_tree(unsigned int seed, unsigned int count)
{
	state = seed;
	if (!enter())
		return 1;
	/* Deep enough for the links among the names not to lead out. */
	for (int i = 0; i < 8; i++) {
		if (mkdir("in", 0700) || chdir("in"))
			return 1;
	}
	for (unsigned int i = 0; i < count; i++) {
		unsigned int what = pick(14);

		printf("%u: %u %ld\n", i, what, one_call(what > 11 ? what - 12 : what));
	}
	puts("end of calls");
	CHECK(chdir(folder) == 0);
	clear(folder);
	leave();
	return 0;
}
