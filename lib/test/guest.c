/* SPDX-License-Identifier: BSD-3-Clause */
/* What differs between guest and host (tests/host/test_host.c). */

#include "internal.h"
#include <uk/console.h>
#include <uk/cpu.h>
#include <uk/test.h>
#include <uk/thread.h>

struct part {
	void (*fn)(unsigned int cpu, void *arg);
	unsigned int cpu;
	void *arg;
	struct uk_thread *thread;
};

static void play(void *arg)
{
	struct part *part = arg;

	part->fn(part->cpu, part->arg);
}

/* Threads, on as many CPUs as there are; without preemption one of them at a time would do. */
void uk_test_smp(void (*fn)(unsigned int cpu, void *arg), void *arg)
{
	struct part parts[UK_CPUS_MAX];

	if (!CONFIG_PREEMPT) {
		fn(0, arg);
		return;
	}
	for (unsigned int i = 0; i < UK_CPUS_MAX; i++) {
		parts[i] = (struct part){ .fn = fn, .cpu = i, .arg = arg };
		if (uk_thread_create(NULL, play, &parts[i], &parts[i].thread) != 0)
			fn(i, arg);
	}
	for (unsigned int i = 0; i < UK_CPUS_MAX; i++) {
		if (parts[i].thread)
			uk_thread_join(parts[i].thread);
	}
}

bool uk_test_panics(void (*fn)(void *arg), void *arg)
{
	(void)fn;
	(void)arg;
	return true;
}

void uk__test_write(const char *text, size_t len)
{
	uk_console_write(text, len);
}
