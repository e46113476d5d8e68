/* SPDX-License-Identifier: BSD-3-Clause */
/* A fault on the stack of another thread; and how deep stacks get. */

#include "faults.h"

#include <pthread.h>
#include <stdint.h>
#include <uk/clock.h>
#include <uk/thread.h>

/* On another CPU it may begin before main has come to wait. */
static void overflow_soon(void)
{
	uk_thread_sleep_until(uk_clock_now() + 300 * UK_NSEC_PER_MSEC);
	stack_overflow();
}

static void run(void *arg)
{
	(void)arg;
	overflow_soon();
}

void thread_stack_overflow(void)
{
	struct uk_thread *thread;

	if (uk_thread_create(NULL, run, NULL, &thread) == 0)
		uk_thread_join(thread);
}

static void *run_posix(void *arg)
{
	overflow_soon();
	return arg;
}

void pthread_stack_overflow(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run_posix, NULL) == 0)
		pthread_join(thread, NULL);
}

/* So many bytes of the stack, and little more. */
static uk_noinline void use(size_t bytes)
{
	volatile char *low = __builtin_alloca(bytes);

	for (size_t i = 0; i < bytes; i += 64)
		low[i] = 1;
}

static void go_deep(void *arg)
{
	use((uintptr_t)arg);
}

static void *go_deep_posix(void *arg)
{
	use((uintptr_t)arg);
	return arg;
}

static void go_deep_and_stay(void *arg)
{
	use((uintptr_t)arg);
	uk_thread_sleep_until(UK_NSEC_NEVER);
}

int stack_depths(void)
{
	struct uk_thread_attr deep = { .name = "deep", .stack_size = 64 << 10 };
	struct uk_thread_attr stays = { .name = "stays", .stack_size = 32 << 10 };
	static const uintptr_t depths[] = { 1000, 40000, 9000 };
	struct uk_thread *thread;
	pthread_t id;

	for (int i = 0; i < 3; i++) {
		if (uk_thread_create(&deep, go_deep, (void *)depths[i], &thread))
			return 1;
		uk_thread_join(thread);
	}
	if (pthread_create(&id, NULL, go_deep_posix, (void *)50000) || pthread_join(id, NULL))
		return 1;
	if (uk_thread_create(&stays, go_deep_and_stay, (void *)20000, &thread))
		return 1;
	uk_thread_sleep_until(uk_clock_now() + 50 * UK_NSEC_PER_MSEC);
	return 0;
}
