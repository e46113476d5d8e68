/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Contexts that signal handlers see and may change: contract implemented by arch where there are
 * signals. A frame lies on the stack that the handler runs on. All registers belong to it, also
 * those of floating point.
 */

#include <stdbool.h>
#include <uk/abi/signal.h>
#include <uk/defs.h>

struct uk_trap_frame;

struct uk_signal_frame {
	uint64_t handler; /* lib/posix-signal's; with it uc.fpregs is aligned as FXSAVE asks */
	struct uk_ucontext uc;
	struct uk_siginfo info;
	uint64_t scratch[6]; /* arch's */
} uk_aligned(16);

/*
 * Calls uk_signal_leave() with a frame on this stack whose context is that of the return from here
 * with `result`, and then goes on with the context as it is left. Thread context, no lock held.
 */
long uk_ucontext_leave(long result);
/* Implemented by lib/posix-signal. Of uc only the registers are set, with those of floating point.
 */
void uk_signal_leave(struct uk_signal_frame *frame);

/* Call handler(sig, &frame->info, &frame->uc) on the stack that ends at `sp` (not above the frame;
 * 0: on this one). */
void uk_ucontext_handle(struct uk_signal_frame *frame, uint64_t handler, int sig, uintptr_t sp);

/*
 * The registers of `trap` are written into the frame, which the caller then copies to `at`, and the
 * trap will return into frame->handler with frame->info's signal, as above with `at` as the stack
 * pointer. After it arch calls uk_signal_return(), and the context goes on. In the trap.
 */
void uk_ucontext_trap(struct uk_signal_frame *frame, uintptr_t at, struct uk_trap_frame *trap);

/*
 * By arch, in a trap at an instruction that had interrupts on: true if a handler will see to it,
 * false if the trap is to be treated as without signals. Implemented by lib/posix-signal.
 */
bool uk_signal_trap(struct uk_trap_frame *trap, const struct uk_siginfo *info);
/*
 * By arch, at the end of an interrupt, on its stack: true if a handler is to run in the place of
 * what was interrupted. Then with all of that thread's registers, which may be changed as by a
 * trap.
 */
bool uk_signal_due(void);
void uk_signal_interrupt(struct uk_trap_frame *trap);
/*
 * By lib/thread: the calling thread goes on after another one had its CPU. What it was sent
 * meanwhile comes with an interrupt as soon as there can be one. Interrupts off.
 */
void uk_signal_resume(void);
/* By arch, on the thread's stack: the handler that a trap led to has returned. */
void uk_signal_return(struct uk_signal_frame *frame);
