/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Signals (POSIX.1-2017, XSH 2.4; Linux, signal(7)) as the other libraries see them. There is
 * one process. A signal is sent to it or to one of its threads, is pending while the threads
 * that could have it block it, and is delivered when a thread leaves a system call, or by a trap.
 *
 * A thread of the application has a struct uk_signal_thread, in memory of whoever makes it.
 */

#include <stdbool.h>
#include <uk/abi/signal.h>
#include <uk/defs.h>
#include <uk/list.h>

struct uk_thread;

struct uk_signal_queue {
	uint64_t set;          /* signals that are pending */
	struct uk_list queued; /* what is known of them, in the order they came */
};

/* All under the lock of state.c, but for what is the thread's own. */
struct uk_signal_thread {
	struct uk_list node;
	struct uk_thread *thread; /* NULL: has not begun to run */
	int32_t tid;
	uint64_t blocked;
	uint64_t saved; /* own: what blocked becomes again, if `saves` */
	bool saves;     /* own */
	bool cancels;   /* own: the next call's wait ends (cancel.c) */
	uint64_t waits; /* signals that it waits for in sigtimedwait(): it is told of them */
	struct uk_signal_queue pending;
	struct uk_sigstack stack; /* own: of sigaltstack() */
};

/*
 * A thread is about to be made, with the mask of the calling one: signals may be sent to it from
 * now on. Then, by itself, once: it runs, and ends. By its maker, if it was not made after all: it
 * is no more. Thread context.
 */
void uk_signal_thread_add(struct uk_signal_thread *thread, int32_t tid);
void uk_signal_thread_run(struct uk_signal_thread *thread);
void uk_signal_thread_end(void);
void uk_signal_thread_remove(struct uk_signal_thread *thread);

/*
 * Send to the process. `sig` is valid, `code` an UK_SI_*. Any context but NMI.
 */
void uk_signal_send(int sig, int code);
/* Send to the calling thread, from which it comes: SIGPIPE. Thread context. */
void uk_signal_raise(int sig);

/*
 * An interruptible wait of the calling thread ended with -EINTR: true if a signal is there that
 * will be delivered when the call ends; it is this thread's from now on; or if libc cancels the
 * thread. False: another thread was faster, go on waiting. Thread context.
 */
bool uk_signal_claim(void);

/*
 * A mask for the time of one call (ppoll() and its like): `user` is a set in memory of the
 * application of `size` bytes, or NULL: nothing happens. 0, -EFAULT, -EINVAL. Then, when the wait
 * is over: was it by a signal, the mask of before comes back when its handlers have run, else at
 * once.
 */
int uk_signal_mask_begin(const uint64_t *user, size_t size);
void uk_signal_mask_end(bool interrupted);

/* The program has a handler of its own, for any signal. Takes no lock: an answer for checks. */
bool uk_signal_is_handled(void);

/*
 * For signalfd: take a signal of `set` that is pending for the calling thread or the process;
 * false: none is. Thread context; may hold no lock that is taken in `fn` below.
 */
bool uk_signal_take(uint64_t set, struct uk_siginfo *info);
/* Is there one? Takes no lock. */
bool uk_signal_pending(uint64_t set);
/* fn(set) is called when signals become pending, possibly in an interrupt, under the lock of all
 * signals. One listener, for ever. */
void uk_signal_listen(void (*fn)(uint64_t set));
