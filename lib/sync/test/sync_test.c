/* SPDX-License-Identifier: BSD-3-Clause */

/* Mutex, condition and semaphore between threads of the guest. */

#include <uk/sync.h>
#include <uk/test.h>

#define THREADS 10
#define ROUNDS  50
#define MSEC    ((uk_nsec_t)UK_NSEC_PER_MSEC)

static struct {
	struct uk_mutex mutex;
	int inside;
	int sum;
	bool overlap;
} shared;

static void enter_and_leave(void *unused)
{
	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		uk_mutex_lock(&shared.mutex);
		shared.overlap |= shared.inside++ != 0;
		uk_thread_yield();
		shared.sum++;
		shared.inside--;
		uk_mutex_unlock(&shared.mutex);
		if (i % 3 == 0)
			uk_thread_yield();
	}
}

static void run_threads(void (*fn)(void *), int n)
{
	struct uk_thread *threads[THREADS];

	for (int i = 0; i < n; i++)
		UK_EXPECT_EQ(uk_thread_create(NULL, fn, (void *)(uintptr_t)i, &threads[i]), 0);
	for (int i = 0; i < n; i++)
		uk_thread_join(threads[i]);
}

UK_TEST(mutex, one_at_a_time)
{
	uk_mutex_init(&shared.mutex);
	shared.inside = 0;
	shared.sum = 0;
	shared.overlap = false;
	run_threads(enter_and_leave, THREADS);
	UK_EXPECT_EQ(shared.sum, THREADS * ROUNDS);
	UK_EXPECT(!shared.overlap);
	UK_EXPECT(uk_mutex_trylock(&shared.mutex));
	UK_EXPECT(uk_mutex_is_mine(&shared.mutex));
	UK_EXPECT(!uk_mutex_trylock(&shared.mutex));
	uk_mutex_unlock(&shared.mutex);
	UK_EXPECT(!uk_mutex_is_mine(&shared.mutex));
}

static struct {
	struct uk_mutex mutex;
	struct uk_cond filled;
	struct uk_cond emptied;
	int items;
	int produced;
	int consumed;
} store;

#define TOTAL 400

static void produce(void)
{
	for (;;) {
		uk_mutex_lock(&store.mutex);
		while (store.items == 4 && store.produced < TOTAL)
			uk_cond_wait(&store.emptied, &store.mutex);
		bool more = store.produced < TOTAL;

		if (more) {
			store.items++;
			store.produced++;
			uk_cond_signal(&store.filled);
		}
		uk_mutex_unlock(&store.mutex);
		if (!more)
			break;
	}
	uk_cond_broadcast(&store.emptied);
	uk_cond_broadcast(&store.filled);
}

static void consume(void)
{
	for (;;) {
		uk_mutex_lock(&store.mutex);
		while (store.items == 0 && store.consumed < TOTAL)
			uk_cond_wait(&store.filled, &store.mutex);
		bool more = store.consumed < TOTAL;

		if (more) {
			store.items--;
			store.consumed++;
			uk_cond_signal(&store.emptied);
		}
		uk_mutex_unlock(&store.mutex);
		if (!more)
			break;
	}
	uk_cond_broadcast(&store.filled);
}

static void produce_or_consume(void *arg)
{
	if ((uintptr_t)arg % 2)
		produce();
	else
		consume();
}

UK_TEST(cond, producers_and_consumers)
{
	uk_mutex_init(&store.mutex);
	uk_cond_init(&store.filled);
	uk_cond_init(&store.emptied);
	store.items = store.produced = store.consumed = 0;
	run_threads(produce_or_consume, 6);
	UK_EXPECT_EQ(store.produced, TOTAL);
	UK_EXPECT_EQ(store.consumed, TOTAL);
	UK_EXPECT_EQ(store.items, 0);
}

UK_TEST(cond, deadline_passes)
{
	struct uk_mutex mutex = UK_MUTEX_INIT(mutex);
	struct uk_cond cond = UK_COND_INIT(cond);
	uk_nsec_t deadline = uk_clock_now() + 2 * MSEC;

	uk_mutex_lock(&mutex);
	UK_EXPECT_EQ(uk_cond_wait_until(&cond, &mutex, deadline), -ETIMEDOUT);
	UK_EXPECT(uk_clock_now() >= deadline);
	UK_EXPECT(uk_mutex_is_mine(&mutex));
	uk_mutex_unlock(&mutex);
}

static struct uk_sem sem;
static int taken;

