/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A timer that sends a signal again and again: what setitimer() and timer_settime() share. Set and
 * stopped under a mutex of the user's; it goes off in an interrupt.
 */

#include "signal.h"
#include <uk/timer.h>
#include <uk/timespec.h>

/* What it counts: time, or CPU time of the process or of a thread, which only a preemptive
 * scheduler knows (PREEMPT). */
enum { UK_PERIOD_TIME, UK_PERIOD_PROCESS, UK_PERIOD_THREAD };

struct uk_signal_period {
	struct uk_timer timer;
	struct uk_signal_entry entry; /* entry.info.signo 0: nothing is sent */
	uint8_t clock;                /* UK_PERIOD_*, and the thread's number; constant */
	int32_t clock_tid;
	/* Under the lock of all signals: */
	uk_nsec_t deadline; /* of its clock; 0: it is not set */
	uk_nsec_t interval; /* 0: once */
	int32_t tid;        /* of the thread that gets it; 0: the process */
};

/* On cleared memory; info.signo 0: no signal. */
void uk__posix_signal_period_init(struct uk_signal_period *p, const struct uk_signal_info *info,
				  int32_t tid);
/* Now, of its clock; UK_NSEC_NEVER: the thread has ended. Any context but NMI. */
uk_nsec_t uk__posix_signal_period_now(const struct uk_signal_period *p);
/* Stop it and, if deadline is not 0, set it. Thread context, the user's mutex held. */
void uk__posix_signal_period_set(struct uk_signal_period *p, uk_nsec_t deadline,
				 uk_nsec_t interval);
/* Nanoseconds until it goes off, 0: it is not set; *interval may be NULL. */
uk_nsec_t uk__posix_signal_period_left(struct uk_signal_period *p, uk_nsec_t *interval);
/* Its signal is no longer pending, its memory may go. As set(). */
void uk__posix_signal_period_fini(struct uk_signal_period *p);
