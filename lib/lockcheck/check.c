/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The checks. What they share is guarded by a word of their own, with interrupts off, never while
 * they call anything that takes a lock.
 */

#include "internal.h"
#include <uk/panic.h>
#include <uk/string.h>

bool uk__lockcheck_on;

static uint32_t guard;
static struct uk__lockcheck_cpu cpus[UK_CPUS_MAX];

struct uk__lockcheck_note uk__lockcheck_notes[UK__LOCKCHECK_NOTES];
unsigned int uk__lockcheck_nnotes;

struct uk__lockcheck_cpu *uk__lockcheck_cpu(void)
{
	return &cpus[uk_cpu_id()];
}

bool uk__lockcheck_enter(uk_irqflags_t *flags)
{
	if (!uk_load(&uk__lockcheck_on))
		return false;
	*flags = uk_cpu_irq_save_unseen();

	struct uk__lockcheck_cpu *cpu = uk__lockcheck_cpu();

	if (cpu->inside) {
		uk_cpu_irq_restore_unseen(*flags);
		return false;
	}
	cpu->inside = true;
	/* Acquire: pairs with the release in uk__lockcheck_leave(). */
	while (uk_exchange(&guard, 1u))
		uk_cpu_relax();
	return true;
}

void uk__lockcheck_leave(uk_irqflags_t flags)
{
	/* Release: pairs with the acquire in uk__lockcheck_enter(). */
	uk_store_release(&guard, 0u);
	uk__lockcheck_cpu()->inside = false;
	uk_cpu_irq_restore_unseen(flags);
}

void uk_lockcheck_end(void)
{
	uk_store(&uk__lockcheck_on, false);
}

void uk__lockcheck_note_add(const char *what, const struct uk__lockcheck_site *site)
{
	if (uk__lockcheck_nnotes < UK__LOCKCHECK_NOTES)
		uk__lockcheck_notes[uk__lockcheck_nnotes++] =
			(struct uk__lockcheck_note){ what, *site };
}

/* Whoever else comes goes unchecked from now on, and so gets out of the way. */
void uk__lockcheck_wrong(const char *what)
{
	uk_lockcheck_end();
	uk_store_release(&guard, 0u);
	uk_panic("lock: %s", what);
}

static struct uk__lockcheck_site site_of(const struct uk_lockcheck_lock *one)
{
	struct uk__lockcheck_site site;

	memcpy(site.at, one->at, sizeof(site.at));
	return site;
}

/* The way from what is wanted to what is held, last part first. */
static uk_noreturn void wrong_order(uint16_t wanted, uint16_t held,
				    const struct uk__lockcheck_site *held_at,
				    const struct uk__lockcheck_site *wanted_at)
{
	uk__lockcheck_note_add("here a lock is held, taken", held_at);
	uk__lockcheck_note_add("and another one wanted", wanted_at);
	for (uint16_t node = held; node != wanted;) {
		const struct uk__lockcheck_edge *edge =
			&uk__lockcheck_edges[uk__lockcheck_nodes[node].back];

		uk__lockcheck_note_add(edge->from == wanted ? "elsewhere that one was held, taken"
							    : "elsewhere one was held, taken",
				       &edge->held);
		uk__lockcheck_note_add(edge->to == held ? "and the first one wanted"
							: "and one wanted",
				       &edge->wanted);
		node = edge->from;
	}
	uk__lockcheck_wrong("order: two that are taken in both orders");
}

static void check_order(struct uk_lockcheck_held *held, const void *lock,
			const struct uk__lockcheck_site *wanted)
{
	uint16_t to = held->count > 0 ? uk__lockcheck_node_of(lock, true) : 0;

	for (unsigned int i = 0; to && i < held->count; i++) {
		struct uk__lockcheck_site at = site_of(&held->locks[i]);
		uint16_t from = uk__lockcheck_node_of(held->locks[i].lock, true);

		if (from && !uk__lockcheck_link(from, to, &at, wanted))
			wrong_order(to, from, &at, wanted);
	}
}

