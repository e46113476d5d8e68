/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Handlers in the place of what a trap or an interrupt came upon.
 *
 * What an instruction of the application raises goes to the thread itself, at once, and only to a
 * handler: where none is, it is blocked, or there is no stack for it, the program ends with the
 * report of a panic and the status of the signal. One in kernel code (in a call, under a spinlock,
 * with interrupts off) is a panic as it is without signals.
 *
 * At the end of an interrupt a signal is delivered to a thread that is not in a call and holds no
 * spinlock: it computes, in its own code or in libc. A handler may then call what it may call
 * anywhere, and leave by siglongjmp().
 */

#include "signal.h"
#include <uk/clock.h>
#include <uk/fault.h>
#include <uk/irq.h>
#include <uk/mmu.h>
#include <uk/panic.h>
#include <uk/preempt.h>
#include <uk/timer.h>
#include <uk/trap.h>
#include <uk/ucontext.h>

#define SKIP  128 /* below the stack pointer: code that was not compiled by us may use so much */
#define BELOW 64  /* below the frame */

/* And what the handler needs to begin. */
static bool writable(uintptr_t frame)
{
	uintptr_t at = UK_ALIGN_DOWN(frame - BELOW, UK_PAGE_SIZE);
	uk_paddr_t pa;
	unsigned int prot;

	for (; at < frame + sizeof(struct uk_signal_frame); at += UK_PAGE_SIZE) {
		if (!uk_page_lookup(at, &pa, &prot) || !(prot & UK_PROT_WRITE))
			return false;
	}
	return true;
}

/* 0: on the alternate stack already, and below its end, where somebody else's memory is. */
static uintptr_t place_of(const struct uk_signal_thread *self, uint64_t action_flags, uintptr_t sp)
{
	uintptr_t top = uk__posix_signal_stack(self, action_flags, sp);

	if (top == sp)
		top -= SKIP;
	top = UK_ALIGN_DOWN(top - sizeof(struct uk_signal_frame), 16);
	return uk__posix_signal_on_stack(&self->stack, sp) && top - BELOW < self->stack.sp ? 0
											   : top;
}

static void bring(uintptr_t frame)
{
	if (frame && !writable(frame))
		(void)uk_vm_touch(frame - BELOW, BELOW + sizeof(struct uk_signal_frame),
				  UK_PROT_WRITE);
}

/*
 * The frame is written in the trap, which nothing can resolve. On demand, both places where it may
 * go are brought before the lock is taken: memory may have to wait for another CPU, which may
 * wait for that lock with interrupts off.
 */
static void prepare(const struct uk_signal_thread *self, uintptr_t sp)
{
	uintptr_t here = place_of(self, 0, sp), there = place_of(self, UK_SA_ONSTACK, sp);

	if (!CONFIG_VM_DEMAND)
		return;
	bring(here);
	if (there != here)
		bring(there);
}

/* NULL: nothing can be written there. */
static struct uk_signal_frame *frame_at(const struct uk_signal_thread *self, uint64_t action_flags,
					uintptr_t sp)
{
	uintptr_t at = place_of(self, action_flags, sp);

	return at && writable(at) ? (struct uk_signal_frame *)at : NULL;
}

static struct uk_signal_frame *make_frame(struct uk_signal_thread *self, int sig, uintptr_t sp,
					  const struct uk_sigaction *action)
{
	struct uk_signal_frame *frame = frame_at(self, action->flags, sp);
	uint64_t before;

	if (!frame)
		return NULL;
	*frame = (struct uk_signal_frame){ 0 };
	uk__posix_signal_begin(self, sig, action, &before);
	uk__posix_signal_fill(frame, self, before);
	return frame;
}

/* The frame for its handler, which begins; NULL: none can. *handler is its address. */
static struct uk_signal_frame *begin(struct uk_signal_thread *self, int sig, uintptr_t sp,
				     uint64_t *handler)
{
	struct uk_signal_frame *frame = NULL;
	uk_irqflags_t flags = uk__posix_signal_lock();
	struct uk_sigaction action = uk__posix_signals.action[sig - 1];

	*handler = action.handler;
	if (action.handler > UK_SIG_IGN && !(self->blocked & UK_SIGNAL_BIT(sig)))
		frame = make_frame(self, sig, sp, &action);
	uk__posix_signal_unlock(flags);
	return frame;
}

bool uk_signal_trap(struct uk_trap_frame *trap, const struct uk_siginfo *info)
{
	struct uk_signal_thread *self = uk__posix_signal_self();
	struct uk_signal_frame *frame;
	uint64_t handler;

	if (!self || self->thread->inside || uk_irq_in_handler() || uk_preempt_depth() != 0)
		return false;
	prepare(self, uk_trap_sp(trap));
	frame = begin(self, info->signo, uk_trap_sp(trap), &handler);
	if (!frame) {
		uk_panic_status(128 + info->signo);
		return false;
	}
	frame->info = *info;
	uk_ucontext_trap(frame, trap, handler, info->signo);
	return true;
}

#define AGAIN (100 * (uk_nsec_t)UK_NSEC_PER_USEC)

/* Its interrupt is what matters. */
static void nothing(void *arg)
{
	(void)arg;
}

/* Each CPU's own. */
static struct uk_timer again[UK_CPUS_MAX] = {
	[0 ... UK_CPUS_MAX - 1] = UK_TIMER_INIT(nothing, NULL),
};

static bool is_wanted(void)
{
	const struct uk_thread *self = uk_thread_self();

	return self && self->signals && uk_load(&self->interrupted) && !self->inside;
}

bool uk_signal_due(void)
{
	if (uk_likely(!is_wanted()))
		return false;
	if (uk_preempt_depth() == 0)
		return true;
	uk_timer_start(&again[uk_cpu_id()], uk_clock_now() + AGAIN);
	return false;
}

void uk_signal_resume(void)
{
	if (CONFIG_LIB_SMP)
		uk_mb(); /* pairs with uk_thread_interrupt(), which looks at who runs */
	if (is_wanted())
		uk_timer_start(&again[uk_cpu_id()], uk_clock_now());
}

/* As a handler: on the stack of the thread. */
static void act_default(int sig, const struct uk_siginfo *info)
{
	uk__posix_signal_act_default(sig, info->code);
}

/* The next signal, with its frame and handler; NULL: there is none, or no room for a frame. */
static struct uk_signal_frame *begin_next(struct uk_signal_thread *self, uintptr_t sp,
					  struct uk_signal_info *info, uint64_t *handler)
{
	struct uk_sigaction action;
	struct uk_signal_frame *frame;

	if (!frame_at(self, 0, sp) || !uk__posix_signal_next(self, info, &action))
		return NULL;
	*handler = action.handler != UK_SIG_DFL ? action.handler : (uintptr_t)act_default;
	frame = make_frame(self, info->signo, sp, &action);
	if (frame)
		return frame;
	action.flags &= ~UK_SA_ONSTACK; /* that stack is none, this one is */
	return make_frame(self, info->signo, sp, &action);
}

void uk_signal_interrupt(struct uk_trap_frame *trap)
{
	struct uk_signal_thread *self = uk__posix_signal_self();
	struct uk_signal_info info;
	struct uk_signal_frame *frame;
	uint64_t handler;

	prepare(self, uk_trap_sp(trap));
	uk_irqflags_t flags = uk__posix_signal_lock();

	frame = begin_next(self, uk_trap_sp(trap), &info, &handler);
	uk__posix_signal_unlock(flags);
	if (!frame)
		return;
	uk__posix_signal_show(&info, &frame->info);
	uk_ucontext_trap(frame, trap, handler, info.signo);
}
