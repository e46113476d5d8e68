/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Sets of pending signals. What is known of a signal lies in an entry: one from a bounded pool,
 * or one that a timer keeps for its signal. Without an entry a signal is pending all the same,
 * but is told as one of kill(). The caller serialises all calls, on all queues.
 */

#include <uk/signal.h>

struct uk_signal_info {
	int32_t signo;
	int32_t code;
	int32_t pid;  /* of a timer: its number */
	uint32_t uid; /* of a timer: its overruns */
	uint64_t value;
};

struct uk_signal_entry {
	struct uk_list node;
	struct uk_signal_info info;
	bool owned;                 /* not of the pool */
	struct uk_signal_queue *in; /* where it is, if it is queued; owned ones */
	uint32_t overrun;           /* of the last one that was taken; owned ones */
};

#define UK_SIGNAL_BIT(sig) (1ull << ((sig) - 1))

void uk__posix_signal_queue_init(struct uk_signal_queue *queue);
/*
 * 0; -EAGAIN: it must not be without an entry (code UK_SI_QUEUE), and there is none. A signal below
 * UK_SIG_RT_MIN that is pending already stays as it is.
 */
int uk__posix_signal_queue_put(struct uk_signal_queue *queue, const struct uk_signal_info *info);
/* With an entry of its owner's, for the `missed` times before this one too: they are its overruns,
 * and so is this one if it is queued already. */
void uk__posix_signal_queue_put_owned(struct uk_signal_queue *queue, struct uk_signal_entry *entry,
				      uint64_t missed);
/* The first of the lowest signal in `set`; false: none. */
bool uk__posix_signal_queue_take(struct uk_signal_queue *queue, uint64_t set,
				 struct uk_signal_info *info);
/* Forget all of `set`. */
void uk__posix_signal_queue_drop(struct uk_signal_queue *queue, uint64_t set);
/* The owner's entry goes: it is in no queue after this, its signal is pending only if others are.
 */
void uk__posix_signal_queue_cancel(struct uk_signal_entry *entry);
/* The first of the lowest signal in `set` goes from `from` to the end of `to`. */
void uk__posix_signal_queue_move(struct uk_signal_queue *from, struct uk_signal_queue *to,
				 uint64_t set);
