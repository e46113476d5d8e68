/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * A preemptive scheduler on the machine, with as many CPUs as it has: what runs where, and before
 * whom. Time is only waited for with a bound that a slow host does not reach.
 */

#include <uk/atomic.h>
#include <uk/cpu.h>
#include <uk/irq.h>
#include <uk/test.h>
#include <uk/thread.h>

#define MSEC    ((uk_nsec_t)UK_NSEC_PER_MSEC)
#define FOREVER (20000 * MSEC)
#define MANY    16

static bool stop; /* of all spinners */

struct spinner {
	struct uk_thread *thread;
	uint64_t turns;
	uint64_t seen; /* CPUs */
};

static void spin(void *arg)
{
	struct spinner *s = arg;

	while (!uk_load(&stop)) {
		uk_store(&s->turns, s->turns + 1);
		uk_fetch_or(&s->seen, 1ull << uk_cpu_id());
	}
}

static unsigned int cpus(void)
{
	return (unsigned int)__builtin_popcountll(uk_sched_cpus());
}

static struct uk_thread *start(void (*fn)(void *), void *arg)
{
	struct uk_thread *thread = NULL;

	UK_EXPECT_EQ(uk_thread_create(NULL, fn, arg, &thread), 0);
	return thread;
}

static void pin(struct uk_thread *thread, uint64_t mask)
{
	uk_sched_set(&thread->sched, NULL, &mask);
}

static void set_policy(struct uk_thread *thread, int policy, int level, int nice)
{
	struct uk_sched_param param = { (uint8_t)policy, (uint8_t)level, (int8_t)nice };

	uk_sched_set(&thread->sched, &param, NULL);
}

/* On a CPU of their own, the last one; main stays on the first. */
static void start_spinners(struct spinner *s, int n, uint64_t mask)
{
	uint64_t first = 1;

	uk_store(&stop, false);
	uk_sched_set(&uk_thread_self()->sched, NULL, &first);
	for (int i = 0; i < n; i++) {
		s[i] = (struct spinner){ .thread = start(spin, &s[i]) };
		pin(s[i].thread, mask);
	}
}

static void end_spinners(struct spinner *s, int n)
{
	uint64_t all = 0;

	uk_store(&stop, true);
	for (int i = 0; i < n; i++)
		uk_thread_join(s[i].thread);
	uk_sched_set(&uk_thread_self()->sched, NULL, &all);
}

/* This thread computes, too. */
static bool spin_until(const uint64_t *word, uint64_t value)
{
	uk_nsec_t end = uk_clock_now() + FOREVER;

	while (uk_load(word) < value) {
		if (uk_clock_now() > end)
			return false;
	}
	return true;
}

static uint64_t last_cpu(void)
{
	return 1ull << (cpus() - 1);
}

UK_TEST(preempt, a_spinner_starves_nobody)
{
	struct spinner s[3];

	start_spinners(s, 3, 1);
	for (int i = 0; i < 3; i++)
		UK_EXPECT(spin_until(&s[i].turns, 1000));
	end_spinners(s, 3);
}

UK_TEST(preempt, all_cpus_have_work)
{
	struct spinner s[MANY];
	unsigned int n = UK_MIN(cpus(), (unsigned int)MANY);
	uk_nsec_t end = uk_clock_now() + FOREVER;
	uint64_t seen = 0;

	start_spinners(s, (int)n, ~0ull);
	while (seen != uk_sched_cpus() && uk_clock_now() < end) {
		for (unsigned int i = 0; i < n; i++)
			seen |= uk_load(&s[i].seen);
	}
	end_spinners(s, (int)n);
	UK_EXPECT_EQ(seen, uk_sched_cpus());
}

/* More than there are CPUs, and none is left out. */
UK_TEST(preempt, many_share_all_cpus)
{
	struct spinner s[MANY];

	start_spinners(s, MANY, ~0ull);
	for (int i = 0; i < MANY; i++)
		UK_EXPECT(spin_until(&s[i].turns, 1000));
	end_spinners(s, MANY);
}

UK_TEST(preempt, affinity_moves_what_runs)
{
	struct spinner s;

	start_spinners(&s, 1, 1);
	for (unsigned int i = 0; i < 4 * cpus(); i++) {
		uint64_t mask = 1ull << (i % cpus());
		uk_nsec_t end = uk_clock_now() + FOREVER;

		pin(s.thread, mask);
		uk_store(&s.seen, 0);
		while (!(uk_load(&s.seen) & mask) && uk_clock_now() < end)
			;
		UK_EXPECT(uk_load(&s.seen) & mask);
	}
	/* Nowhere else from now on. */
	pin(s.thread, last_cpu());
	uk_thread_sleep_until(uk_clock_now() + 5 * MSEC);
	uk_store(&s.seen, 0);
	uk_thread_sleep_until(uk_clock_now() + 20 * MSEC);
	UK_EXPECT(spin_until(&s.seen, 1));
	UK_EXPECT_EQ(uk_load(&s.seen), last_cpu());
	end_spinners(&s, 1);
}

