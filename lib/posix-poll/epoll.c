/* SPDX-License-Identifier: BSD-3-Clause */
#include "epoll.h"
#include <uk/errno.h>
#include <uk/heap.h>

#define FLAGS (UK_EPOLLET | UK_EPOLLONESHOT | UK_EPOLLEXCLUSIVE | UK_EPOLLWAKEUP)

struct uk_epoll_item {
	struct uk_poll_waiter waiter; /* on the file's source */
	struct uk_epoll *ep;
	struct uk_file *file; /* no reference: it tells when it ends */
	struct uk_list node;  /* among the set's items; ep->lock */
	struct uk_list ready; /* empty: not on a list; ep->ready_lock */
	int fd;
	uint32_t flags;  /* EPOLLET and so on; ep->lock */
	uint32_t wanted; /* what is reported; 0: disarmed by ONESHOT. Written under ep->lock */
	uint32_t round;  /* in which it was reported last; ep->lock */
	uint64_t data;   /* ep->lock */
};

static void make_ready(struct uk_epoll_item *item)
{
	struct uk_epoll *ep = item->ep;
	uk_irqflags_t flags = uk_spin_lock_irqsave(&ep->ready_lock);
	bool fresh = uk_list_empty(&item->ready);

	if (fresh)
		uk_list_append(&ep->ready, &item->ready);
	uk_spin_unlock_irqrestore(&ep->ready_lock, flags);
	/* Who waits has not looked at an item that was on the list already. */
	if (fresh)
		uk_poll_wake(&ep->file.poll, UK_POLLIN);
}

static void make_unready(struct uk_epoll_item *item)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&item->ep->ready_lock);

	uk_list_remove(&item->ready);
	uk_spin_unlock_irqrestore(&item->ep->ready_lock, flags);
}

/* The file says that something may have happened: its source's lock is held. */
static void item_wake(struct uk_poll_waiter *waiter, uint32_t events)
{
	struct uk_epoll_item *item = UK_CONTAINER_OF(waiter, struct uk_epoll_item, waiter);
	uint32_t wanted = uk_load(&item->wanted);

	if (wanted != 0 && (events & uk_poll_mask(wanted)))
		make_ready(item);
}

/* The file knows its few waiters, and so the set needs no table. ep->lock held: it stays. */
static struct uk_epoll_item *find(struct uk_epoll *ep, int fd, struct uk_file *file)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&file->poll.lock);
	struct uk_epoll_item *found = NULL;

	UK_LIST_FOREACH(node, &file->poll.waiters) {
		struct uk_epoll_item *item = UK_LIST_ENTRY(node, struct uk_epoll_item, waiter.node);

		if (item->waiter.wake == item_wake && item->ep == ep && item->fd == fd)
			found = item;
	}
	uk_spin_unlock_irqrestore(&file->poll.lock, flags);
	return found;
}

/* The file's source no longer knows it. ep->lock held. */
static void drop(struct uk_epoll_item *item)
{
	uk_list_remove(&item->node);
	make_unready(item);
	uk_heap_free(item);
}

/* The last reference to the file is going: its source's lock is held, against our order. */
static void item_gone(struct uk_poll_waiter *waiter)
{
	struct uk_epoll_item *item = UK_CONTAINER_OF(waiter, struct uk_epoll_item, waiter);
	struct uk_epoll *ep = item->ep;

	/* The set stays: before it ends it must take this item off the source that we hold. */
	if (!uk_spin_trylock(&ep->lock))
		return;
	uk_list_remove(&waiter->node);
	drop(item);
	uk_spin_unlock(&ep->lock);
}

static void arm(struct uk_epoll_item *item, const struct uk_epoll_event *event)
{
	item->flags = event->events & FLAGS;
	item->data = event->data;
	uk_store(&item->wanted, (event->events & ~FLAGS) | UK_POLLERR | UK_POLLHUP);
	/* Full: a wake-up from here on sees what is wanted, or we see the file's new state. */
	uk_mb();
	if (uk_file_poll(item->file) & item->wanted)
		make_ready(item);
}

static int add(struct uk_epoll *ep, int fd, struct uk_file *file,
	       const struct uk_epoll_event *event)
{
	struct uk_epoll_item *item = uk_heap_zalloc(1, sizeof(*item));

	if (!item)
		return -ENOMEM;
	item->waiter.wake = item_wake;
	item->waiter.gone = item_gone;
	item->ep = ep;
	item->file = file;
	item->fd = fd;
	item->round = ep->round;
	uk_list_append(&ep->items, &item->node);
	uk_list_init(&item->ready);
	uk_poll_attach(&file->poll, &item->waiter);
	arm(item, event);
	return 0;
}