/* An interrupt may come while it is held, and want it, too. */
static void check_use(const void *lock, const struct uk__lockcheck_site *site, bool open,
		      unsigned int in_irq)
{
	unsigned int use = in_irq ? UK__LOCKCHECK_IN_IRQ : open ? UK__LOCKCHECK_OPEN : 0;
	uint16_t i = use ? uk__lockcheck_node_of(lock, true) : 0;
	struct uk__lockcheck_node *node = &uk__lockcheck_nodes[i];

	if (!i || (node->use & use))
		return;
	node->use |= (uint8_t)use;
	*(in_irq ? &node->irq : &node->open) = *site;
	if (node->use != (UK__LOCKCHECK_IN_IRQ | UK__LOCKCHECK_OPEN))
		return;
	uk__lockcheck_note_add("in an interrupt it is taken", &node->irq);
	uk__lockcheck_note_add("with interrupts on it is taken", &node->open);
	uk__lockcheck_wrong("one that interrupts take is taken with interrupts on");
}

static void check_again(struct uk_lockcheck_held *held, const void *lock,
			const struct uk__lockcheck_site *site)
{
	struct uk_lockcheck_lock *one = uk__lockcheck_find(held, lock);

	if (!one)
		return;

	struct uk__lockcheck_site before = site_of(one);

	uk__lockcheck_note_add("it was taken", &before);
	uk__lockcheck_note_add("it is wanted again", site);
	uk__lockcheck_wrong("wanted by who holds it");
}

void uk_lockcheck_want(struct uk_lockcheck_held *held, const void *lock)
{
	bool open = !held && uk_cpu_irq_enabled();
	struct uk__lockcheck_site site = { { 0 } };
	uk_irqflags_t flags;

	if (!uk__lockcheck_enter(&flags))
		return;

	struct uk__lockcheck_cpu *cpu = uk__lockcheck_cpu();

	uk_callers(__builtin_frame_address(0), site.at, UK_LOCKCHECK_DEPTH);
	check_again(held ? held : &cpu->held, lock, &site);
	if (!held)
		check_use(lock, &site, open, cpu->in_irq);
	check_order(held ? held : &cpu->held, lock, &site);
	uk__lockcheck_leave(flags);
}

void uk_lockcheck_got(struct uk_lockcheck_held *held, const void *lock)
{
	struct uk__lockcheck_site site = { { 0 } };
	uk_irqflags_t flags;

	if (!uk__lockcheck_enter(&flags))
		return;
	uk_callers(__builtin_frame_address(0), site.at, UK_LOCKCHECK_DEPTH);
	uk__lockcheck_push(held ? held : &uk__lockcheck_cpu()->held, lock, &site);
	uk__lockcheck_leave(flags);
}

void uk_lockcheck_left(struct uk_lockcheck_held *held, const void *lock)
{
	struct uk__lockcheck_site site = { { 0 } };
	uk_irqflags_t flags;

	if (!uk__lockcheck_enter(&flags))
		return;
	if (!uk__lockcheck_pull(held ? held : &uk__lockcheck_cpu()->held, lock)) {
		uk_callers(__builtin_frame_address(0), site.at, UK_LOCKCHECK_DEPTH);
		uk__lockcheck_note_add("it is released", &site);
		uk__lockcheck_wrong("released by who does not hold it");
	}
	uk__lockcheck_leave(flags);
}

void uk_lockcheck_may_sleep(void)
{
	uk_irqflags_t flags;

	if (!uk__lockcheck_enter(&flags))
		return;

	struct uk__lockcheck_cpu *cpu = uk__lockcheck_cpu();

	if (cpu->in_irq > 0)
		uk__lockcheck_wrong("what may sleep is called in an interrupt");
	if (cpu->held.count > 0) {
		struct uk__lockcheck_site site = site_of(&cpu->held.locks[cpu->held.count - 1]);

		uk__lockcheck_note_add("the spinlock was taken", &site);
		uk__lockcheck_wrong("what may sleep is called with a spinlock held");
	}
	uk__lockcheck_leave(flags);
}

void uk_lockcheck_forget(const void *low, size_t size)
{
	uk_irqflags_t flags;

	if (!uk__lockcheck_enter(&flags))
		return;
	uk__lockcheck_unlink(low, size);
	uk__lockcheck_leave(flags);
}

void uk_lockcheck_irq_enter(void)
{
	uk__lockcheck_cpu()->in_irq++;
	uk_lockcheck_irqs_off();
}

void uk_lockcheck_irq_leave(void)
{
	uk_lockcheck_irqs_on();
	uk__lockcheck_cpu()->in_irq--;
}
