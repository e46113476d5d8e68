/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that wait for files, and the pumps that they run meanwhile.
 */

#include <uk/abi/poll.h>
#include <uk/clock.h>
#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/poll.h>
#include <uk/signal.h>
#include <uk/timer.h>

/* Why a sleeper was woken. */
#define FILES 1u
#define PUMP  2u
#define TIME  4u

static struct {
	struct uk_spinlock lock; /* the list; also orders a pump's `pending` against it */
	struct uk_list list;     /* sleepers, the one that came last first: its cache is warm */
} idle = { UK_SPINLOCK_INIT, UK_LIST_INIT(idle.list) };

/* Pumps are only added, at the front: readers take no lock. */
static struct uk_list *pumps;

void uk_poll_pump_register(struct uk_poll_pump *pump)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&idle.lock);

	pump->node.next = pumps;
	/* Release: pairs with the acquire in uk_poll_pumps_run(). */
	uk_store_release(&pumps, &pump->node);
	uk_spin_unlock_irqrestore(&idle.lock, flags);
}

#if CONFIG_LIB_THREAD
static void queue_init(struct uk_poll_sleeper *sleeper)
{
	uk_waitq_init(&sleeper->queue);
}

static void queue_wake(struct uk_poll_sleeper *sleeper)
{
	uk_waitq_wake_all(&sleeper->queue);
}
#else
static void queue_init(struct uk_poll_sleeper *sleeper)
{
	(void)sleeper;
}

static void queue_wake(struct uk_poll_sleeper *sleeper)
{
	(void)sleeper;
}
#endif

static void fire(struct uk_poll_sleeper *sleeper, uint32_t why)
{
	uk_fetch_or(&sleeper->fired, why);
	queue_wake(sleeper);
}

bool uk_poll_pump_kick(struct uk_poll_pump *pump)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&idle.lock);
	bool found = !uk_list_empty(&idle.list);

	uk_store(&pump->pending, true);
	if (found) {
		struct uk_poll_sleeper *sleeper =
			UK_LIST_FIRST(&idle.list, struct uk_poll_sleeper, idle);

		/* Off the list: the next kick finds another one. */
		uk_list_remove(&sleeper->idle);
		fire(sleeper, PUMP);
	}
	uk_spin_unlock_irqrestore(&idle.lock, flags);
	return found;
}

void uk_poll_pumps_run(void)
{
	/* Acquire: pairs with the release in uk_poll_pump_register(). */
	for (struct uk_list *node = uk_load_acquire(&pumps); node; node = node->next) {
		struct uk_poll_pump *pump = UK_LIST_ENTRY(node, struct uk_poll_pump, node);

		if (uk_load(&pump->pending) && uk_exchange(&pump->pending, false))
			pump->run(pump);
	}
}

static void idle_enter(struct uk_poll_sleeper *sleeper)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&idle.lock);

	uk_list_remove(&sleeper->idle);
	uk_list_prepend(&idle.list, &sleeper->idle);
	uk_spin_unlock_irqrestore(&idle.lock, flags);
}

static void idle_leave(struct uk_poll_sleeper *sleeper)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&idle.lock);

	uk_list_remove(&sleeper->idle);
	uk_spin_unlock_irqrestore(&idle.lock, flags);
}

void uk_poll_sleeper_init(struct uk_poll_sleeper *sleeper)
{
	sleeper->fired = 0;
	queue_init(sleeper);
	uk_list_init(&sleeper->idle);
}

void uk_poll_sleeper_wake(struct uk_poll_sleeper *sleeper)
{
	fire(sleeper, FILES);
}

static void entry_wake(struct uk_poll_waiter *waiter, uint32_t events)
{
	struct uk_poll_entry *entry = UK_CONTAINER_OF(waiter, struct uk_poll_entry, waiter);

	if (events & entry->events)
		fire(entry->sleeper, FILES);
}

uint32_t uk_poll_mask(uint32_t events)
{
	if (events & (UK_POLLRDNORM | UK_POLLRDBAND))
		events |= UK_POLLIN;
	if (events & (UK_POLLWRNORM | UK_POLLWRBAND))
		events |= UK_POLLOUT;
	return events | UK_POLLERR | UK_POLLHUP;
}

void uk_poll_entry_init(struct uk_poll_entry *entry, struct uk_poll_sleeper *sleeper,
			uint32_t events)
{
	*entry = (struct uk_poll_entry){
		.waiter.wake = entry_wake,
		.sleeper = sleeper,
		.events = uk_poll_mask(events),
	};
	uk_list_init(&entry->waiter.node);
}

#if CONFIG_LIB_THREAD
static int wait_fired(struct uk_poll_sleeper *sleeper, uk_nsec_t deadline)
{
	int err;

	do
		err = uk_waitq_wait_interruptible(&sleeper->queue, uk_load(&sleeper->fired) != 0,
						  deadline);
	while (CONFIG_THREAD_INTERRUPT && err == -EINTR && !uk_signal_claim());
	return err;
}
#elif CONFIG_LIB_TIMER
/* One thread: the CPU waits until an interrupt has fired the sleeper, the timer's at the latest. */
static void time_is_up(void *arg)
{
	uk_fetch_or((uint32_t *)arg, TIME);
}

static int wait_fired(struct uk_poll_sleeper *sleeper, uk_nsec_t deadline)
{
	struct uk_timer timer;

	if (uk_clock_now() >= deadline)
		return -ETIMEDOUT;
	uk_timer_init(&timer, time_is_up, &sleeper->fired);
	if (deadline != UK_NSEC_NEVER)
		uk_timer_start(&timer, deadline);
	uk_cpu_irq_disable();
	while (!uk_load(&sleeper->fired)) {
		uk_cpu_wait();
		uk_cpu_irq_disable();
	}
	uk_cpu_irq_enable();
	uk_timer_stop_sync(&timer);
	return uk_clock_now() >= deadline ? -ETIMEDOUT : 0;
}
#else
/* Nothing can interrupt: the caller looks again at once. */
static int wait_fired(struct uk_poll_sleeper *sleeper, uk_nsec_t deadline)
{
	if (CONFIG_LIB_CLOCK && deadline != UK_NSEC_NEVER && uk_clock_now() >= deadline)
		return -ETIMEDOUT;
	uk_fetch_or(&sleeper->fired, FILES);
	uk_cpu_relax();
	return 0;
}
#endif

int uk_poll_sleep(struct uk_poll_sleeper *sleeper, uk_nsec_t deadline)
{
	uint32_t why = 0;
	int err = 0;

	while (err == 0 && !(why & FILES)) {
		if (uk_load(&pumps)) {
			idle_enter(sleeper);
			uk_poll_pumps_run();
		}
		err = wait_fired(sleeper, deadline);
		why = uk_exchange(&sleeper->fired, 0);
	}
	if (uk_load(&pumps)) {
		idle_leave(sleeper);
		/* Nobody else was told of the work that came last. */
		why |= uk_exchange(&sleeper->fired, 0);
		if (why & PUMP)
			uk_poll_pumps_run();
	}
	return why & FILES ? 0 : err;
}
