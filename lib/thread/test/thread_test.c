/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Threads and wait queues in the guest. Nothing here asserts how long something took, only order;
 * where threads are preempted, order only where somebody waited for it. preempt_test.c has all
 * CPUs.
 */

#include <uk/atomic.h>
#include <uk/mmu.h>
#include <uk/test.h>
#include <uk/thread.h>

#define MSEC ((uk_nsec_t)UK_NSEC_PER_MSEC)

static struct uk_thread *spawn(void (*fn)(void *), void *arg)
{
	struct uk_thread *thread = NULL;

	UK_EXPECT_EQ(uk_thread_create(NULL, fn, arg, &thread), 0);
	return thread;
}

static void set_to_one(void *arg)
{
	uk_store((int *)arg, 1);
}

UK_TEST(thread, runs_and_is_joined)
{
	int value = 0;
	struct uk_thread *thread = spawn(set_to_one, &value);

	UK_REQUIRE(thread);
	if (!CONFIG_PREEMPT)
		UK_EXPECT_EQ(value, 0);
	uk_thread_join(thread);
	UK_EXPECT_EQ(value, 1);
}

/* A ring of threads, each of which waits for its turn and gives it to the next. */
#define RING 100
#define LAPS 20

static struct {
	unsigned int turn;
	unsigned int steps;
	struct uk_waitq wait[RING];
} ring;

static void ring_member(void *arg)
{
	unsigned int me = (unsigned int)(uintptr_t)arg;

	for (int lap = 0; lap < LAPS; lap++) {
		uk_waitq_wait(&ring.wait[me], uk_load_acquire(&ring.turn) == me);
		ring.steps++;
		uk_store_release(&ring.turn, (me + 1) % RING);
		uk_waitq_wake_one(&ring.wait[(me + 1) % RING]);
	}
}

UK_TEST(thread, hundred_pass_a_token)
{
	static struct uk_thread *threads[RING];

	ring.turn = 0;
	ring.steps = 0;
	for (unsigned int i = 0; i < RING; i++)
		uk_waitq_init(&ring.wait[i]);
	for (unsigned int i = 0; i < RING; i++) {
		threads[i] = spawn(ring_member, (void *)(uintptr_t)i);
		UK_REQUIRE(threads[i]);
	}
	for (unsigned int i = 0; i < RING; i++)
		uk_thread_join(threads[i]);
	UK_EXPECT_EQ(ring.steps, RING * LAPS);
}

static struct {
	char text[64];
	unsigned int n;
} yielded;

static void write_and_yield(void *arg)
{
	for (int i = 0; i < 4; i++) {
		yielded.text[uk_fetch_add(&yielded.n, 1u)] = *(const char *)arg;
		uk_thread_yield();
	}
}

UK_TEST(thread, yield_takes_turns)
{
	yielded.n = 0;
	struct uk_thread *a = spawn(write_and_yield, "a");
	struct uk_thread *b = spawn(write_and_yield, "b");

	UK_REQUIRE(a && b);
	uk_thread_join(a);
	uk_thread_join(b);
	yielded.text[yielded.n] = '\0';
	if (CONFIG_PREEMPT)
		UK_EXPECT_EQ(yielded.n, 8);
	else
		UK_EXPECT_STR_EQ(yielded.text, "abababab");
}

static struct {
	int order[3];
	unsigned int n;
} woke;

static void sleep_and_note(void *arg)
{
	int ms = (int)(uintptr_t)arg;

	uk_thread_sleep_until(uk_clock_now() + ms * MSEC);
	woke.order[uk_fetch_add(&woke.n, 1u)] = ms;
}

/* Threads that are started meanwhile stay on one CPU. */
static void stay(bool here)
{
	uint64_t mask = here;

	if (CONFIG_PREEMPT)
		uk_sched_set(&uk_thread_self()->sched, NULL, &mask);
}

UK_TEST(thread, sleepers_wake_in_order)
{
	stay(true);
	woke.n = 0;
	struct uk_thread *c = spawn(sleep_and_note, (void *)150);
	struct uk_thread *a = spawn(sleep_and_note, (void *)10);
	struct uk_thread *b = spawn(sleep_and_note, (void *)80);

	UK_REQUIRE(a && b && c);
	uk_thread_join(a);
	uk_thread_join(b);
	uk_thread_join(c);
	UK_EXPECT_EQ(woke.order[0], 10);
	UK_EXPECT_EQ(woke.order[1], 80);
	UK_EXPECT_EQ(woke.order[2], 150);
	stay(false);
}

