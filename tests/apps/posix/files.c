/* SPDX-License-Identifier: BSD-3-Clause */
#include "t.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

static const char *root;

static const char *path(const char *name)
{
	static char text[4][300];
	static int k;

	k = (k + 1) % 4;
	snprintf(text[k], sizeof(text[k]), "%s%s", root, name);
	return text[k];
}

static void reading(void)
{
	char buf[64] = "";
	int fd = open(path("/fox.txt"), O_RDONLY);
	struct stat st;
	FILE *f;

	CHECK(fd >= 0);
	CHECK(read(fd, buf, 3) == 3 && memcmp(buf, "the", 3) == 0);
	CHECK(pread(fd, buf, 5, 4) == 5 && memcmp(buf, "quick", 5) == 0);
	CHECK(lseek(fd, 0, SEEK_CUR) == 3); /* pread left it alone */
	CHECK(lseek(fd, -4, SEEK_END) == 16 && read(fd, buf, 60) == 4 && buf[0] == 'f');
	CHECK(read(fd, buf, 60) == 0);
	FAILS(lseek(fd, -1, SEEK_SET), EINVAL);
	CHECK(lseek(fd, 1000, SEEK_SET) == 1000 && read(fd, buf, 1) == 0);
	CHECK(fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 20);
	FAILS(write(fd, "x", 1), EBADF);
	close(fd);
	f = fopen(path("/dir/inner.txt"), "r");
	CHECK(f && fgets(buf, sizeof(buf), f) && strcmp(buf, "in a directory\n") == 0);
	if (f)
		fclose(f);
}

static void names(void)
{
	char buf[PATH_MAX];
	struct stat st, other;

	FAILS(open(path("/none"), O_RDONLY), ENOENT);
	FAILS(open(path("/fox.txt/x"), O_RDONLY), ENOTDIR);
	FAILS(open(path("/fox.txt"), O_RDONLY | O_DIRECTORY), ENOTDIR);
	FAILS(open(path("/loop"), O_RDONLY), ELOOP);
	FAILS(open(path("/link"), O_RDONLY | O_NOFOLLOW), ELOOP);
	FAILS(open("", O_RDONLY), ENOENT);
	FAILS(open((char *)8, O_RDONLY), EFAULT);
	FAILS(open(path("/dir"), O_RDWR), EISDIR);
	FAILS(open(path("/fox.txt"), O_RDWR | O_CREAT | O_EXCL, 0644), EEXIST);
	memset(buf, 'x', sizeof(buf) - 1);
	buf[0] = '/';
	buf[300] = '\0';
	FAILS(open(buf, O_RDONLY), ENAMETOOLONG);
	CHECK(stat(path("/link"), &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 15);
	CHECK(lstat(path("/link"), &st) == 0 && S_ISLNK(st.st_mode));
	CHECK(readlink(path("/link"), buf, 100) == 13 && memcmp(buf, "dir/inner.txt", 13) == 0);
	CHECK(readlink(path("/link"), buf, 3) == 3);
	FAILS(readlink(path("/fox.txt"), buf, 100), EINVAL);
	CHECK(stat(path("/dirlink/../fox.txt"), &st) == 0 && stat(path("/fox.txt"), &other) == 0);
	CHECK(st.st_ino == other.st_ino);
	CHECK(access(path("/fox.txt"), R_OK) == 0);
	FAILS(access(path("/none"), F_OK), ENOENT);
}

static void directories(void)
{
	unsigned int seen = 0, count = 0;
	struct dirent *e;
	DIR *d = opendir(path("/."));
	long place = -1;
	char first[256] = "";

	if (!CHECK(d))
		return;
	while ((e = readdir(d))) {
		seen |= (strcmp(e->d_name, ".") == 0) << 0 | (strcmp(e->d_name, "..") == 0) << 1 |
			(strcmp(e->d_name, "fox.txt") == 0 && e->d_type == DT_REG) << 2 |
			(strcmp(e->d_name, "dir") == 0 && e->d_type == DT_DIR) << 3 |
			(strcmp(e->d_name, "link") == 0 && e->d_type == DT_LNK) << 4;
		if (count == 3)
			strcpy(first, e->d_name);
		if (count++ == 2)
			place = telldir(d);
	}
	CHECK(seen == 31);
	seekdir(d, place);
	e = readdir(d);
	CHECK(e && strcmp(e->d_name, first) == 0);
	rewinddir(d);
	e = readdir(d);
	CHECK(e != NULL);
	closedir(d);
}

static void relative(void)
{
	char buf[PATH_MAX], *real;
	int dir = open(path("/dir"), O_RDONLY | O_DIRECTORY), fd, file;
	struct stat st;

	CHECK(dir >= 0);
	FAILS(read(dir, buf, 1), EISDIR);
	fd = openat(dir, "inner.txt", O_RDONLY);
	CHECK(fd >= 0 && read(fd, buf, 4) == 4 && memcmp(buf, "in a", 4) == 0);
	FAILS(openat(fd, "x", O_RDONLY), ENOTDIR);
	FAILS(openat(99, "x", O_RDONLY), EBADF);
	CHECK(fstatat(dir, "../fox.txt", &st, 0) == 0 && st.st_size == 20);
	CHECK(fstatat(fd, "", &st, AT_EMPTY_PATH) == 0 && st.st_size == 15);
	close(fd);
	CHECK(chdir(path("/dirlink")) == 0);
	CHECK(chdir(path("/dir")) == 0);
	CHECK(getcwd(buf, sizeof(buf)) && strcmp(buf + strlen(buf) - 4, "/dir") == 0);
	FAILS(getcwd(buf, 2) ? 0 : -1, ERANGE);
	file = open("inner.txt", O_RDONLY);
	CHECK(file >= 0);
	close(file);
	CHECK(access("../fox.txt", F_OK) == 0);
	real = realpath("../link", NULL);
	CHECK(real && strcmp(real + strlen(real) - 14, "/dir/inner.txt") == 0);
	free(real);
	FAILS(chdir("inner.txt"), ENOTDIR);
	CHECK(fchdir(dir) == 0 && chdir("..") == 0 && access("fox.txt", F_OK) == 0);
	CHECK(chdir("/") == 0);
	close(dir);
}

static void devices(void)
{
	char buf[32] = "xxxx";
	unsigned char random[32] = { 0 };
	int fd = open("/dev/zero", O_RDWR), sum = 0;
	struct stat st;

	CHECK(read(fd, buf, 4) == 4 && memcmp(buf, "\0\0\0", 4) == 0);
	CHECK(write(fd, buf, 4) == 4);
	CHECK(fstat(fd, &st) == 0 && S_ISCHR(st.st_mode));
	close(fd);
	fd = open("/dev/null", O_RDWR);
	CHECK(read(fd, buf, 4) == 0 && write(fd, buf, 32) == 32);
	close(fd);
	fd = open("/dev/urandom", O_RDONLY);
	CHECK(fd >= 0 && read(fd, random, 32) == 32);
	for (int i = 0; i < 32; i++)
		sum += random[i];
	CHECK(sum > 0);
	close(fd);
	CHECK(stat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode));
	CHECK(access("/etc/hosts", R_OK) == 0);
}

void test_files(void)
{
	root = getenv("POSIX_ROOT");
	if (!root)
		root = "/files";
	reading();
	names();
	directories();
	relative();
	devices();
}
