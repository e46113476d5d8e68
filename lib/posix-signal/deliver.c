/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The end of a system call: handlers run, one after the other, the lowest signal first, each on a
 * frame that holds the context of the return.
 */

#include "signal.h"
#include <uk/boot.h>
#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/log.h>
#include <uk/panic.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>
#include <uk/ucontext.h>

struct delivery {
	struct uk_signal_info info;
	struct uk_sigaction action;
	uint64_t before; /* the mask that the handler's return brings back */
};

void uk_signal_enter(void)
{
	uk_thread_self()->inside = true;
	uk_compiler_barrier();
}

/* That the platform asks for the end (stop.c), and nobody cares, is no failure. */
static uk_noreturn void killed(int sig, int code)
{
	uk_thread_self()->inside = true;
	if (sig == UK_SIGTERM && code == UK_SI_KERNEL)
		uk_boot_exit(0);
	uk_err("ended by signal %d", sig);
	uk_boot_exit(128 + sig);
}

void uk__posix_signal_act_default(int sig, int code)
{
	uint64_t bit = UK_SIGNAL_BIT(sig);

	if (bit & UK_SIGNAL_STOPS)
		uk__posix_signal_no_stop(sig);
	else if (!(bit & UK_SIGNAL_IGNORED))
		killed(sig, code);
}

void uk__posix_signal_show(const struct uk_signal_info *info, struct uk_siginfo *out)
{
	*out = (struct uk_siginfo){ .signo = info->signo, .code = info->code };
	out->pid = info->pid;
	out->uid = info->uid;
	out->value = info->value;
}

void uk__posix_signal_begin(struct uk_signal_thread *self, int sig,
			    const struct uk_sigaction *action, uint64_t *before)
{
	uint64_t blocked = self->blocked | action->mask;

	*before = self->saves ? self->saved : self->blocked;
	self->saves = false;
	if (!(action->flags & UK_SA_NODEFER))
		blocked |= UK_SIGNAL_BIT(sig);
	if (action->flags & UK_SA_RESETHAND)
		uk__posix_signals.action[sig - 1].handler = UK_SIG_DFL;
	uk__posix_signal_set_mask(self, blocked);
}

/* No signal is there: a mask for one call ends. True: with it something may come. Lock held. */
static bool unsave(struct uk_signal_thread *self)
{
	if (!self->saves)
		return false;
	self->saves = false;
	uk__posix_signal_set_mask(self, self->saved);
	return true;
}

bool uk__posix_signal_next(struct uk_signal_thread *self, struct uk_signal_info *info,
			   struct uk_sigaction *action)
{
	do {
		while (uk__posix_signal_queue_take(&self->pending, ~self->blocked, info) ||
		       uk__posix_signal_queue_take(&uk__posix_signals.pending, ~self->blocked,
						   info)) {
			*action = uk__posix_signals.action[info->signo - 1];
			if (!uk__posix_signal_ignored(info->signo))
				return true;
		}
	} while (unsave(self));
	uk_store(&self->thread->interrupted, self->cancels);
	return false;
}

static bool next(struct uk_signal_thread *self, struct delivery *d)
{
	uk_irqflags_t flags = uk__posix_signal_lock();
	bool found = uk__posix_signal_next(self, &d->info, &d->action);

	if (found && d->action.handler != UK_SIG_DFL)
		uk__posix_signal_begin(self, d->info.signo, &d->action, &d->before);
	uk__posix_signal_unlock(flags);
	return found;
}

/* What a handler's return brings back; it may have changed it. */
static void ended(struct uk_signal_thread *self, const struct uk_signal_frame *frame)
{
	/* Read before the lock is taken: it may have to be brought. */
	struct uk_sigstack stack = frame->uc.stack;
	uint64_t mask = frame->uc.mask;
	uk_irqflags_t flags = uk__posix_signal_lock();

	uk__posix_signal_set_mask(self, mask);
	if (stack.flags & UK_SS_AUTODISARM)
		self->stack = stack;
	uk__posix_signal_unlock(flags);
}

void uk__posix_signal_fill(struct uk_signal_frame *frame, struct uk_signal_thread *self,
			   uint64_t mask)
{
	frame->uc.flags = 0;
	frame->uc.link = 0;
	frame->uc.fpstate = (uintptr_t)frame->uc.fpregs;
	frame->uc.stack = self->stack;
	frame->uc.mask = mask;
	if (self->stack.flags & UK_SS_AUTODISARM)
		self->stack.flags = UK_SS_DISABLE;
}

/* Interrupts may lead to handlers from here on. */
static void leave(struct uk_signal_thread *self)
{
	uk_compiler_barrier();
	self->thread->inside = false;
	uk_compiler_barrier();
}

/* Handlers carry no type that kCFI could check. */
#if CONFIG_KCFI && defined(__clang__)
#define CALLS_HANDLER __attribute__((no_sanitize("kcfi")))
#else
#define CALLS_HANDLER
#endif

/*
 * On the handler's stack, and outside only here: as long as the stack pointer is elsewhere, the
 * frame on an alternate stack is where the next one would go.
 */
