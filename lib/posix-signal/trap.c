/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signals that an instruction of the application raises. They go to the thread itself, at once,
 * and only to a handler: where none is, or it is blocked, the trap is what it is without signals,
 * a panic that says more than a status could. So is one in kernel code.
 */

#include "signal.h"
#include <uk/irq.h>
#include <uk/mmu.h>
#include <uk/trap.h>
#include <uk/ucontext.h>

#define SKIP 128 /* below the stack pointer: code that was not compiled by us may use so much */

/* The frame is written in the trap, which nothing can resolve. */
static bool writable(uintptr_t at, size_t len)
{
	uintptr_t end = at + len;
	uk_paddr_t pa;
	unsigned int prot;

	for (at = UK_ALIGN_DOWN(at, UK_PAGE_SIZE); at < end; at += UK_PAGE_SIZE) {
		if (!uk_page_lookup(at, &pa, &prot) || !(prot & UK_PROT_WRITE))
			return false;
	}
	return true;
}

static struct uk_signal_frame *frame_at(const struct uk_signal_thread *self, uint64_t action_flags,
					uintptr_t sp)
{
	uintptr_t top = uk__posix_signal_stack(self, action_flags, sp);

	if (top == sp)
		top -= SKIP;
	top = UK_ALIGN_DOWN(top - sizeof(struct uk_signal_frame), 16);
	/* And what the handler needs to begin. */
	return writable(top - 64, 64 + sizeof(struct uk_signal_frame))
		       ? (struct uk_signal_frame *)top
		       : NULL;
}

/* The frame for its handler, which begins; NULL: none can. *handler is its address. */
static struct uk_signal_frame *begin(struct uk_signal_thread *self, int sig, uintptr_t sp,
				     uint64_t *handler)
{
	const struct uk_sigaction *action = &uk__posix_signals.action[sig - 1];
	struct uk_signal_frame *frame = NULL;
	uk_irqflags_t flags = uk__posix_signal_lock();
	uint64_t before;

	if (action->handler > UK_SIG_IGN && !(self->blocked & UK_SIGNAL_BIT(sig)))
		frame = frame_at(self, action->flags, sp);
	if (frame) {
		*handler = action->handler;
		*frame = (struct uk_signal_frame){ 0 };
		uk__posix_signal_begin(self, sig, action, &before);
		uk__posix_signal_fill(frame, self, before);
	}
	uk__posix_signal_unlock(flags);
	return frame;
}

bool uk_signal_trap(struct uk_trap_frame *trap, const struct uk_siginfo *info)
{
	struct uk_signal_thread *self = uk__posix_signal_self();
	struct uk_signal_frame *frame;
	uint64_t handler;

	if (!self || self->thread->inside || uk_irq_in_handler())
		return false;
	frame = begin(self, info->signo, uk_trap_sp(trap), &handler);
	if (!frame)
		return false;
	frame->info = *info;
	uk_ucontext_trap(frame, trap, handler, info->signo);
	return true;
}