UK_TEST(thread, sleep_is_not_shorter)
{
	for (int us = 1; us <= 4096; us *= 4) {
		uk_nsec_t deadline = uk_clock_now() + us * (uk_nsec_t)UK_NSEC_PER_USEC;

		uk_thread_sleep_until(deadline);
		UK_EXPECT(uk_clock_now() >= deadline);
	}
}

UK_TEST(waitq, deadline_passes)
{
	struct uk_waitq wq = UK_WAITQ_INIT(wq);
	uk_nsec_t deadline = uk_clock_now() + 2 * MSEC;

	UK_EXPECT_EQ(uk_waitq_wait_until(&wq, false, deadline), -ETIMEDOUT);
	UK_EXPECT(uk_clock_now() >= deadline);
	UK_EXPECT(uk_list_empty(&wq.waiters));
	UK_EXPECT_EQ(uk_waitq_wait_until(&wq, true, deadline), 0);
	UK_EXPECT_EQ(uk_waitq_wait_until(&wq, false, 0), -ETIMEDOUT);
}

static struct {
	struct uk_waitq wq;
	uk_nsec_t deadline;
	int result;
} late;

static unsigned int waiting(struct uk_waitq *wq)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&wq->lock);
	unsigned int n = 0;

	UK_LIST_FOREACH(node, &wq->waiters)
		n++;
	uk_spin_unlock_irqrestore(&wq->lock, flags);
	return n;
}

static void wait_in_vain(void *unused)
{
	(void)unused;
	late.result = uk_waitq_wait_until(&late.wq, false, late.deadline);
}

/* Woken for nothing, and the deadline passes before the thread runs and can wait again. */
UK_TEST(waitq, deadline_passes_between_waits)
{
	uk_waitq_init(&late.wq);
	late.result = 0;
	late.deadline = uk_clock_now() + 20 * MSEC;
	struct uk_thread *thread = spawn(wait_in_vain, NULL);

	UK_REQUIRE(thread);
	while (waiting(&late.wq) == 0 && uk_clock_now() < late.deadline)
		uk_thread_yield();
	(void)uk_waitq_wake_one(&late.wq);
	while (uk_clock_now() < late.deadline + 2 * MSEC)
		uk_cpu_relax();
	uk_thread_join(thread);
	UK_EXPECT_EQ(late.result, -ETIMEDOUT);
}

static struct {
	struct uk_waitq wq;
	bool in_handler;
	bool done;
	unsigned int woken;
} from_irq;

static void wake_in_irq(void *timer)
{
	/* A slow host: the thread does not wait yet. */
	if (uk_list_empty(&from_irq.wq.waiters)) {
		uk_timer_start(timer, uk_clock_now() + 3 * MSEC);
		return;
	}
	from_irq.in_handler = uk_cpu_irq_enabled() == false;
	from_irq.done = true;
	from_irq.woken = uk_waitq_wake_one(&from_irq.wq);
}

static void wait_for_irq(uk_nsec_t after)
{
	struct uk_timer timer = UK_TIMER_INIT(wake_in_irq, &timer);

	stay(true);
	uk_waitq_init(&from_irq.wq);
	from_irq.done = false;
	uk_timer_start(&timer, uk_clock_now() + after);
	UK_EXPECT_EQ(
		uk_waitq_wait_until(&from_irq.wq, from_irq.done, uk_clock_now() + 60000 * MSEC), 0);
	UK_EXPECT(from_irq.in_handler);
	UK_EXPECT(!uk_timer_active(&timer));
	stay(false);
}

/* On a busy host the interrupt may come before this thread waits: then once more, and later. */
UK_TEST(waitq, woken_by_an_interrupt)
{
	from_irq.woken = 0;
	for (uk_nsec_t after = 3 * MSEC; !from_irq.woken && after < 4000 * MSEC; after *= 2)
		wait_for_irq(after);
	UK_EXPECT_EQ(from_irq.woken, 1u);
}

static struct {
	struct uk_waitq wq;
	bool go;
	unsigned int gone;
} crowd;

static void one_of_crowd(void *unused)
{
	(void)unused;
	uk_waitq_wait(&crowd.wq, uk_load(&crowd.go));
	uk_fetch_add(&crowd.gone, 1u);
}

UK_TEST(waitq, wake_all_wakes_all)
{
	struct uk_thread *threads[10];

	uk_waitq_init(&crowd.wq);
	crowd.gone = 0;
	crowd.go = false;
	for (int i = 0; i < 10; i++) {
		threads[i] = spawn(one_of_crowd, NULL);
		UK_REQUIRE(threads[i]);
	}
	while (waiting(&crowd.wq) < 10)
		uk_thread_yield();
	UK_EXPECT_EQ(uk_waitq_wake_one(&crowd.wq), 1); /* sees nothing and waits again */
	while (waiting(&crowd.wq) < 10)
		uk_thread_yield();
	UK_EXPECT_EQ(crowd.gone, 0);
	uk_store(&crowd.go, true);
	UK_EXPECT_EQ(uk_waitq_wake_all(&crowd.wq), 10);
	for (int i = 0; i < 10; i++)
		uk_thread_join(threads[i]);
	UK_EXPECT_EQ(crowd.gone, 10);
}