static CALLS_HANDLER void handle(int sig, struct uk_siginfo *info, struct uk_ucontext *uc)
{
	struct uk_signal_frame *frame = UK_CONTAINER_OF(info, struct uk_signal_frame, info);
	struct uk_signal_thread *self = uk__posix_signal_self();
	void (*handler)(int sig, struct uk_siginfo *info, struct uk_ucontext *uc) =
		(void (*)(int, struct uk_siginfo *, struct uk_ucontext *))frame->handler;

	leave(self);
	handler(sig, info, uc);
	self->thread->inside = true;
	uk_compiler_barrier();
	ended(self, frame);
}

static void run_on(struct uk_signal_frame *frame, struct uk_signal_thread *self,
		   const struct delivery *d, uintptr_t sp)
{
	uk__posix_signal_show(&d->info, &frame->info);
	uk__posix_signal_fill(frame, self, d->before);
	frame->handler = d->action.handler;
	uk_ucontext_handle(frame, (uintptr_t)handle, d->info.signo, sp);
}

/* On this stack, or with a copy of the frame on the alternate one. */
static void run(struct uk_signal_frame *frame, struct uk_signal_thread *self,
		const struct delivery *d)
{
	uintptr_t here = uk_cpu_stack();
	uintptr_t top = uk__posix_signal_stack(self, d->action.flags, here);
	struct uk_signal_frame *copy;

	if (top == here) {
		run_on(frame, self, d, 0);
		return;
	}
	top = UK_ALIGN_DOWN(top - sizeof(*copy), 16);
	copy = (struct uk_signal_frame *)top;
	if (uk_uaccess_write(copy, frame, sizeof(*copy)))
		killed(UK_SIGSEGV, UK_SI_KERNEL);
	run_on(copy, self, d, top);
	*frame = *copy;
}

/*
 * `again`: the context is the return from a call that may begin again: the handlers that are found
 * here decide about that, and not those of interrupts. What comes behind the last look is looked
 * for once more, as an interrupt leads nowhere inside.
 */
static void deliver(struct uk_signal_frame *frame, struct uk_signal_thread *self, bool again)
{
	struct delivery d;

	do {
		self->thread->inside = true;
		uk_compiler_barrier();
		while (next(self, &d)) {
			if (d.action.handler == UK_SIG_DFL) {
				uk__posix_signal_act_default(d.info.signo, d.info.code);
				continue;
			}
			if (again && !(d.action.flags & UK_SA_RESTART)) {
				again = false;
				frame->uc.rax = (uint64_t)-EINTR;
			}
			run(frame, self, &d);
		}
		leave(self);
	} while (uk_load(&self->thread->interrupted) && !self->cancels);
}

void uk_signal_leave(struct uk_signal_frame *frame)
{
	struct uk_signal_thread *self = uk__posix_signal_self();
	struct uk_ucontext *uc = &frame->uc;
	bool again = (long)uc->rax == -UK_ERESTART;

	if (again && self->cancels) {
		again = false;
		uc->rax = (uint64_t)-EINTR;
	}
	if ((long)uc->rax == -UK_ERESTART_ALWAYS)
		uc->rax = (uint64_t)-UK_ERESTART;
	self->cancels = false;
	uc->selectors = 0;
	uc->err = uc->trapno = uc->oldmask = uc->cr2 = 0;
	for (size_t i = 0; i < UK_ARRAY_SIZE(uc->reserved); i++)
		uc->reserved[i] = 0;
	for (size_t i = 0; i < UK_ARRAY_SIZE(uc->mask_rest); i++)
		uc->mask_rest[i] = 0;
	deliver(frame, self, again);
}

/* For a frame and what fills it; on an alternate stack, below which is somebody else's memory. */
static bool has_room(void)
{
	const struct uk_sigstack *stack = &uk__posix_signal_self()->stack;
	uintptr_t sp = uk_cpu_stack();

	return !uk__posix_signal_on_stack(stack, sp) ||
	       sp - stack->sp >= sizeof(struct uk_signal_frame) + UK_SIGNAL_ROOM;
}

/* Without a frame: all but handlers. One that has no room is the end, as of a fault. */
static long leave_bare(long result)
{
	struct uk_signal_thread *self = uk__posix_signal_self();
	struct delivery d;

	if (result == -UK_ERESTART && self->cancels)
		result = -EINTR;
	if (result == -UK_ERESTART_ALWAYS)
		result = -UK_ERESTART;
	self->cancels = false;
	do {
		self->thread->inside = true;
		uk_compiler_barrier();
		while (next(self, &d)) {
			if (d.action.handler != UK_SIG_DFL) {
				uk_panic_status(128 + UK_SIGSEGV);
				uk_panic("no room for a frame of signal %d on the alternate stack",
					 d.info.signo);
			}
			uk__posix_signal_act_default(d.info.signo, d.info.code);
		}
		leave(self);
	} while (uk_load(&self->thread->interrupted) && !self->cancels);
	return result;
}

long uk_signal_exit(long result)
{
	struct uk_thread *self = uk_thread_self();

	uk_compiler_barrier();
	if (uk_likely(result > -UK_ERESTART)) {
		self->inside = false;
		if (uk_likely(!uk_load(&self->interrupted)))
			return result;
	}
	return uk_likely(has_room()) ? uk_ucontext_leave(result) : leave_bare(result);
}

/* What has come meanwhile is delivered in the context that the handler has left. */
void uk_signal_return(struct uk_signal_frame *frame)
{
	struct uk_signal_thread *self = uk__posix_signal_self();

	ended(self, frame);
	if (uk_load(&self->thread->interrupted))
		deliver(frame, self, false);
}