static int change(struct uk_epoll *ep, int op, int fd, struct uk_file *file,
		  const struct uk_epoll_event *event)
{
	struct uk_epoll_item *item = find(ep, fd, file);

	if (op == UK_EPOLL_CTL_ADD)
		return item ? -EEXIST : add(ep, fd, file, event);
	if (!item)
		return -ENOENT;
	if (op == UK_EPOLL_CTL_MOD) {
		arm(item, event);
		return 0;
	}
	uk_poll_detach(&file->poll, &item->waiter);
	drop(item);
	return 0;
}

int uk__posix_poll_epoll_ctl(struct uk_file *set, int op, int fd, struct uk_file *file,
			     const struct uk_epoll_event *event)
{
	struct uk_epoll *ep = uk__posix_poll_epoll_of(set);
	int err;

	if (!file->ops->poll)
		return -EPERM; /* always ready */
	/* A set in a set could be a loop; poll() on a set is possible. */
	if (op < UK_EPOLL_CTL_ADD || op > UK_EPOLL_CTL_MOD || !ep || uk__posix_poll_epoll_of(file))
		return -EINVAL;
	uk_spin_lock(&ep->lock);
	err = change(ep, op, fd, file, event);
	uk_spin_unlock(&ep->lock);
	return err;
}

/* The first of the ready list, which it leaves; NULL: none, or reported in this round already.
 * ep->lock held. */
static struct uk_epoll_item *next_ready(struct uk_epoll *ep)
{
	struct uk_epoll_item *item = NULL;
	uk_irqflags_t flags = uk_spin_lock_irqsave(&ep->ready_lock);

	if (!uk_list_empty(&ep->ready)) {
		item = UK_LIST_FIRST(&ep->ready, struct uk_epoll_item, ready);
		if (item->round == ep->round)
			item = NULL;
		else
			uk_list_remove(&item->ready);
	}
	uk_spin_unlock_irqrestore(&ep->ready_lock, flags);
	return item;
}

/* What to report of an item that has left the ready list; 0: it was a false alarm. */
static uint32_t inspect(struct uk_epoll *ep, struct uk_epoll_item *item)
{
	uint32_t found = uk_file_poll(item->file) & item->wanted;

	if (found == 0)
		return 0;
	item->round = ep->round;
	if (item->flags & UK_EPOLLONESHOT)
		uk_store(&item->wanted, 0);
	else if (!(item->flags & UK_EPOLLET))
		make_ready(item); /* level: stays until found false */
	return found;
}

unsigned int uk__posix_poll_epoll_take(struct uk_epoll *ep, struct uk_epoll_event *out,
				       unsigned int max, bool first)
{
	struct uk_epoll_item *item;
	unsigned int n = 0;

	uk_spin_lock(&ep->lock);
	ep->round += first;
	while (n < max && (item = next_ready(ep)) != NULL) {
		uint32_t found = inspect(ep, item);

		if (found != 0)
			out[n++] = (struct uk_epoll_event){ found, item->data };
	}
	uk_spin_unlock(&ep->lock);
	return n;
}

/* Of the set itself, in poll(): false alarms are taken off the list. */
static uint32_t epoll_poll(struct uk_file *file)
{
	struct uk_epoll *ep = UK_CONTAINER_OF(file, struct uk_epoll, file);
	struct uk_epoll_item *item;
	uint32_t found = 0;

	uk_spin_lock(&ep->lock);
	ep->round++;
	while (found == 0 && (item = next_ready(ep)) != NULL) {
		found = uk_file_poll(item->file) & item->wanted;
		if (found != 0)
			make_ready(item);
	}
	uk_spin_unlock(&ep->lock);
	return found ? UK_POLLIN : 0;
}

static void epoll_close(struct uk_file *file)
{
	struct uk_epoll *ep = UK_CONTAINER_OF(file, struct uk_epoll, file);

	uk_spin_lock(&ep->lock);
	UK_LIST_FOREACH_SAFE(node, next, &ep->items) {
		struct uk_epoll_item *item = UK_LIST_ENTRY(node, struct uk_epoll_item, node);

		uk_poll_detach(&item->file->poll, &item->waiter);
		drop(item);
	}
	uk_spin_unlock(&ep->lock);
	uk_heap_free(ep);
}

static const struct uk_file_ops epoll_ops = {
	.poll = epoll_poll,
	.close = epoll_close,
};

struct uk_epoll *uk__posix_poll_epoll_of(struct uk_file *file)
{
	return file->ops == &epoll_ops ? UK_CONTAINER_OF(file, struct uk_epoll, file) : NULL;
}

struct uk_epoll *uk__posix_poll_epoll_create(void)
{
	struct uk_epoll *ep = uk_heap_zalloc(1, sizeof(*ep));

	if (!ep)
		return NULL;
	uk_file_init(&ep->file, &epoll_ops, UK_O_RDWR);
	uk_list_init(&ep->items);
	uk_list_init(&ep->ready);
	return ep;
}
