/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is pending, where, and who is told. A thread's `interrupted` is set while there may be
 * something for it to deliver: it ends waits, and is what the end of each call looks at.
 */

#include "signal.h"
#include <uk/init.h>
#include <uk/string.h>

struct uk_signals uk__posix_signals = {
	.threads = UK_LIST_INIT(uk__posix_signals.threads),
	.pending.queued = UK_LIST_INIT(uk__posix_signals.pending.queued),
};

static struct uk_signal_thread first;
static void (*listener)(uint64_t set);

static struct uk_signal_thread *thread_of(struct uk_list *node)
{
	return UK_LIST_ENTRY(node, struct uk_signal_thread, node);
}

uint64_t uk__posix_signal_deliverable(const struct uk_signal_thread *t)
{
	return (t->pending.set | uk__posix_signals.pending.set) & ~t->blocked;
}

static uint64_t wants(const struct uk_signal_thread *t)
{
	return ~t->blocked | t->waits;
}

static void tell(struct uk_signal_thread *t)
{
	if (t->thread)
		uk_thread_interrupt(t->thread);
}

/* One thread for a signal of the process: as Linux has it, the first if it can. */
static void tell_one(uint64_t set)
{
	UK_LIST_FOREACH(node, &uk__posix_signals.threads) {
		if (set & wants(thread_of(node))) {
			tell(thread_of(node));
			return;
		}
	}
}

/* One thread for each that is pending. */
static void tell_all(uint64_t set)
{
	for (; set; set &= set - 1)
		tell_one(set & -set);
}

void uk__posix_signal_set_mask(struct uk_signal_thread *t, uint64_t blocked)
{
	uint64_t newly = blocked & ~t->blocked;

	t->blocked = blocked & ~UK_SIGNAL_UNBLOCKABLE;
	if (uk__posix_signal_deliverable(t) != 0)
		tell(t);
	tell_all(uk__posix_signals.pending.set & newly);
}

void uk__posix_signal_want(struct uk_signal_thread *t, uint64_t set)
{
	uk_irqflags_t flags = uk__posix_signal_lock();
	uint64_t no_longer = t->waits & ~set & t->blocked;

	t->waits = set;
	/* It may have been told of what it does not take. */
	tell_all(uk__posix_signals.pending.set & no_longer);
	uk__posix_signal_unlock(flags);
}

bool uk__posix_signal_ignored(int sig)
{
	uint64_t handler = uk__posix_signals.action[sig - 1].handler;

	return handler == UK_SIG_IGN ||
	       (handler == UK_SIG_DFL && (UK_SIGNAL_IGNORED & UK_SIGNAL_BIT(sig)));
}

/* One that is ignored is kept only where it is blocked: the action may change until then. */
static bool dropped(const struct uk_signal_thread *to, int sig)
{
	if (!uk__posix_signal_ignored(sig))
		return false;
	if (to)
		return !(to->blocked & UK_SIGNAL_BIT(sig));
	UK_LIST_FOREACH(node, &uk__posix_signals.threads) {
		if (!(thread_of(node)->blocked & UK_SIGNAL_BIT(sig)))
			return true;
	}
	return false;
}

static void posted(struct uk_signal_thread *to, int sig)
{
	uint64_t bit = UK_SIGNAL_BIT(sig);

	if (to && (bit & wants(to)))
		tell(to);
	else if (!to)
		tell_one(bit);
	if (listener)
		listener(bit);
}

static struct uk_signal_queue *queue_for(struct uk_signal_thread *to)
{
	return to ? &to->pending : &uk__posix_signals.pending;
}

int uk__posix_signal_post(struct uk_signal_thread *to, const struct uk_signal_info *info)
{
	int err = 0;

	if (dropped(to, info->signo))
		return 0;
	err = uk__posix_signal_queue_put(queue_for(to), info);
	if (err == 0)
		posted(to, info->signo);
	return err;
}

void uk__posix_signal_post_owned(struct uk_signal_thread *to, struct uk_signal_entry *entry,
				 uint64_t missed)
{
	if (dropped(to, entry->info.signo))
		return;
	uk__posix_signal_queue_put_owned(queue_for(to), entry, missed);
	posted(to, entry->info.signo);
}

struct uk_signal_thread *uk__posix_signal_find(int32_t tid)
{
	UK_LIST_FOREACH(node, &uk__posix_signals.threads) {
		if (thread_of(node)->tid == tid)
			return thread_of(node);
	}
	return NULL;
}