UK_TEST(preempt, affinity_moves_the_caller)
{
	uint64_t all = 0;

	for (unsigned int i = 0; i < 4 * cpus(); i++) {
		pin(uk_thread_self(), 1ull << (i % cpus()));
		UK_EXPECT_EQ(uk_cpu_id(), i % cpus());
	}
	uk_sched_set(&uk_thread_self()->sched, NULL, &all);
}

/*
 * A tenth of the CPU for each step: nice 5 against 0 is 1 to 3; exactly so in sched-fair's host
 * test. Here the host takes the CPU away from whom it likes, at their cost: what it takes at once
 * weighs less the longer they run.
 */
UK_TEST(preempt, nice_is_a_share)
{
	struct spinner s[2];

	start_spinners(s, 2, last_cpu());
	set_policy(s[0].thread, UK_SCHED_OTHER, 0, 0);
	set_policy(s[1].thread, UK_SCHED_OTHER, 0, 5);
	uk_nsec_t first_a = uk_sched_runtime(&s[0].thread->sched);
	uk_nsec_t first_b = uk_sched_runtime(&s[1].thread->sched);
	uk_nsec_t end = uk_clock_now() + FOREVER;
	uk_nsec_t a, b;

	do {
		uk_thread_sleep_until(uk_clock_now() + 400 * MSEC);
		a = uk_sched_runtime(&s[0].thread->sched) - first_a;
		b = uk_sched_runtime(&s[1].thread->sched) - first_b;
	} while ((b <= 0 || a < 2 * b) && uk_clock_now() < end);
	end_spinners(s, 2);
	uk_test_note("nice 0: %lld us, nice 5: %lld us", (long long)a / 1000, (long long)b / 1000);
	UK_EXPECT(b > 0 && a >= 2 * b);
}

static struct {
	unsigned int order[8];
	unsigned int n;
} ran;

static void note(void *arg)
{
	ran.order[uk_fetch_add(&ran.n, 1u)] = (unsigned int)(uintptr_t)arg;
}

/* Made ready from the least to the most urgent while something more urgent runs. */
UK_TEST(preempt, levels_go_first)
{
	struct uk_thread *self = uk_thread_self(), *threads[4];

	ran.n = 0;
	pin(self, 1);
	set_policy(self, UK_SCHED_FIFO, 50, 0);
	for (uintptr_t i = 0; i < 4; i++) {
		threads[i] = start(note, (void *)i);
		set_policy(threads[i], i ? UK_SCHED_FIFO : UK_SCHED_OTHER, i ? 9 + (int)i : 0, 0);
		UK_EXPECT_EQ(uk_load(&ran.n), 0);
	}
	for (int i = 0; i < 4; i++)
		uk_thread_join(threads[i]);
	set_policy(self, UK_SCHED_OTHER, 0, 0);
	pin(self, 0);
	for (unsigned int i = 0; i < 4; i++)
		UK_EXPECT_EQ(ran.order[i], 3 - i);
}

UK_TEST(preempt, a_level_preempts_at_once)
{
	struct uk_thread *self = uk_thread_self();
	uint64_t mine = 1;

	uk_sched_set(&self->sched, NULL, &mine);
	ran.n = 0;
	struct uk_thread *thread = start(note, NULL);

	set_policy(thread, UK_SCHED_FIFO, 1, 0);
	UK_EXPECT_EQ(uk_load(&ran.n), 1);
	uk_thread_join(thread);
	pin(self, 0);
}

static void wait_for_turns(const struct spinner *s)
{
	uk_nsec_t end = uk_clock_now() + FOREVER;

	while (!uk_load(&s->turns) && uk_clock_now() < end)
		uk_thread_sleep_until(uk_clock_now() + 20 * MSEC);
	UK_EXPECT(uk_load(&s->turns) > 0);
}

UK_TEST(preempt, turns_at_one_level)
{
	struct spinner s[2];

	start_spinners(s, 2, last_cpu());
	if (cpus() == 1) /* or they would keep this one from ending it */
		set_policy(uk_thread_self(), UK_SCHED_FIFO, 20, 0);
	for (int i = 0; i < 2; i++)
		set_policy(s[i].thread, UK_SCHED_RR, 10, 0);
	wait_for_turns(&s[0]);
	wait_for_turns(&s[1]);
	end_spinners(s, 2);
	set_policy(uk_thread_self(), UK_SCHED_OTHER, 0, 0);
}

/* One that spins, as urgent as can be, leaves a part of each second to the others. */
UK_TEST(preempt, an_urgent_one_does_not_starve_others)
{
	struct spinner s[2];

	start_spinners(s, 2, last_cpu());
	if (cpus() == 1) /* both have the rest of the second then */
		set_policy(uk_thread_self(), UK_SCHED_FIFO, 99, 0);
	set_policy(s[0].thread, UK_SCHED_FIFO, 98, 0);
	uk_store(&s[1].turns, 0);
	for (int i = 0; i < 3; i++) {
		uk_store(&s[0].turns, 0);
		wait_for_turns(&s[0]);
		uk_store(&s[1].turns, 0);
		wait_for_turns(&s[1]);
	}
	end_spinners(s, 2);
	set_policy(uk_thread_self(), UK_SCHED_OTHER, 0, 0);
}

