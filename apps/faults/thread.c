/* SPDX-License-Identifier: BSD-3-Clause */
/* A fault on the stack of another thread. */

#include "faults.h"

#include <pthread.h>
#include <uk/thread.h>

static void run(void *arg)
{
	(void)arg;
	stack_overflow();
}

void thread_stack_overflow(void)
{
	struct uk_thread *thread;

	if (uk_thread_create(NULL, run, NULL, &thread) == 0)
		uk_thread_join(thread);
}

static void *run_posix(void *arg)
{
	stack_overflow();
	return arg;
}

void pthread_stack_overflow(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run_posix, NULL) == 0)
		pthread_join(thread, NULL);
}
