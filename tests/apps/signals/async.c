/* SPDX-License-Identifier: BSD-3-Clause */
/* Signals to threads that compute and make no calls. */

#include "t.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>

static volatile long ticks;
static volatile double disturbed = 1.5;
static int ends[2];
static sigjmp_buf back;

static void every_us(long us)
{
	struct itimerval it = { { 0, us }, { 0, us } };

	CHECK(setitimer(ITIMER_REAL, &it, NULL) == 0);
}

static void tick(int sig)
{
	char buf[64];

	(void)sig;
	ticks++;
	disturbed = disturbed * 1.0000001 + 1e-9;
	memset(buf, (int)ticks, sizeof(buf));
	if (ends[1] && write(ends[1], buf, sizeof(buf)) == sizeof(buf))
		CHECK(read(ends[0], buf, sizeof(buf)) == sizeof(buf));
}

/* Calls of the kernel that allocate and free. */
static void tick_more(int sig)
{
	int fds[2];

	(void)sig;
	ticks++;
	if (pipe(fds) == 0) {
		close(fds[0]);
		close(fds[1]);
	}
}

static void leave(int sig)
{
	siglongjmp(back, sig);
}

static void install(void (*fn)(int))
{
	struct sigaction action = { .sa_flags = SA_RESTART };

	action.sa_handler = fn;
	ticks = 0;
	CHECK(sigaction(SIGALRM, &action, NULL) == 0);
}

/* A number that depends on every bit of the way to it. */
static uint64_t compute(long n)
{
	uint64_t x = 88172645463325252;
	double y = 0;

	for (long i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		y = y * 0.999 + (double)(x >> 40);
	}
	return x ^ (uint64_t)(y * 1024);
}

static void computes(void)
{
	uint64_t quiet = compute(200000);
	long before = now_ms();

	install(tick);
	every_us(300);
	while (ticks < 200 && now_ms() - before < 20000)
		CHECK(compute(200000) == quiet);
	every_us(0);
	if (!CHECK(ticks >= 20))
		printf("%ld ticks\n", ticks);
}

static void allocates(void)
{
	unsigned char *block[64] = { 0 };
	uint32_t r = 1;
	long before = now_ms();

	install(tick_more);
	every_us(200);
	while (ticks < 200 && now_ms() - before < 20000) {
		unsigned int i = (r = r * 1664525 + 1013904223) >> 26;

		if (block[i])
			CHECK(block[i][0] == i && block[i][15] == i);
		free(block[i]);
		block[i] = malloc(16 + (r >> 8) % 3000);
		memset(block[i], (int)i, 16);
	}
	every_us(0);
	if (!CHECK(ticks >= 20))
		printf("%ld ticks\n", ticks);
	for (int i = 0; i < 64; i++)
		free(block[i]);
}

/* The only way out of a loop. */
static void leaves(void)
{
	volatile uint64_t i = 0;

	install(leave);
	for (int n = 0; n < 3; n++) {
		if (sigsetjmp(back, 1) == 0) {
			struct itimerval it = { .it_value = { 0, 5000 } };

			CHECK(setitimer(ITIMER_REAL, &it, NULL) == 0);
			for (;;)
				i++;
		}
	}
	CHECK(i > 0);
}

void test_async(void)
{
	CHECK(pipe(ends) == 0);
	computes();
	allocates();
	leaves();
	signal(SIGALRM, SIG_DFL);
	close(ends[0]);
	close(ends[1]);
}
