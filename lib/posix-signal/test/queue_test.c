/* SPDX-License-Identifier: BSD-3-Clause */
#include "../queue.h"
#include <uk/errno.h>
#include <uk/test.h>

#define RT UK_SIG_RT_MIN

static int put(struct uk_signal_queue *queue, int sig, int code, uint64_t value)
{
	struct uk_signal_info info = { .signo = sig, .code = code, .value = value };

	return uk__posix_signal_queue_put(queue, &info);
}

/* The value of what is taken; -1: nothing. */
static long take(struct uk_signal_queue *queue, uint64_t set, int *sig)
{
	struct uk_signal_info info;

	if (!uk__posix_signal_queue_take(queue, set, &info))
		return -1;
	*sig = info.signo;
	return (long)info.value;
}

UK_TEST(posix_signal, others_do_not_queue)
{
	struct uk_signal_queue queue;
	int sig = 0;

	uk__posix_signal_queue_init(&queue);
	UK_EXPECT_EQ(take(&queue, ~0ull, &sig), -1);
	UK_EXPECT_EQ(put(&queue, UK_SIGUSR1, UK_SI_USER, 1), 0);
	UK_EXPECT_EQ(put(&queue, UK_SIGUSR1, UK_SI_QUEUE, 2), 0);
	UK_EXPECT_EQ(queue.set, UK_SIGNAL_BIT(UK_SIGUSR1));
	UK_EXPECT_EQ(take(&queue, ~UK_SIGNAL_BIT(UK_SIGUSR1), &sig), -1);
	UK_EXPECT_EQ(take(&queue, ~0ull, &sig), 1);
	UK_EXPECT_EQ(sig, UK_SIGUSR1);
	UK_EXPECT_EQ(queue.set, 0);
	UK_EXPECT_EQ(take(&queue, ~0ull, &sig), -1);
}

/* The lowest first; of one signal in the order in which they came. */
UK_TEST(posix_signal, real_time_signals_queue_in_order)
{
	struct uk_signal_queue queue;
	int sig = 0;

	uk__posix_signal_queue_init(&queue);
	UK_EXPECT_EQ(put(&queue, RT + 5, UK_SI_QUEUE, 50), 0);
	UK_EXPECT_EQ(put(&queue, RT, UK_SI_QUEUE, 1), 0);
	UK_EXPECT_EQ(put(&queue, RT + 5, UK_SI_QUEUE, 51), 0);
	UK_EXPECT_EQ(put(&queue, RT, UK_SI_QUEUE, 2), 0);
	UK_EXPECT_EQ(put(&queue, UK_SIGTERM, UK_SI_USER, 9), 0);
	UK_EXPECT_EQ(take(&queue, ~0ull, &sig), 9);
	UK_EXPECT_EQ(take(&queue, ~0ull, &sig), 1);
	UK_EXPECT_EQ(queue.set, UK_SIGNAL_BIT(RT) | UK_SIGNAL_BIT(RT + 5));
	UK_EXPECT_EQ(take(&queue, UK_SIGNAL_BIT(RT + 5), &sig), 50);
	UK_EXPECT_EQ(take(&queue, ~0ull, &sig), 2);
	UK_EXPECT_EQ(take(&queue, ~0ull, &sig), 51);
	UK_EXPECT_EQ(sig, RT + 5);
	UK_EXPECT_EQ(queue.set, 0);
}

static unsigned int fill(struct uk_signal_queue *queue)
{
	unsigned int n = 0;

	while (put(queue, RT + 1, UK_SI_QUEUE, n) == 0)
		n++;
	return n;
}

/* The pool has an end: sigqueue() is told so, kill() sends all the same. */
UK_TEST(posix_signal, the_pool_is_bounded)
{
	struct uk_signal_queue queue;
	unsigned int n, again;
	int sig;

	uk__posix_signal_queue_init(&queue);
	n = fill(&queue);
	UK_EXPECT(n >= 8);
	UK_EXPECT_EQ(put(&queue, RT + 2, UK_SI_QUEUE, 7), -EAGAIN);
	UK_EXPECT_EQ(queue.set & UK_SIGNAL_BIT(RT + 2), 0);
	UK_EXPECT_EQ(put(&queue, RT + 2, UK_SI_USER, 7), 0);
	UK_EXPECT_EQ(take(&queue, UK_SIGNAL_BIT(RT + 2), &sig), 0); /* without a value */
	for (unsigned int i = 0; i < n; i++)
		UK_EXPECT_EQ(take(&queue, ~0ull, &sig), i);
	again = fill(&queue);
	UK_EXPECT_EQ(again, n);
	uk__posix_signal_queue_drop(&queue, UK_SIGNAL_BIT(RT + 1));
	UK_EXPECT_EQ(queue.set, 0);
	UK_EXPECT(uk_list_empty(&queue.queued));
	again = fill(&queue);
	UK_EXPECT_EQ(again, n);
	uk__posix_signal_queue_drop(&queue, ~0ull);
}

