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