void uk_signal_send(int sig, int code)
{
	struct uk_signal_info info = { .signo = sig, .code = code };
	uk_irqflags_t flags = uk__posix_signal_lock();

	(void)uk__posix_signal_post(NULL, &info);
	uk__posix_signal_unlock(flags);
}

void uk_signal_raise(int sig)
{
	struct uk_signal_info info = { .signo = sig, .code = UK_SI_USER, .pid = 1 };
	struct uk_signal_thread *self = uk__posix_signal_self();
	uk_irqflags_t flags = uk__posix_signal_lock();

	if (self)
		(void)uk__posix_signal_post(self, &info);
	uk__posix_signal_unlock(flags);
}

bool uk_signal_claim(void)
{
	struct uk_signal_thread *self = uk__posix_signal_self();
	uk_irqflags_t flags;
	bool found;

	if (!self)
		return false;
	flags = uk__posix_signal_lock();
	/* One that nobody else can take then, where there is none yet. The rest stays the
	 * process's: a handler may end this thread, or block them. */
	if (!(self->pending.set & ~self->blocked) && !self->cancels)
		uk__posix_signal_queue_move(&uk__posix_signals.pending, &self->pending,
					    ~self->blocked);
	found = uk__posix_signal_deliverable(self) != 0 || self->cancels;
	uk_store(&self->thread->interrupted, found);
	uk__posix_signal_unlock(flags);
	return found;
}

bool uk_signal_pending(uint64_t set)
{
	const struct uk_signal_thread *self = uk__posix_signal_self();

	return ((self ? uk_load(&self->pending.set) : 0) |
		uk_load(&uk__posix_signals.pending.set)) &
	       set;
}

bool uk_signal_take(uint64_t set, struct uk_siginfo *out)
{
	struct uk_signal_thread *self = uk__posix_signal_self();
	struct uk_signal_info info;
	uk_irqflags_t flags = uk__posix_signal_lock();
	bool found = (self && uk__posix_signal_queue_take(&self->pending, set, &info)) ||
		     uk__posix_signal_queue_take(&uk__posix_signals.pending, set, &info);

	uk__posix_signal_unlock(flags);
	if (found)
		uk__posix_signal_show(&info, out);
	return found;
}

void uk_signal_listen(void (*fn)(uint64_t set))
{
	uk_irqflags_t flags = uk__posix_signal_lock();

	listener = fn;
	uk__posix_signal_unlock(flags);
}

void uk_signal_thread_add(struct uk_signal_thread *t, int32_t tid)
{
	const struct uk_signal_thread *self = uk__posix_signal_self();
	uk_irqflags_t flags = uk__posix_signal_lock();

	*t = (struct uk_signal_thread){
		.tid = tid,
		.blocked = self ? self->blocked : 0,
		.stack.flags = UK_SS_DISABLE,
	};
	uk__posix_signal_queue_init(&t->pending);
	uk_list_append(&uk__posix_signals.threads, &t->node);
	uk__posix_signal_unlock(flags);
}

void uk_signal_thread_run(struct uk_signal_thread *t)
{
	struct uk_thread *thread = uk_thread_self();
	uk_irqflags_t flags = uk__posix_signal_lock();

	thread->signals = t;
	t->thread = thread;
	uk_store(&thread->interrupted, uk__posix_signal_deliverable(t) != 0);
	uk__posix_signal_unlock(flags);
}

void uk_signal_thread_remove(struct uk_signal_thread *t)
{
	uk_irqflags_t flags = uk__posix_signal_lock();

	uk_list_remove(&t->node);
	if (t->thread) {
		t->thread->signals = NULL;
		uk_store(&t->thread->interrupted, 0);
	}
	uk__posix_signal_queue_drop(&t->pending, ~0ull);
	tell_all(uk__posix_signals.pending.set);
	uk__posix_signal_unlock(flags);
}

void uk_signal_thread_end(void)
{
	struct uk_signal_thread *self = uk__posix_signal_self();

	if (self)
		uk_signal_thread_remove(self);
}

static int state_init(void)
{
	uk_signal_thread_add(&first, 1);
	uk_signal_thread_run(&first);
	first.thread->inside = true; /* until the end of libc's first call: set_tid_address */
	return 0;
}
UK_INIT(SERVICE, state_init);
