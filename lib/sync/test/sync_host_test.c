/* SPDX-License-Identifier: BSD-3-Clause */

/* Mutex, condition and semaphore between CPUs; each host thread is a CPU with one thread. */

#include <uk/pi.h>
#include <uk/sync.h>
#include <uk/test.h>

#define ROUNDS 3000

static struct uk_thread threads[UK_CPUS_MAX];

static struct {
	struct uk_mutex mutex;
	unsigned long sum; /* plain: TSan sees who forgets the mutex */
} counter;

static void add(unsigned int cpu, void *unused)
{
	(void)unused;
	uk_cpu_thread_set(&threads[cpu]);
	for (int i = 0; i < ROUNDS; i++) {
		if (i % 7 != 0 || !uk_mutex_trylock(&counter.mutex))
			uk_mutex_lock(&counter.mutex);
		counter.sum++;
		uk_mutex_unlock(&counter.mutex);
	}
}

UK_TEST(mutex, excludes)
{
	uk_mutex_init(&counter.mutex);
	counter.sum = 0;
	uk_test_smp(add, NULL);
	UK_EXPECT_EQ(counter.sum, ROUNDS * UK_CPUS_MAX);
	UK_EXPECT_EQ(counter.mutex.owner, 0);
}

static struct {
	struct uk_mutex mutex;
	struct uk_cond changed;
	unsigned int number;
} turn;

/* The mutex without inheritance, which the host's configuration does not choose. */
static void add_plainly(unsigned int cpu, void *unused)
{
	(void)unused;
	uk_cpu_thread_set(&threads[cpu]);
	for (int i = 0; i < ROUNDS; i++) {
		uintptr_t self = uk__sync_mutex_self();

		if (!uk_mutex_trylock(&counter.mutex))
			uk__sync_mutex_lock_slow(&counter.mutex);
		counter.sum++;
		if (!uk_compare_exchange(&counter.mutex.owner, &self, 0))
			uk__sync_mutex_unlock_slow(&counter.mutex);
	}
}

UK_TEST(mutex, excludes_without_inheritance)
{
	uk_mutex_init(&counter.mutex);
	counter.sum = 0;
	uk_test_smp(add_plainly, NULL);
	UK_EXPECT_EQ(counter.sum, ROUNDS * UK_CPUS_MAX);
	UK_EXPECT_EQ(counter.mutex.owner, 0);
}

static void set_level(struct uk_thread *thread, unsigned int level)
{
	struct uk_sched_param param = { level ? UK_SCHED_FIFO : UK_SCHED_OTHER, (uint8_t)level, 0 };
	uk_irqflags_t flags = uk_pi_lock();

	uk_sched_set(&thread->sched, &param, NULL);
	uk_pi_changed(thread);
	uk_pi_unlock(flags);
}

/* Two mutexes, one in the other, and levels that change all the time. */
static void add_by_level(unsigned int cpu, void *unused)
{
	(void)unused;
	uk_cpu_thread_set(&threads[cpu]);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		if (i % 3 == 0)
			uk_mutex_lock(&turn.mutex);
		uk_mutex_lock(&counter.mutex);
		counter.sum++;
		if (i % 16 == cpu)
			set_level(&threads[(i / 16) % UK_CPUS_MAX], i % 7);
		uk_mutex_unlock(&counter.mutex);
		if (i % 3 == 0)
			uk_mutex_unlock(&turn.mutex);
	}
	set_level(&threads[cpu], 0);
}

UK_TEST(mutex, levels_change)
{
	uk_mutex_init(&counter.mutex);
	uk_mutex_init(&turn.mutex);
	counter.sum = 0;
	uk_test_smp(add_by_level, NULL);
	UK_EXPECT_EQ(counter.sum, ROUNDS * UK_CPUS_MAX);
	UK_EXPECT_EQ(counter.mutex.owner, 0);
	for (unsigned int i = 0; i < UK_CPUS_MAX; i++)
		UK_EXPECT(threads[i].sched.boost == 0 && !uk_pi_any(&threads[i]));
}

static void unlock_free(void *arg)
{
	uk_mutex_unlock(arg);
}

static void lock_twice(void *arg)
{
	uk_mutex_lock(arg);
	uk_mutex_lock(arg);
}

UK_TEST(mutex, misuse_is_found)
{
	struct uk_mutex mutex = UK_MUTEX_INIT(mutex);

	uk_cpu_thread_set(&threads[0]);
	UK_EXPECT(uk_test_panics(unlock_free, &mutex));
	UK_EXPECT(uk_test_panics(lock_twice, &mutex));
	UK_EXPECT(!uk_mutex_is_mine(&mutex));
}

static void take_turns(unsigned int cpu, void *unused)
{
	(void)unused;
	uk_cpu_thread_set(&threads[cpu]);
	for (int i = 0; i < ROUNDS / 10; i++) {
		uk_mutex_lock(&turn.mutex);
		while (turn.number % UK_CPUS_MAX != cpu)
			uk_cond_wait(&turn.changed, &turn.mutex);
		turn.number++;
		uk_cond_broadcast(&turn.changed);
		uk_mutex_unlock(&turn.mutex);
	}
}

UK_TEST(cond, hands_over)
{
	uk_mutex_init(&turn.mutex);
	uk_cond_init(&turn.changed);
	turn.number = 0;
	uk_test_smp(take_turns, NULL);
	UK_EXPECT_EQ(turn.number, ROUNDS / 10 * UK_CPUS_MAX);
}

static struct {
	struct uk_sem free;
	struct uk_sem used;
	unsigned int inside;
	unsigned int most;
} pool;

/* No more than two at a time. */
static void enter(unsigned int cpu, void *unused)
{
	(void)unused;
	uk_cpu_thread_set(&threads[cpu]);
	for (int i = 0; i < ROUNDS / 10; i++) {
		uk_sem_down(&pool.free);
		unsigned int now = uk_fetch_add(&pool.inside, 1u) + 1;
		unsigned int most = uk_load(&pool.most);

		while (now > most && !uk_compare_exchange(&pool.most, &most, now))
			;
		uk_thread_yield();
		uk_fetch_sub(&pool.inside, 1u);
		uk_sem_up(&pool.free);
	}
}

UK_TEST(sem, limits)
{
	uk_sem_init(&pool.free, 2);
	pool.inside = 0;
	pool.most = 0;
	uk_test_smp(enter, NULL);
	UK_EXPECT(pool.most >= 1 && pool.most <= 2);
	UK_EXPECT_EQ(pool.free.count, 2);
}
