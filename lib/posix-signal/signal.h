/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Between the files of this library. One lock guards actions, queues, masks and the list of
 * threads; it is taken in interrupts, and is held around uk_thread_interrupt() and the listener.
 */

#include "queue.h"
#include <uk/signal.h>
#include <uk/spinlock.h>
#include <uk/thread.h>

struct uk_signals {
	struct uk_spinlock lock;
	/* Under the lock: */
	struct uk_sigaction action[UK_NSIG];
	struct uk_signal_queue pending; /* of the process */
	struct uk_list threads;         /* struct uk_signal_thread */
};
extern struct uk_signals uk__posix_signals;

/* There has to be so much below a frame, for what brings a handler to it and back. */
#define UK_SIGNAL_ROOM 512

#define UK_SIGNAL_UNBLOCKABLE (UK_SIGNAL_BIT(UK_SIGKILL) | UK_SIGNAL_BIT(UK_SIGSTOP))
/* Whose default is to stop the process, which this one cannot. */
#define UK_SIGNAL_STOPS \
	(UK_SIGNAL_BIT(UK_SIGSTOP) | UK_SIGNAL_BIT(UK_SIGTSTP) | UK_SIGNAL_BIT(UK_SIGTTIN) | \
	 UK_SIGNAL_BIT(UK_SIGTTOU))
#define UK_SIGNAL_IGNORED \
	(UK_SIGNAL_BIT(UK_SIGCHLD) | UK_SIGNAL_BIT(UK_SIGCONT) | UK_SIGNAL_BIT(UK_SIGURG) | \
	 UK_SIGNAL_BIT(UK_SIGWINCH))

uk_inline bool uk__posix_signal_valid(int sig)
{
	return sig >= 1 && sig <= UK_NSIG;
}

/* The calling thread's; NULL: it is not the application's. */
uk_inline struct uk_signal_thread *uk__posix_signal_self(void)
{
	struct uk_thread *thread = uk_thread_self();

	return thread ? thread->signals : NULL;
}

uk_inline uk_irqflags_t uk__posix_signal_lock(void)
{
	return uk_spin_lock_irqsave(&uk__posix_signals.lock);
}

uk_inline void uk__posix_signal_unlock(uk_irqflags_t flags)
{
	uk_spin_unlock_irqrestore(&uk__posix_signals.lock, flags);
}

/* Lock held, all that follow. */

/* Signals that would be delivered to the thread at once. */
uint64_t uk__posix_signal_deliverable(const struct uk_signal_thread *thread);
/* A thread's mask changes: it looks for what may come now, others for what it no longer takes. */
void uk__posix_signal_set_mask(struct uk_signal_thread *thread, uint64_t blocked);
/* Does nobody want to know of it? */
bool uk__posix_signal_ignored(int sig);
/* Queue and tell; to == NULL: to the process. 0; -EAGAIN: see queue.h. */
int uk__posix_signal_post(struct uk_signal_thread *to, const struct uk_signal_info *info);
void uk__posix_signal_post_owned(struct uk_signal_thread *to, struct uk_signal_entry *entry,
				 uint64_t missed);
/* NULL: there is none. */
struct uk_signal_thread *uk__posix_signal_find(int32_t tid);

/* The thread waits for these, which it may have blocked; 0: no more, and others may have to know of
 * what it has left. Takes the lock. */
void uk__posix_signal_want(struct uk_signal_thread *thread, uint64_t set);
/* What the application sees of an info. */
void uk__posix_signal_show(const struct uk_signal_info *info, struct uk_siginfo *out);
/* It is in use there. */
bool uk__posix_signal_on_stack(const struct uk_sigstack *stack, uintptr_t sp);
/* Where a handler's frame goes: the top of the alternate stack, or `sp` itself. */
uintptr_t uk__posix_signal_stack(const struct uk_signal_thread *thread, uint64_t action_flags,
				 uintptr_t sp);
/* The next signal to deliver to the calling thread, and what is done about it; false: there is
 * none, and the thread is no longer interrupted. Lock held. */
bool uk__posix_signal_next(struct uk_signal_thread *self, struct uk_signal_info *info,
			   struct uk_sigaction *action);
/* The default action of a signal that is delivered. */
void uk__posix_signal_act_default(int sig, int code);
/* A handler begins: *before is the mask that its return brings back. Lock held. */
void uk__posix_signal_begin(struct uk_signal_thread *thread, int sig,
			    const struct uk_sigaction *action, uint64_t *before);
/* The parts of a frame that are not arch's; `mask` comes back with the return. Lock not needed:
 * own. */
struct uk_signal_frame;
void uk__posix_signal_fill(struct uk_signal_frame *frame, struct uk_signal_thread *thread,
			   uint64_t mask);
/* A signal that stops processes was sent or delivered: nothing happens, which is said once. */
void uk__posix_signal_no_stop(int sig);
