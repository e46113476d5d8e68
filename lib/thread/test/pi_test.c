/* SPDX-License-Identifier: BSD-3-Clause */

/* Who inherits what: threads that never run, and wait for each other by name. */

#include <uk/errno.h>
#include <uk/pi.h>
#include <uk/string.h>
#include <uk/test.h>

#define THREADS 6

static struct uk_thread threads[THREADS];
static struct uk_pi_waiter waiters[THREADS];
static struct uk_list queue;
static char locks[THREADS]; /* addresses */

static unsigned int level(int i)
{
	return uk_sched_level(&threads[i].sched);
}

static void ask(int i, int asked)
{
	struct uk_sched_param param = { asked ? UK_SCHED_FIFO : UK_SCHED_OTHER, (uint8_t)asked, 0 };

	uk_sched_set(&threads[i].sched, &param, NULL);
}

static void reset(void)
{
	memset(threads, 0, sizeof(threads));
	uk_list_init(&queue);
	for (int i = 0; i < THREADS; i++) {
		uk_pi_waiter_init(&waiters[i]);
		waiters[i].place.thread = &threads[i];
		ask(i, 0);
	}
}

/* Thread i waits for lock l, which thread `owner` has. */
static int wait_for(int i, int l, int owner)
{
	uk_irqflags_t flags = uk_pi_lock();
	int err = uk_pi_enqueue(&waiters[i], &queue, &locks[l], owner < 0 ? NULL : &threads[owner]);

	uk_pi_unlock(flags);
	return err;
}

static bool is_first(int l, int i)
{
	uk_irqflags_t flags = uk_pi_lock();
	struct uk_pi_waiter *first = uk_pi_first(&queue, &locks[l]);

	uk_pi_unlock(flags);
	return first == (i < 0 ? NULL : &waiters[i]);
}

UK_TEST(pi, goes_up_the_chain_and_back)
{
	reset();
	ask(1, 10);
	ask(2, 50);
	ask(3, 5);
	UK_EXPECT_EQ(wait_for(1, 0, 0), 0);
	UK_EXPECT_EQ(level(0), 10);
	UK_EXPECT_EQ(wait_for(2, 1, 1), 0);
	UK_EXPECT_EQ(level(1), 50);
	UK_EXPECT_EQ(level(0), 50);
	/* Less than what is asked for changes nothing. */
	UK_EXPECT_EQ(wait_for(3, 1, 1), 0);
	UK_EXPECT_EQ(level(1), 50);
	uk_pi_leave(&waiters[2]);
	UK_EXPECT_EQ(level(1), 10);
	UK_EXPECT_EQ(level(0), 10);
	uk_pi_leave(&waiters[1]);
	UK_EXPECT_EQ(level(0), 0);
	uk_pi_leave(&waiters[3]);
	UK_EXPECT(uk_list_empty(&queue));
}

UK_TEST(pi, the_highest_is_first_then_the_longest)
{
	reset();
	ask(1, 7);
	ask(2, 9);
	ask(3, 9);
	for (int i = 1; i < 5; i++)
		UK_EXPECT_EQ(wait_for(i, i == 4, 0), 0);
	UK_EXPECT(is_first(0, 2));
	UK_EXPECT(is_first(1, 4));
	UK_EXPECT(is_first(2, -1));
	uk_pi_leave(&waiters[2]);
	UK_EXPECT(is_first(0, 3));
	uk_pi_leave(&waiters[3]);
	UK_EXPECT(is_first(0, 1));
	uk_pi_leave(&waiters[1]);
	UK_EXPECT(is_first(0, -1));
	uk_pi_leave(&waiters[4]);
}

UK_TEST(pi, a_circle_is_refused)
{
	reset();
	ask(0, 30);
	UK_EXPECT_EQ(wait_for(0, 0, 0), -EDEADLK);
	UK_EXPECT_EQ(wait_for(1, 1, 0), 0);
	UK_EXPECT_EQ(wait_for(2, 2, 1), 0);
	UK_EXPECT_EQ(wait_for(0, 3, 2), -EDEADLK);
	UK_EXPECT_EQ(level(2), 0);
	UK_EXPECT(is_first(3, -1));
	/* Nobody waits for who does not wait. */
	UK_EXPECT_EQ(wait_for(0, 3, 4), 0);
	UK_EXPECT_EQ(level(4), 30);
	for (int i = 0; i < 3; i++)
		uk_pi_leave(&waiters[i]);
	UK_EXPECT_EQ(level(4), 0);
}

UK_TEST(pi, who_is_given_the_lock_inherits_from_the_rest)
{
	uk_irqflags_t flags;

	reset();
	ask(1, 20);
	ask(2, 10);
	ask(3, 40);
	UK_EXPECT_EQ(wait_for(1, 0, 0), 0);
	UK_EXPECT_EQ(wait_for(2, 0, 0), 0);
	UK_EXPECT_EQ(wait_for(3, 1, 0), 0);
	flags = uk_pi_lock();
	uk_pi_disown(&threads[0], &locks[0]);
	uk_pi_give(uk_pi_first(&queue, &locks[0]));
	/* For another lock the first one is waited for still. */
	UK_EXPECT_EQ(level(0), 40);
	UK_EXPECT(!threads[1].pi_waiter && waiters[1].place.woken);
	UK_EXPECT(waiters[2].owner == &threads[1]);
	ask(2, 60);
	uk_pi_changed(&threads[2]);
	uk_pi_unlock(flags);
	UK_EXPECT_EQ(level(1), 60);
	UK_EXPECT(is_first(0, 2));
	uk_pi_leave(&waiters[1]);
	uk_pi_leave(&waiters[2]);
	UK_EXPECT_EQ(level(1), 20);
	uk_pi_leave(&waiters[3]);
	UK_EXPECT_EQ(level(0), 0);
}

/* Taken behind the back of those that wait: they go over to the new owner. */
UK_TEST(pi, owners_change)
{
	uk_irqflags_t flags;

	reset();
	ask(1, 20);
	UK_EXPECT_EQ(wait_for(1, 0, -1), 0);
	UK_EXPECT_EQ(wait_for(2, 0, -1), 0);
	flags = uk_pi_lock();
	uk_pi_own(&threads[3], &queue, &locks[0]);
	UK_EXPECT_EQ(level(3), 20);
	uk_pi_own(&threads[4], &queue, &locks[0]);
	UK_EXPECT_EQ(level(3), 0);
	UK_EXPECT_EQ(level(4), 20);
	UK_EXPECT(uk_pi_any(&threads[4]) && !uk_pi_any(&threads[3]));
	uk_pi_wake(&waiters[1]);
	UK_EXPECT_EQ(level(4), 0);
	uk_pi_disown(&threads[4], &locks[0]);
	UK_EXPECT(!uk_pi_any(&threads[4]) && !waiters[2].owner);
	uk_pi_unlock(flags);
	uk_pi_leave(&waiters[1]);
	uk_pi_leave(&waiters[2]);
	UK_EXPECT(uk_list_empty(&queue));
}
