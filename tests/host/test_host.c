/* SPDX-License-Identifier: BSD-3-Clause */
/* What differs between host and guest in lib/test, and main() of every host test program. */

#include "../../lib/test/internal.h"
#include "host.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <uk/cpu.h>
#include <uk/test.h>
#include <unistd.h>

struct call {
	pthread_barrier_t *start;
	unsigned int cpu;
	void (*fn)(unsigned int cpu, void *arg);
	void *arg;
};

static void *on_cpu(void *arg)
{
	struct call *call = arg;

	host_cpu_set(call->cpu);
	pthread_barrier_wait(call->start);
	call->fn(call->cpu, call->arg);
	return NULL;
}

void uk_test_smp(void (*fn)(unsigned int cpu, void *arg), void *arg)
{
	pthread_t threads[UK_CPUS_MAX];
	struct call calls[UK_CPUS_MAX];
	pthread_barrier_t start;

	pthread_barrier_init(&start, NULL, UK_CPUS_MAX);
	for (unsigned int i = 0; i < UK_CPUS_MAX; i++) {
		calls[i] = (struct call){ &start, i, fn, arg };
		if (pthread_create(&threads[i], NULL, on_cpu, &calls[i]))
			abort();
	}
	for (unsigned int i = 0; i < UK_CPUS_MAX; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&start);
}

static void panic_in_child(void (*fn)(void *arg), void *arg)
{
	struct rlimit no_core = { 0, 0 };

	setrlimit(RLIMIT_CORE, &no_core);
	if (!freopen("/dev/null", "w", stderr))
		_exit(1);
	fn(arg);
	_exit(0);
}

bool uk_test_panics(void (*fn)(void *arg), void *arg)
{
	int status = 0;

	fflush(stdout);
	pid_t child = fork();

	if (child == 0)
		panic_in_child(fn, arg);
	if (child < 0 || waitpid(child, &status, 0) != child)
		return false;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

void uk__test_write(const char *text, size_t len)
{
	fwrite(text, 1, len, stdout);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	return uk_test_run(argc > 1 ? argv[1] : NULL) != 0;
}
