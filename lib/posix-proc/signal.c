/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Without lib/posix-signal: signals that a thread sends to itself: raise(), abort(),
 * kill(getpid()). Nothing else sends any: no interrupt key, no timers, no SIGPIPE, and other
 * threads are refused. A handler is called before the sending call returns, on the same stack.
 */

#include "proc.h"
#include <uk/abi/signal.h>
#include <uk/boot.h>
#include <uk/errno.h>
#include <uk/log.h>
#include <uk/panic.h>
#include <uk/spinlock.h>
#include <uk/string.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

static struct {
	struct uk_spinlock lock;
	struct uk_sigaction of[UK_NSIG];
} actions;

static bool valid(int sig)
{
	return sig >= 1 && sig <= UK_NSIG;
}

static uint64_t bit(int sig)
{
	return 1ull << (sig - 1);
}

#define UNBLOCKABLE (bit(UK_SIGKILL) | bit(UK_SIGSTOP))

static uk_noreturn void killed(int sig)
{
	uk_err("ended by signal %d", sig);
	uk_boot_exit(128 + sig);
}

static bool ignored_by_default(int sig)
{
	return sig == UK_SIGCHLD || sig == UK_SIGCONT || sig == UK_SIGURG || sig == UK_SIGWINCH;
}

static struct uk_sigaction take_action(int sig)
{
	struct uk_sigaction action;

	uk_spin_lock(&actions.lock);
	action = actions.of[sig - 1];
	if ((action.flags & UK_SA_RESETHAND) && action.handler != UK_SIG_IGN)
		actions.of[sig - 1].handler = UK_SIG_DFL;
	uk_spin_unlock(&actions.lock);
	return action;
}

static void call_handler(struct uk_proc_thread *self, int sig, const struct uk_sigaction *action)
{
	struct uk_siginfo info = { .signo = sig, .code = UK_SI_TKILL, .pid = 1 };
	uint64_t before = self->blocked;

	self->blocked |= action->mask | (action->flags & UK_SA_NODEFER ? 0 : bit(sig));
	self->blocked &= ~UNBLOCKABLE;
	if (action->flags & UK_SA_SIGINFO)
		((void (*)(int, struct uk_siginfo *, void *))action->handler)(sig, &info, NULL);
	else
		((void (*)(int))action->handler)(sig);
	self->blocked = before;
}

/* Signals that have become deliverable to the calling thread. */
static void deliver(struct uk_proc_thread *self)
{
	uint64_t ready;

	while ((ready = self->pending & ~self->blocked) != 0) {
		int sig = __builtin_ctzll(ready) + 1;
		struct uk_sigaction action = take_action(sig);

		self->pending &= ~bit(sig);
		if (action.handler == UK_SIG_IGN)
			continue;
		if (action.handler != UK_SIG_DFL)
			call_handler(self, sig, &action);
		else if (!ignored_by_default(sig))
			killed(sig);
	}
}

static long send(int tid, int sig)
{
	struct uk_proc_thread *self = uk__posix_proc_self();

	if (sig != 0 && !valid(sig))
		return -EINVAL;
	if (tid != self->tid)
		return -ENOSYS;
	if (sig != 0) {
		self->pending |= bit(sig);
		deliver(self);
	}
	return 0;
}

UK_SYSCALL_FULL2(tkill, int, tid, int, sig)
{
	return send(tid, sig);
}

UK_SYSCALL_FULL3(tgkill, int, pid, int, tid, int, sig)
{
	return pid == 1 ? send(tid, sig) : -ESRCH;
}

UK_SYSCALL_FULL2(kill, int, pid, int, sig)
{
	return pid == 1 || pid == 0 ? send(uk__posix_proc_self()->tid, sig) : -ESRCH;
}

UK_SYSCALL_FULL4(rt_sigaction, int, sig, const struct uk_sigaction *, new, struct uk_sigaction *,
		 old, size_t, size)
{
	struct uk_sigaction wanted = { 0 }, before;

	if (!valid(sig) || size != sizeof(uint64_t))
		return -EINVAL;
	if (new && (sig == UK_SIGKILL || sig == UK_SIGSTOP))
		return -EINVAL;
	if (new && uk_uaccess_read(&wanted, new, sizeof(wanted)))
		return -EFAULT;
	uk_spin_lock(&actions.lock);
	before = actions.of[sig - 1];
	if (new)
		actions.of[sig - 1] = wanted;
	uk_spin_unlock(&actions.lock);
	return old ? uk_uaccess_write(old, &before, sizeof(before)) : 0;
}

UK_SYSCALL_FULL4(rt_sigprocmask, int, how, const uint64_t *, set, uint64_t *, old, size_t, size)
{
	struct uk_proc_thread *self = uk__posix_proc_self();
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
		self->blocked = bits & ~UNBLOCKABLE;
		deliver(self);
	}
	return old ? uk_uaccess_write(old, &before, sizeof(before)) : 0;
}

UK_SYSCALL_FULL2(rt_sigpending, uint64_t *, out, size_t, size)
{
	uint64_t bits = uk__posix_proc_self()->pending;

	return size != sizeof(bits) ? -EINVAL : uk_uaccess_write(out, &bits, sizeof(bits));
}