static struct {
	uint32_t wrong;
	uint32_t running;
} based;

static void keep_base(void *arg)
{
	uint64_t turns = 0;

	uk_fetch_add(&based.running, 1u);
	while (!uk_load(&stop)) {
		if (uk_cpu_tls() != arg && arg)
			uk_fetch_add(&based.wrong, 1u);
		if (++turns % 64 == 0)
			uk_thread_yield();
		/* Another base, as libc sets it once; every third has its own. */
		if ((uintptr_t)arg % 3 == 1)
			uk_thread_set_tls(arg);
	}
	uk_thread_set_tls(NULL);
}

/* libc's base goes with its thread, whichever CPU that is on, and whoever ran there before: some
 * have the same base, some have none. */
UK_TEST(preempt, the_base_goes_with_its_thread)
{
	struct uk_thread *threads[MANY];
	uk_nsec_t end;

	based.wrong = 0;
	based.running = 0;
	uk_store(&stop, false);
	for (uintptr_t i = 0; i < MANY; i++) {
		uintptr_t base = i % 4 ? (i / 2 + 1) * 4096 : 0;
		struct uk_thread_attr attr = { .tls = (void *)base };

		UK_EXPECT_EQ(uk_thread_create(&attr, keep_base, (void *)base, &threads[i]), 0);
	}
	end = uk_clock_now() + 300 * MSEC;
	while (uk_clock_now() < end || uk_load(&based.running) < MANY)
		uk_thread_sleep_until(uk_clock_now() + 10 * MSEC);
	uk_store(&stop, true);
	for (int i = 0; i < MANY; i++)
		uk_thread_join(threads[i]);
	UK_EXPECT_EQ(based.wrong, 0);
}

/* On a CPU where one thread runs nothing interrupts it, however long it runs. */
UK_TEST(preempt, no_tick_for_one_thread)
{
	struct spinner s[MANY] = { 0 };
	unsigned int n = UK_MIN(cpus(), (unsigned int)MANY);
	uint64_t interrupts[MANY], ticks[MANY];

	start_spinners(s, (int)n, 0);
	for (unsigned int i = 1; i < n; i++)
		pin(s[i].thread, 1ull << i);
	/* This thread shares the first CPU with nobody. */
	pin(s[0].thread, n > 1 ? 2 : 1);
	if (n == 1)
		end_spinners(s, 1);
	/* Timers that were set for what ran before come once more. */
	uk_thread_sleep_until(uk_clock_now() + 150 * MSEC);
	for (unsigned int i = 0; i < n; i++) {
		interrupts[i] = uk_irq_count_on(i);
		ticks[i] = uk_sched_ticks(i);
	}
	for (uk_nsec_t end = uk_clock_now() + 300 * MSEC; uk_clock_now() < end;)
		;
	/* The second has two. */
	for (unsigned int i = 0; i < n; i++)
		UK_EXPECT(i == 1 || uk_sched_ticks(i) == ticks[i]);
	for (unsigned int i = 2; i < n; i++)
		UK_EXPECT_EQ(uk_irq_count_on(i), interrupts[i]);
	if (n > 1)
		UK_EXPECT(uk_sched_ticks(1) > ticks[1]);
	if (n > 1)
		end_spinners(s, (int)n);
}

#define ROUNDS 2000

static struct {
	struct uk_waitq wq;
	uint32_t turn;
} pair;

static void ping(void *arg)
{
	uint32_t me = (uint32_t)(uintptr_t)arg;

	for (int i = 0; i < ROUNDS; i++) {
		uk_waitq_wait(&pair.wq, uk_load_acquire(&pair.turn) % 2 == me);
		uk_store_release(&pair.turn, pair.turn + 1);
		uk_waitq_wake_all(&pair.wq);
	}
}

/* Across CPUs, while they are moved about. */
UK_TEST(preempt, no_wake_up_is_lost)
{
	struct uk_thread *threads[2];

	uk_waitq_init(&pair.wq);
	pair.turn = 0;
	for (uintptr_t i = 0; i < 2; i++)
		threads[i] = start(ping, (void *)i);
	while (uk_load(&pair.turn) < 2 * ROUNDS - 10) {
		for (int i = 0; i < 2; i++)
			pin(threads[i], 1ull << uk_test_random() % cpus());
		uk_thread_yield();
	}
	for (int i = 0; i < 2; i++)
		uk_thread_join(threads[i]);
	UK_EXPECT_EQ(pair.turn, 2 * ROUNDS);
}

static uint64_t lives;

static void live(void *arg)
{
	uk_fetch_add(&lives, (uint64_t)(uintptr_t)arg);
}

UK_TEST(preempt, short_lives)
{
	lives = 0;
	for (int i = 0; i < 50; i++) {
		struct uk_thread *threads[MANY];

		for (int t = 0; t < MANY; t++)
			threads[t] = start(live, (void *)1);
		for (int t = 0; t < MANY; t++)
			uk_thread_join(threads[t]);
	}
	UK_EXPECT_EQ(lives, 50 * MANY);
}
