/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is done about a signal (POSIX.1-2017, XSH sigaction(), sigaltstack()).
 */

#include "signal.h"
#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

/* A signal that is ignored from now on is no longer pending anywhere. Lock held. */
static void forget(int sig)
{
	uint64_t bit = UK_SIGNAL_BIT(sig);

	uk__posix_signal_queue_drop(&uk__posix_signals.pending, bit);
	UK_LIST_FOREACH(node, &uk__posix_signals.threads) {
		struct uk_signal_thread *t = UK_LIST_ENTRY(node, struct uk_signal_thread, node);

		uk__posix_signal_queue_drop(&t->pending, bit);
	}
}

UK_SYSCALL_FULL4(rt_sigaction, int, sig, const struct uk_sigaction *, new, struct uk_sigaction *,
		 old, size_t, size)
{
	struct uk_sigaction wanted = { 0 }, before;
	uk_irqflags_t flags;

	if (!uk__posix_signal_valid(sig) || size != sizeof(uint64_t))
		return -EINVAL;
	if (new && (UK_SIGNAL_UNBLOCKABLE & UK_SIGNAL_BIT(sig)))
		return -EINVAL;
	if (new && uk_uaccess_read(&wanted, new, sizeof(wanted)))
		return -EFAULT;
	flags = uk__posix_signal_lock();
	before = uk__posix_signals.action[sig - 1];
	if (new) {
		wanted.mask &= ~UK_SIGNAL_UNBLOCKABLE;
		uk__posix_signals.action[sig - 1] = wanted;
		if (uk__posix_signal_ignored(sig))
			forget(sig);
	}
	uk__posix_signal_unlock(flags);
	return old ? uk_uaccess_write(old, &before, sizeof(before)) : 0;
}

bool uk__posix_signal_on_stack(const struct uk_sigstack *stack, uintptr_t sp)
{
	return !(stack->flags & (UK_SS_DISABLE | UK_SS_AUTODISARM)) && sp > stack->sp &&
	       sp - stack->sp <= stack->size;
}

uintptr_t uk__posix_signal_stack(const struct uk_signal_thread *t, uint64_t action_flags,
				 uintptr_t sp)
{
	if (!(action_flags & UK_SA_ONSTACK) || (t->stack.flags & UK_SS_DISABLE) ||
	    uk__posix_signal_on_stack(&t->stack, sp))
		return sp;
	return t->stack.sp + t->stack.size;
}

static long set_stack(struct uk_sigstack *stack, struct uk_sigstack wanted)
{
	int32_t mode = wanted.flags & ~UK_SS_AUTODISARM;

	if (mode != 0 && mode != UK_SS_DISABLE && mode != UK_SS_ONSTACK)
		return -EINVAL;
	if (mode == UK_SS_DISABLE) {
		*stack = (struct uk_sigstack){ .flags = UK_SS_DISABLE };
		return 0;
	}
	if (wanted.size < UK_MINSIGSTKSZ)
		return -ENOMEM;
	if (uk_uaccess_ok((const void *)wanted.sp, wanted.size))
		return -EFAULT;
	wanted.flags &= UK_SS_AUTODISARM;
	*stack = wanted;
	return 0;
}

UK_SYSCALL_FULL2(sigaltstack, const struct uk_sigstack *, new, struct uk_sigstack *, old)
{
	struct uk_signal_thread *self = uk__posix_signal_self();
	struct uk_sigstack before = self->stack, wanted;
	bool on = uk__posix_signal_on_stack(&before, uk_syscall_stack());
	long err = 0;

	if (new) {
		if (uk_uaccess_read(&wanted, new, sizeof(wanted)))
			return -EFAULT;
		err = on ? -EPERM : set_stack(&self->stack, wanted);
	}
	before.flags |= on ? UK_SS_ONSTACK : 0;
	if (err == 0 && old)
		err = uk_uaccess_write(old, &before, sizeof(before));
	return err;
}

/* libc's three aside. */
bool uk_signal_is_handled(void)
{
	for (int sig = 1; sig <= UK_NSIG; sig++) {
		uint64_t handler = uk_load(&uk__posix_signals.action[sig - 1].handler);

		if (handler > UK_SIG_IGN && (sig < UK_SIG_RT_MIN || sig > UK_SIG_RT_MIN + 2))
			return true;
	}
	return false;
}
