/* SPDX-License-Identifier: BSD-3-Clause */
#include "queue.h"
#include <uk/atomic.h>
#include <uk/errno.h>
#include <uk/panic.h>

#if CONFIG_LIB_POSIX_SIGNAL
#define POOL CONFIG_POSIX_SIGNAL_QUEUE
#else
#define POOL 8
#endif

/* Free entries are linked by `next`; those from `used` on were never taken. */
static struct {
	struct uk_signal_entry entry[POOL];
	struct uk_list *free;
	unsigned int used;
} pool;

static struct uk_signal_entry *entry_of(struct uk_list *node)
{
	return UK_LIST_ENTRY(node, struct uk_signal_entry, node);
}

static struct uk_signal_entry *pool_get(void)
{
	struct uk_list *node = pool.free;

	if (!node)
		return pool.used < POOL ? &pool.entry[pool.used++] : NULL;
	pool.free = node->next;
	return entry_of(node);
}

/* It leaves its queue; its owner, or the pool, has it again. */
static void release(struct uk_signal_entry *entry)
{
	uk_list_remove(&entry->node);
	if (entry->owned)
		return;
	entry->node.next = pool.free;
	pool.free = &entry->node;
}

void uk__posix_signal_queue_init(struct uk_signal_queue *queue)
{
	queue->set = 0;
	uk_list_init(&queue->queued);
}

int uk__posix_signal_queue_put(struct uk_signal_queue *queue, const struct uk_signal_info *info)
{
	uint64_t bit = UK_SIGNAL_BIT(info->signo);
	struct uk_signal_entry *entry;

	UK_ASSERT(info->signo >= 1 && info->signo <= UK_NSIG);
	if (info->signo < UK_SIG_RT_MIN && (queue->set & bit))
		return 0;
	entry = pool_get();
	if (!entry && info->code == UK_SI_QUEUE)
		return -EAGAIN;
	if (entry) {
		entry->info = *info;
		entry->owned = false;
		uk_list_append(&queue->queued, &entry->node);
	}
	uk_store(&queue->set, queue->set | bit);
	return 0;
}

/* POSIX has a limit for the overruns (DELAYTIMER_MAX), where they stay. */
static void overrun(struct uk_signal_entry *entry, uint64_t more)
{
	uint64_t room = (uint64_t)INT32_MAX - entry->info.uid;

	entry->info.uid += (uint32_t)UK_MIN(more, room);
}

void uk__posix_signal_queue_put_owned(struct uk_signal_queue *queue, struct uk_signal_entry *entry,
				      uint64_t missed)
{
	if (!uk_list_empty(&entry->node)) {
		overrun(entry, UK_MIN(missed, (uint64_t)INT32_MAX) + 1);
		return;
	}
	entry->info.uid = 0;
	overrun(entry, missed);
	entry->in = queue;
	uk_list_append(&queue->queued, &entry->node);
	uk_store(&queue->set, queue->set | UK_SIGNAL_BIT(entry->info.signo));
}

/* The first entry of a signal from `node` on; NULL: none. */
static struct uk_signal_entry *find(struct uk_signal_queue *queue, struct uk_list *node, int sig)
{
	for (; node != &queue->queued; node = node->next) {
		if (entry_of(node)->info.signo == sig)
			return entry_of(node);
	}
	return NULL;
}

bool uk__posix_signal_queue_take(struct uk_signal_queue *queue, uint64_t set,
				 struct uk_signal_info *info)
{
	struct uk_signal_entry *entry;
	struct uk_list *after;
	int sig;

	set &= queue->set;
	if (set == 0)
		return false;
	sig = __builtin_ctzll(set) + 1;
	entry = find(queue, queue->queued.next, sig);
	*info = entry ? entry->info : (struct uk_signal_info){ .signo = sig, .pid = 1 };
	after = entry ? entry->node.next : &queue->queued;
	if (entry) {
		entry->overrun = entry->info.uid;
		release(entry);
	}
	if (!find(queue, after, sig))
		uk_store(&queue->set, queue->set & ~UK_SIGNAL_BIT(sig));
	return true;
}

void uk__posix_signal_queue_drop(struct uk_signal_queue *queue, uint64_t set)
{
	UK_LIST_FOREACH_SAFE(node, next, &queue->queued) {
		if (set & UK_SIGNAL_BIT(entry_of(node)->info.signo))
			release(entry_of(node));
	}
	uk_store(&queue->set, queue->set & ~set);
}

void uk__posix_signal_queue_cancel(struct uk_signal_entry *entry)
{
	struct uk_signal_queue *queue = entry->in;
	int sig = entry->info.signo;

	if (uk_list_empty(&entry->node))
		return;
	uk_list_remove(&entry->node);
	if (!find(queue, queue->queued.next, sig))
		uk_store(&queue->set, queue->set & ~UK_SIGNAL_BIT(sig));
}

void uk__posix_signal_queue_move(struct uk_signal_queue *from, struct uk_signal_queue *to,
				 uint64_t set)
{
	struct uk_signal_entry *entry;
	struct uk_list *after = &from->queued;
	int sig;

	set &= from->set;
	if (set == 0)
		return;
	sig = __builtin_ctzll(set) + 1;
	entry = find(from, from->queued.next, sig);
	if (entry) {
		after = entry->node.next;
		uk_list_remove(&entry->node);
		entry->in = to;
		uk_list_append(&to->queued, &entry->node);
	}
	if (!find(from, after, sig))
		uk_store(&from->set, from->set & ~UK_SIGNAL_BIT(sig));
	uk_store(&to->set, to->set | UK_SIGNAL_BIT(sig));
}
