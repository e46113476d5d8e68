/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * demand: much is mapped, little is touched, by main and by threads that need deep stacks.
 * demand out: more is touched than there is. demand wild: what is not mapped. demand overflow: a
 * thread that needs more stack than it has. demand handled: out,
 * with a handler for SIGBUS. demand used-up: malloc until there is no memory, beside a file and a
 * thread. demand costs: instructions, under -icount shift=0.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGE  4096ul
#define PAGES (1ul << 28) /* 1 TiB */

static int failed;

static void check(int ok, const char *what)
{
	if (!ok) {
		printf("demand: failed: %s\n", what);
		failed++;
	}
}

static char *map(size_t pages)
{
	char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static void far_beyond_ram(void)
{
	char *p = map(PAGES);
	unsigned char there[2];
	unsigned long sum = 0;

	check(p != NULL, "a mapping of 1 TiB");
	if (!p)
		return;
	for (size_t i = 0; i < PAGES; i += PAGES / 512)
		p[i * PAGE + i % PAGE] = 1;
	for (size_t i = 0; i < PAGES; i += PAGES / 512)
		sum += (unsigned long)p[i * PAGE + i % PAGE] +
		       (unsigned long)p[i * PAGE + PAGE / 2];
	check(sum == 512, "what was written");
	check(mincore(p, 2 * PAGE, there) == 0 && there[0] == 1 && there[1] == 0, "mincore");
	check(madvise(p, PAGES * PAGE, MADV_DONTNEED) == 0 && p[0] == 0, "madvise");
	/* The kernel writes there first. */
	check(clock_gettime(CLOCK_MONOTONIC, (struct timespec *)(p + 77 * PAGE)) == 0, "the clock");
	check(munmap(p, PAGES * PAGE) == 0, "munmap");
}

/* Addresses alone; to be writable they ask for memory, which may be more than there is. */
static void reserved(int flags, int allowed)
{
	char *p = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	check(p != MAP_FAILED, "a reservation of 1 TiB");
	check((mprotect(p, PAGES * PAGE, PROT_READ | PROT_WRITE) == 0) == allowed, "mprotect");
	check(mprotect(p + PAGE, 16 * PAGE, PROT_READ | PROT_WRITE) == 0, "a part of it");
	p[5 * PAGE] = 1;
	check(munmap(p, PAGES * PAGE) == 0, "munmap of what was reserved");
}

static unsigned long deep(unsigned int n)
{
	volatile char room[1000];

	room[n % sizeof(room)] = (char)n;
	return n == 0 ? 0 : deep(n - 1) + (unsigned long)(room[n % sizeof(room)] == (char)n);
}

/* What takes a lock on the thread's own stack, wherever that stands on a page. */
static int locks(unsigned int n)
{
	volatile char room[616];
	void *volatile p = malloc(40);
	int right = p != NULL;

	room[n % sizeof(room)] = 1;
	p = realloc(p, 6000);
	free(p);
	if (n > 0)
		right += locks(n - 1);
	return right - (room[n % sizeof(room)] != 1);
}

static void *thread(void *arg)
{
	void *p = malloc(10000);

	check(locks(2000) == 2001, "malloc on pages that come");

	check(p != NULL && deep(3000) == 3000, "a deep stack");
	free(p);
	return arg;
}

static void stacks(void)
{
	pthread_t ids[32];
	pthread_attr_t attr;
	void *result;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 32ul << 20);
	for (int round = 0; round < 4; round++) {
		int n = 0;

		while (n < 4 && pthread_create(&ids[n], &attr, thread, ids) == 0)
			n++;
		check(n == 4, "threads");
		while (n > 0)
			check(pthread_join(ids[--n], &result) == 0 && result == ids, "join");
	}
}

static void *overflow(void *arg)
{
	return (void *)(deep(1ul << 30) + (unsigned long)arg);
}

static sigjmp_buf back;

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)context;
	siglongjmp(back, sig == SIGBUS && info->si_code == BUS_ADRERR ? 1 : 2);
}

