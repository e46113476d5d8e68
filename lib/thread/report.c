/* SPDX-License-Identifier: BSD-3-Clause */
/* What a panic tells of threads. No lock is taken: nobody else runs any more. */

#include <uk/callers.h>
#include <uk/panic.h>
#include <uk/thread.h>
#include <uk/trap.h>

#define THREADS_MOST 64 /* a broken list ends here, too */
#define FRAMES_MOST  12u

static void tell_frames(const struct uk_thread *thread)
{
	uintptr_t at[FRAMES_MOST];
	unsigned int n = uk_callers(uk_context_frame(&thread->context), at, FRAMES_MOST);

	for (unsigned int i = 0; i < n && uk_trap_address(&at[i]); i++)
		uk_panic_say("  0x%016lx", at[i]);
}

static void tell(const struct uk_thread *thread)
{
	const char *does = "is ready";

	if (CONFIG_LIB_SMP && thread->sched.running)
		does = "runs on another CPU";
	else if (thread->state == UK_THREAD_DEAD)
		does = "has ended";
	else if (thread->state == UK_THREAD_BLOCKED)
		does = "waits";
	uk_panic_say("thread %s (%u) %s", thread->name, thread->id, does);
	if (thread->state != UK_THREAD_DEAD && !(CONFIG_LIB_SMP && thread->sched.running))
		tell_frames(thread);
}

static void notes(const struct uk_trap_frame *frame)
{
	const struct uk_thread *self = uk_thread_self();
	int n = 0;

	(void)frame;
	if (!self)
		return;
	uk_panic_say("thread %s (%u) runs here", self->name, self->id);
	UK_LIST_FOREACH(node, &uk_thread_list) {
		const struct uk_thread *thread = UK_LIST_ENTRY(node, struct uk_thread, all);

		if (thread != self && n++ < THREADS_MOST)
			tell(thread);
	}
}

UK_PANIC_NOTE_LATE(notes);
