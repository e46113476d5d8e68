/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Who is called for which interrupt. Changes are made under the lock; dispatch.c reads the
 * lists of handlers without it, so an action is linked when it is complete and freed when no
 * CPU runs the vector's handlers.
 */

#include "vectors.h"
#include <uk/atomic.h>
#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/log.h>
#include <uk/panic.h>
#include <uk/spinlock.h>

static struct uk_spinlock lock;
static struct uk__irq_action actions[UK__IRQ_VECTORS]; /* free ones have no fn */

bool uk_irq_ready(void)
{
	return uk_load_acquire(&uk__irq_chip) != NULL;
}

int uk_irq_chip_register(const struct uk_irqchip *chip)
{
	if (uk__irq_chip)
		return -EBUSY;
	/* Release: pairs with uk_irq_ready(). */
	uk_store_release(&uk__irq_chip, chip);
	uk_cpu_irq_enable();
	return 0;
}

static struct uk__irq_action *new_action(uk_irq_handler fn, void *arg)
{
	for (unsigned int i = 0; i < UK_ARRAY_SIZE(actions); i++) {
		if (!actions[i].fn) {
			actions[i] = (struct uk__irq_action){ .fn = fn, .arg = arg };
			return &actions[i];
		}
	}
	return NULL;
}

static void link_action(struct uk__irq_vector *v, struct uk__irq_action *action)
{
	struct uk__irq_action **at = &v->first;

	while (*at)
		at = &(*at)->next;
	/* Release: pairs with the acquires in run(). */
	uk_store_release(at, action);
}

static unsigned int vector_of(const struct uk__irq_vector *v)
{
	return UK_VECTOR_FIRST + (unsigned int)(v - uk__irq_vectors);
}

static struct uk__irq_vector *new_vector(enum uk__irq_kind kind)
{
	for (unsigned int i = 0; i < UK__IRQ_VECTORS; i++) {
		struct uk__irq_vector *v = &uk__irq_vectors[i];
		bool chips_own = uk__irq_chip && uk__irq_chip->is_spurious(UK_VECTOR_FIRST + i);

		if (v->kind == UK__IRQ_FREE && !chips_own) {
			uk_store(&v->kind, (uint8_t)kind);
			uk_vector_enable(UK_VECTOR_FIRST + i);
			return v;
		}
	}
	return NULL;
}

static struct uk__irq_vector *find_line(unsigned int gsi)
{
	for (unsigned int i = 0; i < UK__IRQ_VECTORS; i++) {
		struct uk__irq_vector *v = &uk__irq_vectors[i];

		if (v->kind == UK__IRQ_LINE && v->gsi == gsi)
			return v;
	}
	return NULL;
}

static void route(unsigned int *gsi, unsigned int *flags)
{
	if (*flags & UK_IRQ_ISA)
		uk__irq_chip->isa_route(*gsi, gsi, flags);
	*flags &= UK_IRQ_LEVEL | UK_IRQ_LOW;
}

/* Under the lock. The line's vector, new or shared, without the new action. */
static int line_vector(unsigned int gsi, unsigned int flags, struct uk__irq_vector **out)
{
	struct uk__irq_vector *v = find_line(gsi);

	if (v && v->first && v->flags != flags)
		return -EBUSY;
	if (!v)
		v = new_vector(UK__IRQ_LINE);
	if (!v)
		return -ENOSPC;
	uk_store(&v->gsi, (uint16_t)gsi);
	uk_store(&v->flags, (uint8_t)flags);
	*out = v;
	return 0;
}

static int line_request(unsigned int gsi, unsigned int flags, struct uk__irq_action *action)
{
	struct uk__irq_vector *v;
	int err = line_vector(gsi, flags, &v);

	if (err != 0)
		return err;
	bool first = !v->first;

	link_action(v, action);
	if (first)
		err = uk__irq_chip->line_setup(gsi, flags, vector_of(v));
	if (err != 0) {
		uk_store(&v->first, NULL);
		uk_store(&v->kind, UK__IRQ_FREE);
	}
	return err;
}