static void take_ten(void *unused)
{
	(void)unused;
	for (int i = 0; i < 10; i++) {
		uk_sem_down(&sem);
		uk_store(&taken, taken + 1);
	}
}

static void up_from_irq(void *unused)
{
	(void)unused;
	uk_sem_up(&sem);
}

UK_TEST(sem, counts)
{
	struct uk_thread *thread = NULL;
	struct uk_timer timer = UK_TIMER_INIT(up_from_irq, NULL);

	uk_sem_init(&sem, 3);
	taken = 0;
	UK_REQUIRE(uk_thread_create(NULL, take_ten, NULL, &thread) == 0);
	do
		uk_thread_yield();
	while (CONFIG_PREEMPT && uk_load(&taken) < 3);
	UK_EXPECT_EQ(taken, 3);
	for (int i = 0; i < 6; i++)
		uk_sem_up(&sem);
	uk_timer_start(&timer, uk_clock_now() + MSEC);
	uk_thread_join(thread);
	UK_EXPECT_EQ(taken, 10);
	UK_EXPECT(!uk_sem_trydown(&sem));
	UK_EXPECT_EQ(uk_sem_down_until(&sem, uk_clock_now() + MSEC), -ETIMEDOUT);
}

/* Three threads on one CPU: what they do is noted, one character each. */
static struct {
	struct uk_mutex mutex;
	struct uk_mutex inner; /* the chain: who has `mutex` wants this one */
	struct uk_sem locked;
	char order[16];
	uint32_t n;
} inversion;

static void note(char what)
{
	inversion.order[uk_fetch_add(&inversion.n, 1u) % sizeof(inversion.order)] = what;
}

static void low(void *unused)
{
	(void)unused;
	uk_mutex_lock(&inversion.inner);
	uk_sem_up(&inversion.locked);
	note('l');
	uk_mutex_unlock(&inversion.inner);
	note('L');
}

static void between(void *unused)
{
	(void)unused;
	uk_mutex_lock(&inversion.mutex);
	uk_sem_up(&inversion.locked);
	uk_mutex_lock(&inversion.inner);
	note('b');
	uk_mutex_unlock(&inversion.inner);
	uk_mutex_unlock(&inversion.mutex);
	note('B');
}

static void middle(void *unused)
{
	(void)unused;
	note('m');
}

static void high(void *unused)
{
	(void)unused;
	uk_mutex_lock(&inversion.mutex);
	note('h');
	uk_mutex_unlock(&inversion.mutex);
	note('H');
}

static void set_level(struct uk_thread *thread, int level)
{
	struct uk_sched_param param = { level ? UK_SCHED_FIFO : UK_SCHED_OTHER, (uint8_t)level, 0 };

	if (CONFIG_PREEMPT)
		uk_sched_set(&thread->sched, &param, NULL);
}

static struct uk_thread *start_at(void (*fn)(void *), int level)
{
	struct uk_thread *thread = NULL;

	UK_EXPECT_EQ(uk_thread_create(NULL, fn, NULL, &thread), 0);
	if (thread)
		set_level(thread, level);
	return thread;
}

static void set_cpus(uint64_t mask)
{
	if (CONFIG_PREEMPT)
		uk_sched_set(&uk_thread_self()->sched, NULL, &mask);
}

/*
 * The highest waits for a mutex whose owner waits for one that the lowest has: that one runs before
 * the middle one, which wants neither.
 */
UK_TEST(mutex, who_is_waited_for_inherits)
{
	struct uk_thread *threads[4];

	if (!CONFIG_THREAD_PI) {
		uk_test_skip("without THREAD_PI");
		return;
	}
	uk_mutex_init(&inversion.mutex);
	uk_mutex_init(&inversion.inner);
	uk_sem_init(&inversion.locked, 0);
	inversion.n = 0;
	set_cpus(1);
	set_level(uk_thread_self(), 50);
	threads[0] = start_at(low, 10);
	uk_sem_down(&inversion.locked);
	threads[1] = start_at(between, 15);
	uk_sem_down(&inversion.locked);
	threads[2] = start_at(high, 30);
	threads[3] = start_at(middle, 20);
	for (int i = 0; i < 4; i++)
		uk_thread_join(threads[i]);
	set_level(uk_thread_self(), 0);
	set_cpus(0);
	inversion.order[inversion.n % sizeof(inversion.order)] = 0;
	UK_EXPECT_STR_EQ(inversion.order, "lbhHmBL");
	UK_EXPECT_EQ(inversion.mutex.owner, 0);
	UK_EXPECT_EQ(inversion.inner.owner, 0);
}
