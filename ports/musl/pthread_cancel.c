/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Deferred and asynchronous cancellation (POSIX.1-2017, XSH 2.9.5) over direct calls.
 *
 * musl decides by the program counter whether a signal hit before a call took effect. Here
 * SIGCANCEL ends an interruptible wait before any effect, and the call returns -EINTR or begins
 * again, as its handler says; between the test of the flag and the call, the handler asks the
 * kernel to let the next call's wait end so. So the flag is tested before the call and again when
 * it was interrupted.
 */

#define _GNU_SOURCE
#include "pthread_impl.h"
#include "syscall.h"
#include <string.h>
#include <ucontext.h>

hidden long __cancel(void);
hidden void __testcancel(void);
hidden long __uk_cancel_test(long nr);
hidden long __uk_cancel_interrupted(long nr);

/* close() keeps the descriptor's fate certain: never cancelled once cancellation is masked. */
static int may_cancel(pthread_t self, long nr)
{
	return self->canceldisable != PTHREAD_CANCEL_DISABLE &&
	       !(self->canceldisable && nr == SYS_close);
}

long __cancel(void)
{
	pthread_t self = __pthread_self();

	if (self->canceldisable == PTHREAD_CANCEL_ENABLE || self->cancelasync)
		pthread_exit(PTHREAD_CANCELED);
	self->canceldisable = PTHREAD_CANCEL_DISABLE;
	return -ECANCELED;
}

long __uk_cancel_test(long nr)
{
	pthread_t self = __pthread_self();

	return self->cancel && may_cancel(self, nr) ? __cancel() : 0;
}

long __uk_cancel_interrupted(long nr)
{
	pthread_t self = __pthread_self();

	if (nr == SYS_close || !self->cancel || self->canceldisable == PTHREAD_CANCEL_DISABLE)
		return -EINTR;
	return __cancel();
}

/* Is the context the end of a call? What that returns; -BEGINS_AGAIN at first, where it can. */
#define BEGINS_AGAIN 512 /* include/uk/errno.h */
#ifdef __x86_64__
#define AT_CALL(uc) ((uc)->uc_mcontext.gregs[REG_CSGSFS] == 0)
#define RESULT(uc)  ((uc)->uc_mcontext.gregs[REG_RAX])
#else
#error "how does a handler know the end of a call?"
#endif

/*
 * Runs on the cancelled thread. Where that is in a handler of another signal, this one comes again
 * when it returns: the call that it interrupted may be one that is to be cancelled. A call that may
 * not be cancelled goes on.
 */
static void on_cancel(int sig, siginfo_t *info, void *context)
{
	pthread_t self = __pthread_self();
	ucontext_t *uc = context;

	(void)info;
	a_barrier();
	if (!uc || !self->cancel || self->canceldisable == PTHREAD_CANCEL_DISABLE)
		return;
	uc->uc_sigmask.__bits[0] |= 1ul << (sig - 1);
	if (self->cancelasync && self->canceldisable == PTHREAD_CANCEL_ENABLE)
		pthread_exit(PTHREAD_CANCELED);
	__syscall(SYS_tkill, self->tid, sig);
	if (!AT_CALL(uc))
		__syscall(SYS_restart_syscall); /* the next wait ends */
	else if (RESULT(uc) == -BEGINS_AGAIN)
		RESULT(uc) = -EINTR;
}

void __testcancel(void)
{
	pthread_t self = __pthread_self();

	if (self->cancel && !self->canceldisable)
		__cancel();
}

static void install_handler(void)
{
	struct sigaction action = {
		.sa_flags = SA_SIGINFO | SA_RESTART,
		.sa_sigaction = on_cancel,
	};

	memset(&action.sa_mask, -1, _NSIG / 8);
	__libc_sigaction(SIGCANCEL, &action, 0);
}

/* Without lib/posix-signal it ends at its next cancellation point, not in a wait. */
static int wake(pthread_t thread)
{
	int err = pthread_kill(thread, SIGCANCEL);

	return err == ENOSYS ? 0 : err;
}

int pthread_cancel(pthread_t thread)
{
	static int installed;

	if (!installed) {
		install_handler();
		installed = 1;
	}
	a_store(&thread->cancel, 1);
	if (thread != pthread_self())
		return wake(thread);
	if (thread->canceldisable == PTHREAD_CANCEL_ENABLE && thread->cancelasync)
		pthread_exit(PTHREAD_CANCELED);
	return 0;
}
