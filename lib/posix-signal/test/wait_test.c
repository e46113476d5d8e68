/* SPDX-License-Identifier: BSD-3-Clause */
/* Interruptible waits of lib/thread, without signals; the waiting threads are the kernel's. */

#include <uk/errno.h>
#include <uk/test.h>
#include <uk/thread.h>

static struct {
	struct uk_waitq wq;
	int tokens;
	int result[2];
	struct uk_thread *thread[2];
} scene;

static void wants_one(void *arg)
{
	int *result = arg;
	bool got = false;

	*result = uk_waitq_wait_interruptible(
		&scene.wq, got || (got = scene.tokens > 0 && scene.tokens-- > 0), UK_NSEC_NEVER);
	uk_thread_self()->interrupted = 0;
}

static void waits_for_good(void *arg)
{
	int *result = arg;

	uk_waitq_wait(&scene.wq, scene.tokens > 0);
	*result = 5;
}

/* Until they wait. */
static void yields(void)
{
	for (int i = 0; i < 4; i++)
		uk_thread_yield();
}

static void begin(void (*fn)(void *), int n)
{
	uk_waitq_init(&scene.wq);
	scene.tokens = 0;
	for (int i = 0; i < n; i++) {
		scene.result[i] = 1;
		UK_EXPECT_EQ(uk_thread_create(NULL, fn, &scene.result[i], &scene.thread[i]), 0);
		yields();
	}
}

static void end(int n)
{
	for (int i = 0; i < n; i++)
		uk_thread_join(scene.thread[i]);
	UK_EXPECT(uk_list_empty(&scene.wq.waiters));
}

UK_TEST(posix_signal, an_interrupt_ends_a_wait)
{
	begin(wants_one, 1);
	UK_EXPECT_EQ(scene.result[0], 1);
	uk_thread_interrupt(scene.thread[0]);
	yields();
	UK_EXPECT_EQ(scene.result[0], -EINTR);
	end(1);
}

UK_TEST(posix_signal, an_interrupt_does_not_end_other_waits)
{
	begin(waits_for_good, 1);
	uk_thread_interrupt(scene.thread[0]);
	yields();
	UK_EXPECT_EQ(scene.result[0], 1);
	scene.tokens = 1;
	UK_EXPECT_EQ(uk_waitq_wake_one(&scene.wq), 1);
	end(1);
	UK_EXPECT_EQ(scene.result[0], 5);
}

/* A wake-up that finds a thread that was interrupted and has not run yet is that thread's. */
UK_TEST(posix_signal, a_wake_up_is_not_lost)
{
	begin(wants_one, 2);
	uk_thread_interrupt(scene.thread[0]);
	scene.tokens = 1;
	UK_EXPECT_EQ(uk_waitq_wake_one(&scene.wq), 1);
	yields();
	UK_EXPECT_EQ(scene.result[0], 0);
	UK_EXPECT_EQ(scene.result[1], 1);
	scene.tokens = 1;
	UK_EXPECT_EQ(uk_waitq_wake_one(&scene.wq), 1);
	end(2);
	UK_EXPECT_EQ(scene.result[1], 0);
}

/* One that comes after it has left finds the next. */
UK_TEST(posix_signal, a_wake_up_goes_to_who_still_waits)
{
	begin(wants_one, 2);
	uk_thread_interrupt(scene.thread[0]);
	yields();
	UK_EXPECT_EQ(scene.result[0], -EINTR);
	scene.tokens = 1;
	UK_EXPECT_EQ(uk_waitq_wake_one(&scene.wq), 1);
	end(2);
	UK_EXPECT_EQ(scene.result[1], 0);
}

static void is_late(void *arg)
{
	int *result = arg;

	*result = uk_waitq_wait_interruptible(&scene.wq, false, uk_clock_now() + 1000000);
}

UK_TEST(posix_signal, a_deadline_still_ends_it)
{
	begin(is_late, 1);
	end(1);
	UK_EXPECT_EQ(scene.result[0], -ETIMEDOUT);
}
