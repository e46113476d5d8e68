/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Masks (POSIX.1-2017, XSH sigprocmask(), sigpending(), sigsuspend()).
 */

#include "signal.h"
#include <uk/errno.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>
#include <uk/waitq.h>

static void set_mask(struct uk_signal_thread *self, uint64_t blocked)
{
	uk_irqflags_t flags = uk__posix_signal_lock();

	uk__posix_signal_set_mask(self, blocked);
	uk__posix_signal_unlock(flags);
}

UK_SYSCALL_FULL4(rt_sigprocmask, int, how, const uint64_t *, set, uint64_t *, old, size_t, size)
{
	struct uk_signal_thread *self = uk__posix_signal_self();
	uint64_t before = self->blocked, bits;

	if (size != sizeof(uint64_t))
		return -EINVAL;
	if (set) {
		if (uk_uaccess_read(&bits, set, sizeof(bits)))
			return -EFAULT;
		switch (how) {
		case UK_SIG_BLOCK: bits = before | bits; break;
		case UK_SIG_UNBLOCK: bits = before & ~bits; break;
		case UK_SIG_SETMASK: break;
		default: return -EINVAL;
		}
		set_mask(self, bits);
	}
	return old ? uk_uaccess_write(old, &before, sizeof(before)) : 0;
}

UK_SYSCALL_FULL2(rt_sigpending, uint64_t *, out, size_t, size)
{
	const struct uk_signal_thread *self = uk__posix_signal_self();
	uint64_t bits = (uk_load(&self->pending.set) | uk_load(&uk__posix_signals.pending.set)) &
			self->blocked;

	return size > sizeof(bits) ? -EINVAL : uk_uaccess_write(out, &bits, size);
}

int uk_signal_mask_begin(const uint64_t *user, size_t size)
{
	struct uk_signal_thread *self = uk__posix_signal_self();
	uint64_t bits;

	if (!user)
		return 0;
	if (size != sizeof(bits))
		return -EINVAL;
	if (uk_uaccess_read(&bits, user, sizeof(bits)))
		return -EFAULT;
	self->saved = self->blocked;
	self->saves = true;
	set_mask(self, bits);
	return 0;
}

/* Interrupted: the end of the call sees to it (deliver.c). */
void uk_signal_mask_end(bool interrupted)
{
	struct uk_signal_thread *self = uk__posix_signal_self();

	if (interrupted || !self->saves)
		return;
	self->saves = false;
	set_mask(self, self->saved);
}

/* Until a signal is there that a handler takes, or that ends the program. */
static long suspend(void)
{
	struct uk_waitq nobody = UK_WAITQ_INIT(nobody);

	do
		(void)uk_waitq_wait_interruptible(&nobody, false, UK_NSEC_NEVER);
	while (!uk_signal_claim());
	return -EINTR;
}

UK_SYSCALL_FULL2(rt_sigsuspend, const uint64_t *, set, size_t, size)
{
	int err = set ? uk_signal_mask_begin(set, size) : -EFAULT;

	return err ? err : suspend();
}

UK_SYSCALL_FULL0(pause)
{
	return suspend();
}
