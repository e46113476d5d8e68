/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Readiness: how a file tells those who wait for it (poll(2), epoll(7), a blocking read).
 *
 * Events are UK_POLLIN and so on of <uk/abi/poll.h>. A file owns a source; whoever waits
 * attaches a waiter to it. When the file's state changes, its owner calls uk_poll_wake(). It
 * is a hint without memory: the waiter asks the file's poll() for the truth, after it attached.
 *
 * Lock order: a file's own lock may be held around uk_poll_wake(); a waiter's callback runs
 * with the source's lock held and interrupts off, and takes only what lies below (a ready
 * list, a wait queue).
 */

#include <stdbool.h>
#include <uk/defs.h>
#include <uk/list.h>
#include <uk/spinlock.h>
#if CONFIG_LIB_THREAD
#include <uk/waitq.h>
#endif

struct uk_poll_source {
	struct uk_spinlock lock;
	struct uk_list waiters; /* struct uk_poll_waiter, in order of arrival */
};

#define UK_POLL_SOURCE_INIT(name) { UK_SPINLOCK_INIT, UK_LIST_INIT((name).waiters) }

struct uk_poll_waiter {
	struct uk_list node;
	/* Called with the source's lock held, interrupts off; may run in any context but NMI. */
	void (*wake)(struct uk_poll_waiter *waiter, uint32_t events);
	/*
	 * The source ends. Called with the source's lock held, interrupts off: takes the node off
	 * the list and forgets the source; or does nothing, when it cannot have the lock it
	 * needs at once, and is called again. NULL where the waiter keeps the file alive.
	 */
	void (*gone)(struct uk_poll_waiter *waiter);
};

void uk_poll_source_init(struct uk_poll_source *source);
/* No waiter is left after it; called once, by uk_file_put(). Thread context, no lock held. */
void uk_poll_source_fini(struct uk_poll_source *source);
/* Tell all waiters that `events` may have become true. Any context but NMI. */
void uk_poll_wake(struct uk_poll_source *source, uint32_t events);
/* The waiter's owner keeps it alive until detach returns; from then on no callback runs. */
void uk_poll_attach(struct uk_poll_source *source, struct uk_poll_waiter *waiter);
void uk_poll_detach(struct uk_poll_source *source, struct uk_poll_waiter *waiter);

/*
 * A thread that waits for files: on its stack. Attach entries, look at the files, then sleep
 * until woken, and look again.
 */
struct uk_poll_sleeper {
	uint32_t fired; /* set by whoever wakes it; cleared by uk_poll_sleep() */
#if CONFIG_LIB_THREAD
	struct uk_waitq queue;
#endif
	struct uk_list idle; /* among the sleepers that a pump may wake */
};

struct uk_poll_entry {
	struct uk_poll_waiter waiter;
	struct uk_poll_sleeper *sleeper;
	uint32_t events; /* wake for these; ERR and HUP always */
};

void uk_poll_sleeper_init(struct uk_poll_sleeper *sleeper);
void uk_poll_sleeper_wake(struct uk_poll_sleeper *sleeper); /* any context but NMI */
/* What wakes a waiter for `events`: ERR and HUP always, IN and OUT also for their synonyms. */
uint32_t uk_poll_mask(uint32_t events);
/* Prepare `entry` so that attaching its waiter to a source wakes `sleeper`. */
void uk_poll_entry_init(struct uk_poll_entry *entry, struct uk_poll_sleeper *sleeper,
			uint32_t events);
/*
 * Run pending pumps, then sleep unless woken since the last call, at most until `deadline`
 * (monotonic; UK_NSEC_NEVER). 0: woken, look again; also without reason. -ETIMEDOUT. -EINTR: a
 * signal will be delivered when the call ends (<uk/signal.h>). Thread context, no lock held.
 * Without LIB_THREAD the CPU waits for interrupts instead; without LIB_TIMER too it spins while a
 * deadline is set.
 */
int uk_poll_sleep(struct uk_poll_sleeper *sleeper, uk_nsec_t deadline);

/*
 * A pump: work that waiting threads do themselves instead of a thread of its own, for example
 * a network stack taking packets from its devices. It is run by uk_poll_sleep() before a
 * thread sleeps, when it is pending.
 */
struct uk_poll_pump {
	/* Thread context, no lock held. May call uk_poll_wake(); must not wait for files. May
	 * run in several threads at once: it serialises itself, and returns at once when
	 * another thread is at it, after leaving word so that this one goes round again. */
	void (*run)(struct uk_poll_pump *pump);
	bool pending;
	struct uk_list node;
};

/* Run those that are pending: poll and epoll do it once per call, also when they need not wait. */
void uk_poll_pumps_run(void);
/* Boot or thread context; never taken back. */
void uk_poll_pump_register(struct uk_poll_pump *pump);
/*
 * There is work: mark the pump pending and wake one thread that waits for files, so that it
 * runs it. False when none waits: the next that is about to wait will run it, and the caller may
 * wake a thread of its own. Any context but NMI.
 */
bool uk_poll_pump_kick(struct uk_poll_pump *pump);