/* The program finds out, and goes on with what it gives back. */
static void handled(void)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	volatile size_t i = 0;
	char *p = map(PAGES);
	int how;

	sigaction(SIGBUS, &action, NULL);
	how = sigsetjmp(back, 1);
	if (how == 0) {
		for (; i < PAGES; i++)
			p[i * PAGE] = 1;
	}
	check(how == 1 && i > 100, "SIGBUS where memory ends");
	check(munmap(p, PAGES * PAGE) == 0, "munmap");
	p = malloc(100000);
	check(p != NULL, "memory again");
	free(p);
}

static void *waits(void *arg)
{
	sem_wait(arg);
	return arg;
}

/* 1 MiB in a file, if there are any. */
static void fill_file(void)
{
	static char page[PAGE];
	int fd = open("/held", O_RDWR | O_CREAT, 0600);

	for (int i = 0; fd >= 0 && i < 256; i++)
		check(write(fd, page, PAGE) == (ssize_t)PAGE, "a page of a file");
}

struct link {
	struct link *next;
	char rest[3000];
};

/* Each piece is written, so that it is also memory where malloc() maps it on demand. */
static void use_up(void)
{
	struct link *all = NULL, *one;
	void *volatile more;
	size_t count = 0;

	for (; (one = malloc(sizeof(*one))); count++) {
		memset(one, 1, sizeof(*one));
		one->next = all;
		all = one;
	}
	check(count > 1000 && errno == ENOMEM, "ENOMEM where memory ends");
	more = malloc(1ul << 20);
	check(more == NULL && errno == ENOMEM, "and then");
	while ((one = all)) {
		all = one->next;
		free(one);
	}
	printf("demand: %zu pieces\n", count);
}

static void used_up(void)
{
	void *result, *big;
	pthread_t id;
	sem_t sem;

	sem_init(&sem, 0, 0);
	check(pthread_create(&id, NULL, waits, &sem) == 0, "a thread");
	fill_file();
	use_up();
	big = malloc(100000);
	check(big != NULL, "memory again");
	free(big);
	sem_post(&sem);
	check(pthread_join(id, &result) == 0 && result == &sem, "the thread goes on");
}

static uint64_t now(void)
{
	return __builtin_ia32_rdtsc();
}

static void *nothing(void *arg)
{
	return arg;
}

/* Stacks of a size that is not kept: each is new. */
static uint64_t threads_cost(size_t size, int count)
{
	pthread_attr_t attr;
	pthread_t id;
	uint64_t start;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, size);
	pthread_create(&id, &attr, nothing, NULL);
	pthread_join(id, NULL);
	start = now();
	for (int i = 0; i < count; i++) {
		if (pthread_create(&id, &attr, nothing, NULL) == 0)
			pthread_join(id, NULL);
	}
	return (now() - start) / (uint64_t)count;
}

static void costs(void)
{
	size_t count = 1000;
	char *p = map(count);
	uint64_t start = now();

	for (size_t i = 0; i < count; i++)
		p[i * PAGE] = 1;
	printf("first-touch: %lu instructions\n", (unsigned long)((now() - start) / count));
	start = now();
	munmap(p, count * PAGE);
	printf("munmap-a-page: %lu instructions\n", (unsigned long)((now() - start) / count));
	printf("thread-new-stack-512K: %lu instructions\n",
	       (unsigned long)threads_cost(512u << 10, 50));
	printf("thread-kept-stack: %lu instructions\n",
	       (unsigned long)threads_cost(128u << 10, 50));
}

static void one(const char *what)
{
	if (strcmp(what, "out") == 0) {
		char *p = map(PAGES);

		for (size_t i = 0; p && i < PAGES; i++)
			p[i * PAGE] = 1;
	} else if (strcmp(what, "wild") == 0) {
		*(volatile char *)0x123456789000 = 1;
	} else if (strcmp(what, "overflow") == 0) {
		pthread_t id;

		pthread_create(&id, NULL, overflow, NULL);
		pthread_join(id, NULL);
	} else if (strcmp(what, "handled") == 0) {
		handled();
	} else if (strcmp(what, "used-up") == 0) {
		used_up();
	} else if (strcmp(what, "costs") == 0) {
		costs();
	}
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		one(argv[1]);
		printf("demand: %d failed\n", failed);
		return failed != 0;
	}
	far_beyond_ram();
	reserved(0, 0);
	reserved(MAP_NORESERVE, 1);
	stacks();
	printf("demand: %d failed\n", failed);
	return failed != 0;
}