static void count_call(struct uk_waiter *waiter)
{
	(*(unsigned int *)waiter->timer.arg)++;
}

UK_TEST(waitq, function_waiters_stay)
{
	struct uk_waitq wq = UK_WAITQ_INIT(wq);
	struct uk_waiter waiter;
	unsigned int calls = 0;

	uk_waitq_add(&wq, &waiter, count_call);
	waiter.timer.arg = &calls;
	UK_EXPECT_EQ(uk_waitq_wake_one(&wq), 0);
	UK_EXPECT_EQ(uk_waitq_wake_all(&wq), 0);
	uk_waitq_remove(&waiter);
	uk_waitq_wake_all(&wq);
	UK_EXPECT_EQ(calls, 2);
}

/* Only in threads made here: main's base is libc's. */
static void keep_tls(void *arg)
{
	bool *ok = arg;

	UK_EXPECT(uk_cpu_tls() == arg);
	uk_thread_set_tls(ok + 1);
	for (int i = 0; i < 10; i++) {
		uk_thread_yield();
		*ok &= uk_cpu_tls() == ok + 1;
	}
}

UK_TEST(thread, keeps_its_thread_base)
{
	bool ok[3] = { true, true, true };
	struct uk_thread *threads[3];

	for (int i = 0; i < 3; i++) {
		struct uk_thread_attr attr = { .name = "tls", .tls = &ok[i] };

		UK_REQUIRE(uk_thread_create(&attr, keep_tls, &ok[i], &threads[i]) == 0);
	}
	for (int i = 0; i < 3; i++)
		uk_thread_join(threads[i]);
	UK_EXPECT(ok[0] && ok[1] && ok[2]);
}

static void note_gone(void *arg)
{
	uk_store((bool *)arg, true);
}

static void leave_note(void *arg)
{
	uk_thread_on_gone(note_gone, arg);
}

UK_TEST(thread, detached_ones_free_themselves)
{
	struct uk_thread_attr attr = { .detached = true };

	for (int i = 0; i < 200; i++) {
		bool gone = false;

		UK_REQUIRE(uk_thread_create(&attr, leave_note, &gone, NULL) == 0);
		for (int n = 0; (CONFIG_PREEMPT || n < 10) && !uk_load(&gone); n++)
			uk_thread_yield();
		UK_REQUIRE(gone);
	}
}

UK_TEST(thread, detached_after_its_end)
{
	static int value;
	struct uk_thread *thread = spawn(set_to_one, &value);

	UK_REQUIRE(thread);
	while (uk_load(&value) == 0)
		uk_thread_yield();
	uk_thread_detach(thread);
	/* Where it was not quite at its end. */
	uk_thread_sleep_until(uk_clock_now() + 2 * MSEC);
}

static void count_threads(struct uk_thread *thread, void *arg)
{
	(void)thread;
	(*(unsigned int *)arg)++;
}

static void look_at_stack(void *arg)
{
	struct uk_thread *self = uk_thread_self();
	uintptr_t stack = (uintptr_t)self->stack;

	*(bool *)arg = uk_cpu_stack() > stack && uk_cpu_stack() < stack + self->stack_size &&
		       uk_page_lookup(stack, &(uk_paddr_t){ 0 }, &(unsigned int){ 0 }) &&
		       !uk_page_lookup(stack - 1, &(uk_paddr_t){ 0 }, &(unsigned int){ 0 });
}

UK_TEST(thread, stack_has_a_guard)
{
	bool ok = false;
	struct uk_thread *thread = spawn(look_at_stack, &ok);

	UK_REQUIRE(thread);
	uk_thread_join(thread);
	UK_EXPECT(ok);
}

UK_TEST(thread, list_knows_them)
{
	unsigned int before = 0, with = 0, after = 0;
	int value = 0;

	uk_thread_foreach(count_threads, &before);
	struct uk_thread *thread = spawn(set_to_one, &value);

	UK_REQUIRE(thread);
	uk_thread_foreach(count_threads, &with);
	uk_thread_join(thread);
	uk_thread_foreach(count_threads, &after);
	UK_EXPECT_EQ(with, before + 1);
	UK_EXPECT_EQ(after, before);
}
