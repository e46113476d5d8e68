/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Timers of each CPU, and the hardware set to the first of them.
 *
 * A timer belongs to the CPU in `timer->cpu` (fields under that CPU's lock); it moves to the
 * CPU that starts it, while it is not active. Functions run without the lock.
 */

#include <uk/clock.h>
#include <uk/clock_source.h>
#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/log.h>
#include <uk/pairing.h>
#include <uk/panic.h>
#include <uk/spinlock.h>
#include <uk/timer.h>

/* Functions called per interrupt: one that starts itself anew in the past must not hold the
 * CPU for ever. What is left comes with the next interrupt. */
#define EXPIRE_MAX 256u

struct timer_cpu {
	struct uk_spinlock lock;
	struct uk_pairing *first; /* by deadline */
	struct uk_timer *running; /* whose function is being called; compared, not followed */
	uk_nsec_t armed;          /* deadline that the hardware is set for */
	bool expiring;            /* uk_timer_expire() will arm */
};

static struct timer_cpu cpus[UK_CPUS_MAX] = {
	[0 ... UK_CPUS_MAX - 1] = { .armed = UK_NSEC_NEVER },
};
static const struct uk_timer_device *device;

void uk_timer_init(struct uk_timer *timer, void (*fn)(void *arg), void *arg)
{
	*timer = (struct uk_timer)UK_TIMER_INIT(fn, arg);
}

static struct uk_timer *timer_of(const struct uk_pairing *place)
{
	return place ? UK_CONTAINER_OF(place, struct uk_timer, place) : NULL;
}

static bool is_earlier(const struct uk_pairing *a, const struct uk_pairing *b)
{
	return timer_of(a)->deadline < timer_of(b)->deadline;
}

/* The lock of the CPU that the timer belongs to. Interrupts off. */
static struct timer_cpu *lock_owner(struct uk_timer *timer)
{
	for (;;) {
		uint32_t cpu = CONFIG_LIB_SMP ? uk_load(&timer->cpu) : 0;

		uk_spin_lock(&cpus[cpu].lock);
		/* Acquire: pairs with the release in move_here(), made under another lock. */
		if (!CONFIG_LIB_SMP || uk_load_acquire(&timer->cpu) == cpu)
			return &cpus[cpu];
		uk_spin_unlock(&cpus[cpu].lock);
	}
}

/* This CPU's hardware to its first deadline; not if it is set for an earlier one, which is gone:
 * that interrupt finds nothing and arms. Under the lock. */
static void arm(struct timer_cpu *cpu)
{
	const struct uk_timer *first = timer_of(cpu->first);
	uk_nsec_t deadline = first ? first->deadline : UK_NSEC_NEVER;

	if (deadline >= cpu->armed || cpu->expiring || !device)
		return;
	cpu->armed = deadline;
	uk_nsec_t now = uk_clock_now();

	device->arm(deadline, deadline > now ? deadline - now : 1);
}

static void take_out(struct timer_cpu *cpu, struct uk_timer *timer)
{
	uk_pairing_remove(&cpu->first, &timer->place, is_earlier);
	uk_store(&timer->active, false);
}

/* With the owner's lock; returns with this CPU's lock, the timer being its own and not active. */
static struct timer_cpu *move_here(struct timer_cpu *owner, struct uk_timer *timer)
{
	uint32_t here = uk_cpu_id();

	while (CONFIG_LIB_SMP && owner != &cpus[here]) {
		if (timer->active)
			take_out(owner, timer);
		/* Release: pairs with the acquire in lock_owner(). */
		uk_store_release(&timer->cpu, here);
		uk_spin_unlock(&owner->lock);
		owner = lock_owner(timer);
	}
	if (timer->active)
		take_out(owner, timer);
	return owner;
}

void uk_timer_start(struct uk_timer *timer, uk_nsec_t deadline)
{
	uk_irqflags_t flags = uk_cpu_irq_save();
	struct timer_cpu *cpu = move_here(lock_owner(timer), timer);

	timer->deadline = deadline;
	uk_store(&timer->active, true);
	uk_pairing_insert(&cpu->first, &timer->place, is_earlier);
	arm(cpu);
	uk_spin_unlock(&cpu->lock);
	uk_cpu_irq_restore(flags);
}

bool uk_timer_stop(struct uk_timer *timer)
{
	uk_irqflags_t flags = uk_cpu_irq_save();
	struct timer_cpu *cpu = lock_owner(timer);
	bool active = timer->active;

	if (active)
		take_out(cpu, timer);
	uk_spin_unlock(&cpu->lock);
	uk_cpu_irq_restore(flags);
	return active;
}

bool uk_timer_stop_sync(struct uk_timer *timer)
{
	bool active = uk_timer_stop(timer);

	for (unsigned int i = 0; CONFIG_LIB_SMP && i < UK_CPUS_MAX; i++) {
		/* Acquire: pairs with the release in call(). */
		while (uk_load_acquire(&cpus[i].running) == timer)
			uk_cpu_relax();
	}
	return active;
}

bool uk_timer_active(const struct uk_timer *timer)
{
	return uk_load(&timer->active);
}

/* With the lock, which is free during the call. */
static void call(struct timer_cpu *cpu, struct uk_timer *timer)
{
	void (*fn)(void *) = timer->fn;
	void *arg = timer->arg;

	take_out(cpu, timer);
	uk_store(&cpu->running, timer);
	uk_spin_unlock(&cpu->lock);
	fn(arg);
	uk_spin_lock(&cpu->lock);
	/* Release: pairs with the acquire in uk_timer_stop_sync(). */
	uk_store_release(&cpu->running, NULL);
}

void uk_timer_expire(void)
{
	uk_irqflags_t flags = uk_cpu_irq_save();
	struct timer_cpu *cpu = &cpus[uk_cpu_id()];
	uk_nsec_t now = uk_clock_now();

	uk_spin_lock(&cpu->lock);
	cpu->expiring = true;
	for (unsigned int n = 0; n < EXPIRE_MAX; n++) {
		struct uk_timer *first = timer_of(cpu->first);

		if (!first || first->deadline > now)
			break;
		call(cpu, first);
	}
	cpu->expiring = false;
	cpu->armed = UK_NSEC_NEVER; /* the interrupt has come */
	arm(cpu);
	uk_spin_unlock(&cpu->lock);
	uk_cpu_irq_restore(flags);
}

/* While the clock's rate is being refined, come back to it: its precision must not depend on
 * how often somebody asks for the time. Some 15 interrupts, then none. */
static void refine_clock(void *self)
{
	uk_nsec_t next = uk_clock_refine();

	if (next != UK_NSEC_NEVER)
		uk_timer_start(self, next);
}

static struct uk_timer refine_timer = UK_TIMER_INIT(refine_clock, &refine_timer);

int uk_timer_device_register(const struct uk_timer_device *dev)
{
	if (device)
		return -EBUSY;
	uk_irqflags_t flags = uk_spin_lock_irqsave(&cpus[0].lock);

	device = dev;
	arm(&cpus[0]);
	uk_spin_unlock_irqrestore(&cpus[0].lock, flags);
	refine_clock(&refine_timer);
	return 0;
}
