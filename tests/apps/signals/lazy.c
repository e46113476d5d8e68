/* SPDX-License-Identifier: BSD-3-Clause */
/* Alternate stacks in memory that nobody has touched yet, or that was given back, or just is. */

#include "t.h"
#include <sched.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/time.h>

#define SIZE   65536
#define ROUNDS 300
#define TRAPS  1000

static sigjmp_buf back;
static char *stack;
static volatile int on_it;
static atomic_int stop, there;

static void where(int sig, siginfo_t *info, void *context)
{
	char here;

	(void)info;
	(void)context;
	on_it = &here > stack && &here < stack + SIZE;
	if (sig == SIGSEGV)
		siglongjmp(back, 1);
}

static void install(int sig)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_ONSTACK };

	action.sa_sigaction = where;
	CHECK(sigaction(sig, &action, NULL) == 0);
}

static void *memory(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

static void give_back(void)
{
	on_it = 0;
	CHECK(madvise(stack, SIZE, MADV_DONTNEED) == 0);
}

static void begin(void)
{
	stack_t alt = { .ss_sp = stack = memory(SIZE), .ss_size = SIZE };

	CHECK(sigaltstack(&alt, NULL) == 0);
	install(SIGSEGV);
	install(SIGUSR1);
	install(SIGALRM);
}

static void end(void)
{
	CHECK(sigaltstack(&(stack_t){ .ss_flags = SS_DISABLE }, NULL) == 0);
	signal(SIGSEGV, SIG_DFL);
	signal(SIGUSR1, SIG_DFL);
	signal(SIGALRM, SIG_DFL);
	munmap(stack, SIZE);
}

static void fault(void)
{
	if (sigsetjmp(back, 1) == 0)
		*(volatile int *)24 = 1;
}

/* Where there is a call, a trap, an interrupt. */
static void each_way(void)
{
	struct itimerval soon = { .it_value = { 0, 20000 } };
	long before = now_ms();

	CHECK(raise(SIGUSR1) == 0 && on_it);
	give_back();
	fault();
	CHECK(on_it);
	give_back();
	CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
	while (!on_it && now_ms() - before < 10000)
		continue;
	CHECK(on_it);
}

/* Each munmap() is told to all CPUs, and waits for them. */
static void *maps(void *arg)
{
	while (!atomic_load(&stop)) {
		char *p = memory(16384);

		p[5000] = 1;
		munmap(p, 16384);
		sched_yield();
	}
	return arg;
}

static void *asks(void *arg)
{
	struct sigaction action;

	while (!atomic_load(&stop)) {
		for (int i = 0; i < 50; i++)
			sigaction(SIGUSR2, NULL, &action);
		sched_yield();
	}
	return arg;
}

/* While others want the same locks. */
static void contended(void)
{
	pthread_t others[3] = { started(maps, NULL), started(asks, NULL), started(asks, NULL) };
	int right = 0;

	for (int i = 0; i < ROUNDS; i++) {
		give_back();
		fault();
		right += on_it;
	}
	CHECK(right == ROUNDS);
	atomic_store(&stop, 1);
	for (int i = 0; i < 3; i++)
		CHECK(pthread_join(others[i], NULL) == 0);
}

static void *out[5]; /* of __builtin_setjmp() */
static volatile int traps;

/* Nothing on this stack stays what it is: it leaves at once, and reads nothing of it. */
static void leave(int sig)
{
	(void)sig;
	__builtin_longjmp(out, 1);
}

/* This thread, and nobody else that runs here, on that CPU. */
static void stay_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	CHECK(sched_setaffinity(0, sizeof(set), &set) == 0);
}

static void *discards(void *arg)
{
	stay_on(1);
	atomic_store(&there, 1);
	while (!atomic_load(&stop))
		madvise(stack, SIZE, MADV_DONTNEED);
	return arg;
}

static __attribute__((noinline)) void trap_once(void)
{
	if (__builtin_setjmp(out) == 0)
		__builtin_trap();
	traps++;
}

/*
 * Somebody discards the stack all the time: also between a look at it and what is written there. By
 * another CPU alone: a handler that is preempted has its registers on the stack, and loses them.
 */
static void discarded(void)
{
	struct sigaction action = { .sa_flags = SA_ONSTACK | SA_NODEFER, .sa_handler = leave };
	cpu_set_t all;
	pthread_t other;

	traps = 0;
	atomic_store(&stop, 0);
	CHECK(sigaction(SIGILL, &action, NULL) == 0);
	CHECK(sched_getaffinity(0, sizeof(all), &all) == 0);
	stay_on(0);
	other = started(discards, NULL);
	while (!atomic_load(&there))
		sched_yield();
	long before = now_ms();

	while (traps < TRAPS && now_ms() - before < 5000)
		trap_once();
	CHECK(traps >= 10);
	atomic_store(&stop, 1);
	CHECK(pthread_join(other, NULL) == 0);
	CHECK(sched_setaffinity(0, sizeof(all), &all) == 0);
	signal(SIGILL, SIG_DFL);
}

void test_lazy(void)
{
	begin();
	each_way();
	contended();
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
		discarded();
	end();
}
