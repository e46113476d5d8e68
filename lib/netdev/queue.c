/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/netbuf.h>

void uk_netbuf_queue_init(struct uk_netbuf_queue *queue, unsigned int limit)
{
	*queue = (struct uk_netbuf_queue){ .limit = limit };
}

unsigned int uk_netbuf_queue_put(struct uk_netbuf_queue *queue, struct uk_netbuf **bufs,
				 unsigned int n)
{
	unsigned int k;

	uk_spin_lock(&queue->lock);
	for (k = 0; k < n && queue->count < queue->limit; k++) {
		bufs[k]->link = NULL;
		if (queue->last)
			queue->last->link = bufs[k];
		else
			queue->first = bufs[k];
		queue->last = bufs[k];
		queue->count++;
	}
	uk_spin_unlock(&queue->lock);
	return k;
}

unsigned int uk_netbuf_queue_get(struct uk_netbuf_queue *queue, struct uk_netbuf **bufs,
				 unsigned int n)
{
	unsigned int k = 0;

	uk_spin_lock(&queue->lock);
	while (k < n && queue->first) {
		bufs[k] = queue->first;
		queue->first = bufs[k++]->link;
		queue->count--;
	}
	if (!queue->first)
		queue->last = NULL;
	uk_spin_unlock(&queue->lock);
	return k;
}
