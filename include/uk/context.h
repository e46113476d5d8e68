/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Execution contexts: contract implemented by arch. A context that does not run is one stack
 * pointer; everything else lies on its stack (callee-saved registers, the control words of
 * floating point, not the vector registers: a switch is a function call).
 */

#include <uk/defs.h>

struct uk_context {
	void *sp;
#if CONFIG_VM_DEMAND
	/* Of a thread whose own stack may not be there: the end of that for system calls, while it
	 * is not in one; else NULL. struct uk_thread begins with this structure. */
	void *calls;
	void *outside; /* in one: its caller's stack pointer, or a little below */
#endif
};

/*
 * Prepare ctx so that the first switch to it calls entry(arg) on the stack that ends at
 * stack_top (16-byte aligned, exclusive), interrupts in the state of the switcher.
 * entry never returns.
 */
void uk_context_init(struct uk_context *ctx, void *stack_top, void (*entry)(void *), void *arg);

/* Of one that does not run: where its chain of frame pointers begins (<uk/callers.h>). */
const void *uk_context_frame(const struct uk_context *ctx);

/* Save here, go on there; returns when somebody switches back. Interrupts off. */
void uk_context_switch(struct uk_context *save, const struct uk_context *next);

/*
 * With VM_DEMAND: leave what this context runs on for good and call entry(arg) on the stack that
 * ends at stack_top (16-byte aligned, may be on demand); its system calls run on the one that ends
 * at `calls` from now on. entry never returns.
 */
uk_noreturn void uk_context_leave(void *calls, void *stack_top, void (*entry)(void *), void *arg);
