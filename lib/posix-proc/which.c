/* SPDX-License-Identifier: BSD-3-Clause */
/* Which thread a number stands for. */

#include "proc.h"
#include <uk/errno.h>
#include <uk/proc.h>

struct search {
	int tid;
	bool found;
	void (*fn)(struct uk_thread *thread, void *arg);
	void *arg;
};

int uk__posix_proc_tid(const struct uk_thread *thread)
{
	const struct uk_proc_thread *proc = thread->owner_data;

	if (proc)
		return proc->tid;
	return thread->id == 1 ? 1 : 0;
}

static void visit(struct uk_thread *thread, void *arg)
{
	struct search *search = arg;

	if (uk__posix_proc_tid(thread) != search->tid)
		return;
	search->found = true;
	search->fn(thread, search->arg);
}

int uk_posix_proc_with(int tid, void (*fn)(struct uk_thread *thread, void *arg), void *arg)
{
	struct search search = { .tid = tid, .fn = fn, .arg = arg };

	if (tid < 0)
		return -EINVAL;
	if (tid == 0) {
		fn(uk_thread_self(), arg);
		return 0;
	}
	uk_thread_foreach(visit, &search);
	return search.found ? 0 : -ESRCH;
}
