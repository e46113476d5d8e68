/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For libc's pthread_cancel(). Between its look at the flag and the call that follows, the signal's
 * handler has run and nothing is pending any more: the wait in that call has to end all the same.
 * Whatever call comes next is that call, or libc looks at the flag before the one that matters.
 */

#include "signal.h"
#include <uk/syscall.h>

/* Not what Linux has under this name, where programs have no use for it. */
UK_SYSCALL_LEAF0(restart_syscall)
{
	struct uk_signal_thread *self = uk__posix_signal_self();
	uk_irqflags_t flags = uk__posix_signal_lock();

	self->cancels = true;
	uk_store(&self->thread->interrupted, 1);
	uk__posix_signal_unlock(flags);
	return 0;
}
