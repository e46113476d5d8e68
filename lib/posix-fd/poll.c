/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sources of readiness and those who are attached to them.
 */

#include <uk/poll.h>

void uk_poll_source_init(struct uk_poll_source *source)
{
	*source = (struct uk_poll_source){ .lock = UK_SPINLOCK_INIT };
	uk_list_init(&source->waiters);
}

void uk_poll_wake(struct uk_poll_source *source, uint32_t events)
{
	uk_irqflags_t flags;

	/* On one CPU nobody attaches meanwhile; with several that takes the lock to know. */
	uk_compiler_barrier();
	if (!CONFIG_LIB_SMP && uk_list_empty(&source->waiters))
		return;
	flags = uk_spin_lock_irqsave(&source->lock);
	UK_LIST_FOREACH_SAFE(node, next, &source->waiters) {
		struct uk_poll_waiter *waiter = UK_LIST_ENTRY(node, struct uk_poll_waiter, node);

		waiter->wake(waiter, events);
	}
	uk_spin_unlock_irqrestore(&source->lock, flags);
}

void uk_poll_attach(struct uk_poll_source *source, struct uk_poll_waiter *waiter)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&source->lock);

	uk_list_append(&source->waiters, &waiter->node);
	uk_spin_unlock_irqrestore(&source->lock, flags);
}

void uk_poll_detach(struct uk_poll_source *source, struct uk_poll_waiter *waiter)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&source->lock);

	uk_list_remove(&waiter->node);
	uk_spin_unlock_irqrestore(&source->lock, flags);
}

/*
 * The first waiter, if any, is asked to let go. Its owner may be at the other end of the same
 * two locks: then it answers false, and we let go and try again.
 */
static bool release_one(struct uk_poll_source *source)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&source->lock);
	bool empty = uk_list_empty(&source->waiters);

	if (!empty) {
		struct uk_poll_waiter *waiter =
			UK_LIST_FIRST(&source->waiters, struct uk_poll_waiter, node);

		waiter->gone(waiter);
	}
	uk_spin_unlock_irqrestore(&source->lock, flags);
	return empty;
}

void uk_poll_source_fini(struct uk_poll_source *source)
{
	while (!release_one(source))
		uk_cpu_relax();
}
