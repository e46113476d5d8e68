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
#include <uk/errno.h>
#include <uk/fault.h>
#include <uk/irq.h>
#include <uk/mmu.h>
#include <uk/panic.h>
#include <uk/preempt.h>
#include <uk/string.h>
#include <uk/timer.h>
#include <uk/trap.h>
#include <uk/ucontext.h>

#define SKIP 128 /* below the stack pointer: code that was not compiled by us may use so much */

/*
 * A frame on its way. It is filled here and copied: what is the application's may go at any time by
 * another CPU's hand, and nothing resolves a fault in a trap. A page that was looked up is given to
 * nobody else before this CPU has answered for its TLB, and it does not until it leaves the trap.
 * Till then it is written where the mapping does not matter; a frame in memory that is gone is then
 * lost as if that had happened just after.
 */
struct place {
	uintptr_t at;
	char *page[2]; /* of UK_SIGNAL_ROOM before it, and the next one */
};
struct call {
	struct place place;
	struct uk_signal_frame frame;
};
_Static_assert(UK_SIGNAL_ROOM + sizeof(struct uk_signal_frame) <= UK_PAGE_SIZE, "two pages");

static uintptr_t first_page(uintptr_t at)
{
	return UK_ALIGN_DOWN(at - UK_SIGNAL_ROOM, UK_PAGE_SIZE);
}

/* The kernel's half is where it is. */
static char *reach(uintptr_t at)
{
	uk_paddr_t pa;
	unsigned int prot;

	if (!uk_page_lookup(at, &pa, &prot) || !(prot & UK_PROT_WRITE))
		return NULL;
	return (intptr_t)at < 0 ? (char *)at : uk_phys_to_virt(pa);
}

/* False: `at` is 0, or something is not there. */
static bool look(struct place *place, uintptr_t at)
{
	uintptr_t page = first_page(at), end = at + sizeof(struct uk_signal_frame);

	place->at = at;
	for (int i = 0; at && page < end; i++, page += UK_PAGE_SIZE) {
		place->page[i] = reach(page);
		if (!place->page[i])
			return false;
	}
	return at != 0;
}

static void put(const struct call *call)
{
	const char *from = (const char *)&call->frame;
	size_t n, to = call->place.at - first_page(call->place.at);

	for (size_t left = sizeof(call->frame); left; left -= n, from += n, to += n) {
		size_t offset = to % UK_PAGE_SIZE;

		n = UK_MIN(left, UK_PAGE_SIZE - offset);
		memcpy(call->place.page[to / UK_PAGE_SIZE] + offset, from, n);
	}
}

/* 0: on the alternate stack already, and below its end, where somebody else's memory is. */
static uintptr_t place_of(const struct uk_signal_thread *self, uint64_t action_flags, uintptr_t sp)
{
	uintptr_t top = uk__posix_signal_stack(self, action_flags, sp);

	if (top == sp)
		top -= SKIP;
	top = UK_ALIGN_DOWN(top - sizeof(struct uk_signal_frame), 16);
	if (uk__posix_signal_on_stack(&self->stack, sp) && top - UK_SIGNAL_ROOM < self->stack.sp)
		return 0;
	return top;
}

/*
 * With VM_DEMAND: 0 if all of it is there now. Not under the lock: memory may have to wait for
 * another CPU, which may wait for that lock with interrupts off.
 */
static int bring(uintptr_t at)
{
	if (!CONFIG_VM_DEMAND || !at)
		return -EFAULT;
	return uk_vm_touch(at - UK_SIGNAL_ROOM, UK_SIGNAL_ROOM + sizeof(struct uk_signal_frame),
			   UK_PROT_WRITE);
}

/* Where it goes has been looked at. Lock held. */
static void fill(struct call *call, struct uk_signal_thread *self, int sig,
		 const struct uk_sigaction *action)
{
	struct uk_signal_frame *frame = &call->frame;
	uint64_t before;

	*frame = (struct uk_signal_frame){ .handler = action->handler };
	uk__posix_signal_begin(self, sig, action, &before);
	uk__posix_signal_fill(frame, self, before);
	frame->uc.fpstate = call->place.at + offsetof(struct uk_signal_frame, uc.fpregs);
}

/* The handler begins: 0. -ENOENT: there is none; -EFAULT: no place for its frame. */
static int begin(struct call *call, struct uk_signal_thread *self, const struct uk_siginfo *info,
		 uintptr_t sp)
{
	uk_irqflags_t flags = uk__posix_signal_lock();
	const struct uk_sigaction action = uk__posix_signals.action[info->signo - 1];
	int err = -EFAULT;

	if (action.handler <= UK_SIG_IGN || (self->blocked & UK_SIGNAL_BIT(info->signo))) {
		err = -ENOENT;
	} else if (look(&call->place, place_of(self, action.flags, sp))) {
		fill(call, self, info->signo, &action);
		call->frame.info = *info;
		err = 0;
	}
	uk__posix_signal_unlock(flags);
	return err;
}

static void enter(struct call *call, struct uk_trap_frame *trap)
{
	uk_ucontext_trap(&call->frame, call->place.at, trap);
	put(call);
}

/* Not inlined: a panic goes on from the caller, whose stack may be of 4 KiB. */
uk_noinline bool uk_signal_trap(struct uk_trap_frame *trap, const struct uk_siginfo *info)
{
	struct uk_signal_thread *self = uk__posix_signal_self();
	struct call call;
	int err;

	if (!self || self->thread->inside || uk_irq_in_handler() || uk_preempt_depth() != 0)
		return false;
	do
		err = begin(&call, self, info, uk_trap_sp(trap));
	while (err == -EFAULT && bring(call.place.at) == 0);
	if (err)
		uk_panic_status(128 + info->signo);
	else
		enter(&call, trap);
	return err == 0;
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

/* The next signal's handler begins: 0. -ENOENT: there is none; -EFAULT: no place for a frame.
 * Lock held. */
static int begin_next(struct call *call, struct uk_signal_thread *self, uintptr_t sp)
{
	struct uk_sigaction action;
	struct uk_signal_info info;
	struct place there;

	/* Both before a signal is taken. If the alternate stack is none, this one is. */
	if (!look(&call->place, place_of(self, 0, sp)))
		return -EFAULT;
	bool both = look(&there, place_of(self, UK_SA_ONSTACK, sp));

	if (!uk__posix_signal_next(self, &info, &action))
		return -ENOENT;
	if (both && (action.flags & UK_SA_ONSTACK))
		call->place = there;
	if (action.handler == UK_SIG_DFL)
		action.handler = (uintptr_t)act_default;
	fill(call, self, info.signo, &action);
	uk__posix_signal_show(&info, &call->frame.info);
	return 0;
}

uk_noinline void uk_signal_interrupt(struct uk_trap_frame *trap)
{
	struct uk_signal_thread *self = uk__posix_signal_self();
	uintptr_t sp = uk_trap_sp(trap);
	struct call call;
	int err;

	(void)bring(place_of(self, UK_SA_ONSTACK, sp));
	do {
		uk_irqflags_t flags = uk__posix_signal_lock();

		err = begin_next(&call, self, sp);
		uk__posix_signal_unlock(flags);
	} while (err == -EFAULT && bring(call.place.at) == 0);
	if (err == 0)
		enter(&call, trap);
}
