/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sending (POSIX.1-2017, XSH kill(), sigqueue(); Linux, tgkill(2), rt_sigqueueinfo(2)). There is
 * one process, number 1, alone in its group.
 */

#include "signal.h"
#include <uk/atomic.h>
#include <uk/errno.h>
#include <uk/log.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

void uk__posix_signal_no_stop(int sig)
{
	static bool said;

	if (!uk_exchange(&said, true))
		uk_warn("signal %d would stop the program for ever: it has no effect", sig);
}

static bool stops(int sig)
{
	return (UK_SIGNAL_STOPS & UK_SIGNAL_BIT(sig)) &&
	       uk__posix_signals.action[sig - 1].handler == UK_SIG_DFL;
}

/* tid 0: to the process. */
static long send(int32_t tid, const struct uk_signal_info *info)
{
	struct uk_signal_thread *to = NULL;
	uk_irqflags_t flags;
	bool stop = false;
	long err = 0;

	if (info->signo != 0 && !uk__posix_signal_valid(info->signo))
		return -EINVAL;
	flags = uk__posix_signal_lock();
	if (tid != 0)
		to = uk__posix_signal_find(tid);
	if (tid != 0 && !to)
		err = -ESRCH;
	else if (info->signo != 0)
		stop = stops(info->signo);
	if (err == 0 && !stop && info->signo != 0)
		err = uk__posix_signal_post(to, info);
	uk__posix_signal_unlock(flags);
	if (stop)
		uk__posix_signal_no_stop(info->signo);
	return stop ? -ENOSYS : err;
}

static struct uk_signal_info made(int sig, int code)
{
	return (struct uk_signal_info){ .signo = sig, .code = code, .pid = 1 };
}

/* Itself, its group, and all that it may: the same here. */
UK_SYSCALL_FULL2(kill, int, pid, int, sig)
{
	struct uk_signal_info info = made(sig, UK_SI_USER);

	return pid == 1 || pid == 0 || pid == -1 ? send(0, &info) : -ESRCH;
}

UK_SYSCALL_FULL2(tkill, int, tid, int, sig)
{
	struct uk_signal_info info = made(sig, UK_SI_TKILL);

	return tid > 0 ? send(tid, &info) : -EINVAL;
}

UK_SYSCALL_FULL3(tgkill, int, pid, int, tid, int, sig)
{
	struct uk_signal_info info = made(sig, UK_SI_TKILL);

	if (pid <= 0 || tid <= 0)
		return -EINVAL;
	return pid == 1 ? send(tid, &info) : -ESRCH;
}

/* The sender says all; it may even say that it is the kernel, being the only process. */
static long queue(int32_t tid, int sig, const struct uk_siginfo *user)
{
	struct uk_siginfo from;
	struct uk_signal_info info;

	if (uk_uaccess_read(&from, user, sizeof(from)))
		return -EFAULT;
	info = (struct uk_signal_info){
		.signo = sig,
		.code = from.code,
		.pid = from.pid,
		.uid = from.uid,
		.value = from.value,
	};
	return send(tid, &info);
}

UK_SYSCALL_FULL3(rt_sigqueueinfo, int, pid, int, sig, const struct uk_siginfo *, info)
{
	return pid == 1 ? queue(0, sig, info) : -ESRCH;
}

UK_SYSCALL_FULL4(rt_tgsigqueueinfo, int, pid, int, tid, int, sig, const struct uk_siginfo *, info)
{
	if (pid <= 0 || tid <= 0)
		return -EINVAL;
	return pid == 1 ? queue(tid, sig, info) : -ESRCH;
}
