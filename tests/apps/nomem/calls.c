/* SPDX-License-Identifier: BSD-3-Clause */
/* Files, folders, waiting, threads, mappings. */

#include "nomem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANY 20

static bool use_file(const char *name)
{
	int fd = open(name, O_RDONLY);
	char text[8];
	struct stat st;
	bool ok;

	if (!GOOD(fd >= 0))
		return false;
	ok = GOOD(read(fd, text, sizeof(text)) > 0) && GOOD(fstat(fd, &st) == 0);
	close(fd);
	return ok;
}

bool call_files(void)
{
	char text[64];
	struct stat st;
	bool ok = use_file("/files/fox.txt");

	ok &= use_file("/files/link");
	ok &= use_file("/dev/urandom");
	ok &= GOOD(stat("/files/link", &st) == 0);
	ok &= GOOD(readlink("/files/link", text, sizeof(text)) > 0);
	ok &= GOOD(access("/files/fox.txt", R_OK) == 0);
	return ok;
}

bool call_folders(void)
{
	DIR *dir = opendir("/files");
	char path[200];
	unsigned int n = 0;
	bool ok = GOOD(dir != NULL);

	if (dir) {
		while (readdir(dir))
			n++;
		closedir(dir);
	}
	ok &= GOOD(chdir("/files") == 0);
	ok &= GOOD(getcwd(path, sizeof(path)) != NULL);
	ok &= GOOD(chdir("/") == 0);
	return ok && n >= 3;
}

/* The first `n` descriptors of fds that could be made. */
static unsigned int open_events(int *fds, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		fds[i] = eventfd(1, EFD_NONBLOCK);
		if (!GOOD(fds[i] >= 0))
			return i;
	}
	return n;
}

static void close_all(const int *fds, unsigned int n)
{
	while (n > 0)
		close(fds[--n]);
}

bool call_polls(void)
{
	struct pollfd polls[MANY];
	int fds[MANY];
	unsigned int n = open_events(fds, MANY);
	fd_set set;
	int top = 0;
	bool ok;

	FD_ZERO(&set);
	for (unsigned int i = 0; i < n; i++) {
		polls[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
		FD_SET(fds[i], &set);
		top = fds[i] > top ? fds[i] : top;
	}
	ok = GOOD(poll(polls, n, 0) == (int)n);
	ok &= GOOD(select(top + 1, &set, NULL, NULL, &(struct timeval){ 0, 0 }) >= 0);
	close_all(fds, n);
	return ok && n == MANY;
}

bool call_epoll(void)
{
	struct epoll_event events[MANY];
	int epoll = epoll_create1(0), fds[MANY];
	unsigned int n, added = 0;
	bool ok;

	if (!GOOD(epoll >= 0))
		return false;
	n = open_events(fds, MANY);
	for (unsigned int i = 0; i < n; i++) {
		struct epoll_event event = { .events = EPOLLIN };

		added += GOOD(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event) == 0);
	}
	ok = GOOD(epoll_wait(epoll, events, MANY, 0) == (int)added);
	close_all(fds, n);
	close(epoll);
	return ok && added == MANY;
}

bool call_pipes(void)
{
	int fds[2];
	char c = 'x';
	bool ok;

	if (!GOOD(pipe(fds) == 0))
		return false;
	ok = GOOD(write(fds[1], &c, 1) == 1) && GOOD(read(fds[0], &c, 1) == 1);
	close(fds[0]);
	close(fds[1]);
	return ok;
}

static void *run(void *arg)
{
	char *block = malloc(100);
	bool ok = block != NULL;

	free(block);
	return ok ? arg : NULL;
}

bool call_threads(void)
{
	static pthread_t threads[3];
	int arg, n = 0, err = 0;
	bool ok = true;

	while (n < 3 && (err = pthread_create(&threads[n], NULL, run, &arg)) == 0)
		n++;
	for (int i = 0; i < n; i++) {
		void *result = NULL;

		ok &= pthread_join(threads[i], &result) == 0 && result == &arg;
	}
	errno = err;
	return GOOD(err == 0) && ok;
}

bool call_mappings(void)
{
	size_t len = 9 * 4096;
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool ok = GOOD(p != MAP_FAILED);
	int fd;

	if (ok) {
		p[0] = p[len - 1] = 1;
		ok = GOOD(mprotect(p + 4096, 4096, PROT_READ) == 0);
		GOOD(munmap(p, len) == 0);
	}
	fd = open("/files/fox.txt", O_RDONLY);
	if (!GOOD(fd >= 0))
		return false;
	p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (!GOOD(p != MAP_FAILED))
		return false;
	ok &= memcmp(p, "the quick", 9) == 0;
	munmap(p, 4096);
	return ok;
}

bool call_stdio(void)
{
	FILE *file = fopen("/files/fox.txt", "r");
	char *line = NULL, *copy;
	size_t size = 0;
	bool ok = GOOD(file != NULL);

	if (file) {
		ok = GOOD(getline(&line, &size, file) > 0);
		fclose(file);
	}
	free(line);
	copy = realloc(strdup("copied"), 5000);
	ok &= GOOD(copy != NULL);
	free(copy);
	return ok;
}
