/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Who runs the stack. Threads that wait for files run it themselves, as a pump (<uk/poll.h>);
 * where none waits, a thread of ours does. An interrupt or a timer only says that there is work.
 */

#include "sock.h"

#include <lwip/init.h>
#include <lwip/sys.h>
#include <lwip/timeouts.h>
#include <uk/clock.h>
#include <uk/init.h>
#include <uk/log.h>
#include <uk/poll.h>
#include <uk/sync.h>
#include <uk/thread.h>
#include <uk/timer.h>

#define WORKER_STACK (32u * 1024)

static struct uk_mutex core = UK_MUTEX_INIT(core);

static void pump_run(struct uk_poll_pump *pump);
static void timer_fired(void *arg);

static struct uk_poll_pump pump = { .run = pump_run };
static struct uk_timer timer = UK_TIMER_INIT(timer_fired, NULL);
static uk_nsec_t timer_deadline = UK_NSEC_NEVER; /* under the core lock */

static struct uk_waitq worker_queue = UK_WAITQ_INIT(worker_queue);
static uint32_t worker_due;

u32_t sys_now(void)
{
	return (u32_t)((uint64_t)uk_clock_now() / UK_NSEC_PER_MSEC);
}

void uk__lwip_lock(void)
{
	uk_mutex_lock(&core);
}

/* One-shot, for lwIP's next timeout; moved only when that is earlier or the last has fired. */
static void timer_set(void)
{
	u32_t left = sys_timeouts_sleeptime();
	uk_nsec_t deadline;

	if (left == SYS_TIMEOUTS_SLEEPTIME_INFINITE)
		return;
	deadline = uk_clock_now() + (uk_nsec_t)left * (uk_nsec_t)UK_NSEC_PER_MSEC;
	if (deadline >= timer_deadline && uk_timer_active(&timer))
		return;
	timer_deadline = deadline;
	uk_timer_start(&timer, deadline);
}

/* Packets to ourselves. They were never on a wire, and a device made no checksums for them. */
static void loop(void)
{
	for (struct uk__lwip_port *port = uk__lwip_ports; port; port = port->next)
		port->netif.chksum_flags &=
			(u16_t) ~(NETIF_CHECKSUM_CHECK_UDP | NETIF_CHECKSUM_CHECK_TCP);
	netif_poll_all();
}

void uk__lwip_unlock(void)
{
	struct uk__lwip_wakes wakes;
	bool more;

	loop();
	for (struct uk__lwip_port *port = uk__lwip_ports; port; port = port->next)
		uk__lwip_tx_flush(port);
	timer_set();
	for (;;) {
		more = uk__lwip_sock_wakes_take(&wakes);
		uk_mutex_unlock(&core);
		uk__lwip_sock_wakes_tell(&wakes);
		if (!more && wakes.n == 0)
			break;
		uk_mutex_lock(&core);
		uk__lwip_sock_wakes_drop(&wakes);
	}
}

void uk__lwip_kick(void)
{
	if (uk_poll_pump_kick(&pump))
		return;
	uk_store(&worker_due, 1);
	uk_waitq_wake_one(&worker_queue);
}

static void timer_fired(void *arg)
{
	(void)arg;
	uk__lwip_kick();
}

static void pump_run(struct uk_poll_pump *self)
{
	bool more = false;

	uk__lwip_lock();
	for (struct uk__lwip_port *port = uk__lwip_ports; port; port = port->next)
		more |= uk__lwip_rx(port);
	sys_check_timeouts();
	uk__lwip_unlock();
	if (!more)
		return;
	/* Interrupts are still off. The worker goes on, and lets others have their turn between two
	 * rounds of a flood; who waits for files would sleep now, or never do anything else. */
	uk_store(&self->pending, true);
	uk_store(&worker_due, 1);
	uk_waitq_wake_one(&worker_queue);
}

void uk__lwip_poll(void)
{
	pump_run(&pump);
}

static void worker(void *arg)
{
	(void)arg;
	for (;;) {
		uk_waitq_wait_until(&worker_queue, uk_load(&worker_due), UK_NSEC_NEVER);
		uk_store(&worker_due, 0);
		uk_poll_pumps_run();
		uk_thread_yield();
	}
}

int uk__lwip_core_start(void)
{
	struct uk_thread_attr attr = { .name = "net",
				       .stack_size = WORKER_STACK,
				       .detached = true };

	uk_poll_pump_register(&pump);
	return uk_thread_create(&attr, worker, NULL, NULL);
}