UK_TEST(posix_signal, moves_between_queues)
{
	struct uk_signal_queue from, to;
	int sig;

	uk__posix_signal_queue_init(&from);
	uk__posix_signal_queue_init(&to);
	put(&to, RT, UK_SI_QUEUE, 1);
	put(&from, RT, UK_SI_QUEUE, 2);
	put(&from, RT + 1, UK_SI_QUEUE, 3);
	put(&from, RT, UK_SI_QUEUE, 4);
	uk__posix_signal_queue_move(&from, &to, ~UK_SIGNAL_BIT(RT + 1));
	UK_EXPECT_EQ(from.set, UK_SIGNAL_BIT(RT) | UK_SIGNAL_BIT(RT + 1));
	UK_EXPECT_EQ(take(&to, ~0ull, &sig), 1);
	UK_EXPECT_EQ(take(&to, ~0ull, &sig), 2);
	UK_EXPECT_EQ(to.set, 0);
	UK_EXPECT_EQ(take(&from, ~0ull, &sig), 4);
	UK_EXPECT_EQ(take(&from, ~0ull, &sig), 3);
	uk__posix_signal_queue_move(&from, &to, ~0ull);
	UK_EXPECT_EQ(to.set | from.set, 0);
}

/* A timer's entry: overruns instead of a queue, and it can be taken back from wherever it is. */
UK_TEST(posix_signal, owned_entries)
{
	struct uk_signal_entry entry = { .info = { .signo = RT, .code = UK_SI_TIMER },
					 .owned = true };
	struct uk_signal_queue queue, other;
	struct uk_signal_info info;

	uk_list_init(&entry.node);
	uk__posix_signal_queue_init(&queue);
	uk__posix_signal_queue_init(&other);
	uk__posix_signal_queue_cancel(&entry);
	uk__posix_signal_queue_put_owned(&queue, &entry, 0);
	uk__posix_signal_queue_put_owned(&queue, &entry, 2);
	UK_EXPECT(uk__posix_signal_queue_take(&queue, ~0ull, &info));
	UK_EXPECT_EQ(info.uid, 3);
	UK_EXPECT_EQ(entry.overrun, 3);
	UK_EXPECT_EQ(queue.set, 0);
	uk__posix_signal_queue_put_owned(&queue, &entry, ~0ull);
	uk__posix_signal_queue_put_owned(&queue, &entry, ~0ull);
	UK_EXPECT_EQ(entry.info.uid, INT32_MAX);
	put(&queue, RT, UK_SI_QUEUE, 4);
	uk__posix_signal_queue_move(&queue, &other, ~0ull);
	uk__posix_signal_queue_move(&queue, &other, ~0ull);
	uk__posix_signal_queue_cancel(&entry);
	UK_EXPECT_EQ(other.set, UK_SIGNAL_BIT(RT));
	UK_EXPECT(uk__posix_signal_queue_take(&other, ~0ull, &info));
	UK_EXPECT_EQ(info.value, 4);
	UK_EXPECT_EQ(other.set | queue.set, 0);
	uk__posix_signal_queue_cancel(&entry);
}

/* Against a plain model: counts and order of each signal. */
UK_TEST(posix_signal, random_against_a_model)
{
	struct uk_signal_queue queue;
	uint64_t waiting[8][64];
	unsigned int head[8] = { 0 }, tail[8] = { 0 };
	int sig;

	uk__posix_signal_queue_init(&queue);
	for (unsigned int i = 0; i < 3000; i++) {
		unsigned int s = (unsigned int)uk_test_random_below(8);

		if (uk_test_random_below(2)) {
			if (put(&queue, RT + (int)s, UK_SI_QUEUE, i) == 0)
				waiting[s][tail[s]++ % 64] = i;
		} else if (head[s] == tail[s]) {
			UK_EXPECT_EQ(take(&queue, UK_SIGNAL_BIT(RT + (int)s), &sig), -1);
		} else {
			UK_EXPECT_EQ(take(&queue, UK_SIGNAL_BIT(RT + (int)s), &sig),
				     waiting[s][head[s]++ % 64]);
		}
		UK_EXPECT_EQ(!!(queue.set & UK_SIGNAL_BIT(RT + (int)s)), head[s] != tail[s]);
	}
	uk__posix_signal_queue_drop(&queue, ~0ull);
}