int uk_irq_line_request(unsigned int gsi, unsigned int flags, uk_irq_handler fn, void *arg)
{
	if (!uk_irq_ready())
		return -ENODEV;
	route(&gsi, &flags);
	if (gsi > UINT16_MAX)
		return -ENODEV;
	uk_irqflags_t irq = uk_spin_lock_irqsave(&lock);
	struct uk__irq_action *action = new_action(fn, arg);
	int err = action ? line_request(gsi, flags, action) : -ENOSPC;

	if (err != 0 && action)
		action->fn = NULL;
	uk_spin_unlock_irqrestore(&lock, irq);
	return err;
}

/* Under the lock: unlink; the caller waits for idle() before it frees the action. */
static struct uk__irq_action *unlink(struct uk__irq_vector *v, uk_irq_handler fn, void *arg)
{
	for (struct uk__irq_action **at = &v->first; *at; at = &(*at)->next) {
		struct uk__irq_action *action = *at;

		if (action->fn == fn && action->arg == arg) {
			uk_store_release(at, action->next);
			return action;
		}
	}
	return NULL;
}

static void wait_idle(struct uk__irq_vector *v)
{
	uk_mb(); /* the unlinking before the look; pairs with the read-modify-write in run() */
	while (CONFIG_LIB_SMP && uk_load_acquire(&v->running) != 0)
		uk_cpu_relax();
}

/* What remains when an action was unlinked from v: it, and the vector if it was the last. */
static void free_action(struct uk__irq_vector *v, struct uk__irq_action *action)
{
	UK_ASSERT(action != NULL);
	wait_idle(v);
	uk_irqflags_t irq = uk_spin_lock_irqsave(&lock);

	action->fn = NULL;
	if (!v->first)
		uk_store(&v->kind, UK__IRQ_FREE);
	uk_spin_unlock_irqrestore(&lock, irq);
}

void uk_irq_line_free(unsigned int gsi, unsigned int flags, uk_irq_handler fn, void *arg)
{
	UK_ASSERT(!uk_irq_in_handler());
	route(&gsi, &flags);
	uk_irqflags_t irq = uk_spin_lock_irqsave(&lock);
	struct uk__irq_vector *v = find_line(gsi);

	UK_ASSERT(v != NULL);
	struct uk__irq_action *action = unlink(v, fn, arg);

	if (!v->first)
		uk__irq_chip->line_mask(gsi);
	uk_spin_unlock_irqrestore(&lock, irq);
	free_action(v, action);
}

/* A vector with one handler: the vector's number, or -ENOSPC. */
static int single_request(enum uk__irq_kind kind, uk_irq_handler fn, void *arg)
{
	int vector = -ENOSPC;
	uk_irqflags_t irq = uk_spin_lock_irqsave(&lock);
	struct uk__irq_action *action = new_action(fn, arg);
	struct uk__irq_vector *v = action ? new_vector(kind) : NULL;

	if (v) {
		link_action(v, action);
		vector = (int)vector_of(v);
	} else if (action) {
		action->fn = NULL;
	}
	uk_spin_unlock_irqrestore(&lock, irq);
	return vector;
}

int uk_irq_local_request(uk_irq_handler fn, void *arg)
{
	return single_request(UK__IRQ_LOCAL, fn, arg);
}

int uk_irq_msi_request(uk_irq_handler fn, void *arg, struct uk_irq_msi *msi)
{
	if (!uk_irq_ready())
		return -ENODEV;
	int vector = single_request(UK__IRQ_MSI, fn, arg);

	if (vector < 0)
		return vector;
	uk__irq_chip->msi_compose((unsigned int)vector, msi);
	return 0;
}

void uk_irq_msi_free(const struct uk_irq_msi *msi)
{
	unsigned int vector = uk__irq_chip->msi_vector(msi);

	UK_ASSERT(vector >= UK_VECTOR_FIRST && vector < UK_VECTOR_END && !uk_irq_in_handler());
	struct uk__irq_vector *v = &uk__irq_vectors[vector - UK_VECTOR_FIRST];
	uk_irqflags_t irq = uk_spin_lock_irqsave(&lock);

	UK_ASSERT(v->kind == UK__IRQ_MSI && v->first);
	struct uk__irq_action *action = unlink(v, v->first->fn, v->first->arg);

	uk_spin_unlock_irqrestore(&lock, irq);
	free_action(v, action);
}
