/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The queues as lib/thread uses them, without threads; CPUs are threads of the host under TSan.
 * Threads of its own are in lib/thread's tests.
 */

#include "../fair.h"
#include <uk/string.h>
#include <uk/test.h>

#define ENTITIES 64

static struct uk_sched_entity entities[ENTITIES];
static unsigned int owned[ENTITIES]; /* plain: two owners at a time are a race */

/* Interrupts stay off: what is wished is looked at, and does not happen by itself. */
static void reset(void)
{
	uk_cpu_irq_disable();
	uk_cpu_preempt_want(false);
	memset(entities, 0, sizeof(entities));
	memset(owned, 0, sizeof(owned));
	memset(uk__sched_fair_queues, 0, sizeof(uk__sched_fair_queues));
	uk__sched_fair_idle = 0;
	uk__sched_fair_online = 0;
	uk__sched_fair_urgent = 0;
}

/* By key, and those of one key in the order in which they came. */
UK_TEST(sched_fair, comes_out_in_order)
{
	struct queue *queue = &uk__sched_fair_queues[0];
	struct uk_sched_entity *e, *last = NULL;
	unsigned int seen = 0;

	reset();
	for (unsigned int i = 0; i < ENTITIES; i++) {
		entities[i].key = uk_test_random() % 8;
		uk__sched_fair_insert(queue, &entities[i]);
	}
	for (unsigned int i = 0; i < ENTITIES / 2; i++)
		uk__sched_fair_remove(queue, &entities[2 * i]);
	for (; (e = uk__sched_fair_first(queue)); seen++) {
		uk__sched_fair_remove(queue, e);
		UK_EXPECT((e - entities) % 2 == 1);
		UK_EXPECT(!last || last->key < e->key || (last->key == e->key && last < e));
		last = e;
	}
	UK_EXPECT_EQ(seen, ENTITIES / 2);
}

static void set_level(struct uk_sched_entity *entity, int policy, int level)
{
	struct uk_sched_param param = { (uint8_t)policy, (uint8_t)level, 0 };

	uk_sched_set(entity, &param, NULL);
}

UK_TEST(sched_fair, levels_then_shares)
{
	reset();
	UK_EXPECT(!uk_sched_pick());
	set_level(&entities[1], UK_SCHED_FIFO, 10);
	set_level(&entities[2], UK_SCHED_RR, 20);
	set_level(&entities[3], UK_SCHED_FIFO, 20);
	for (int i = 0; i < 4; i++)
		uk_sched_ready(&entities[i]);
	UK_EXPECT_EQ(uk__sched_fair_urgent, 3);
	UK_EXPECT(uk_sched_pick() == &entities[2]);
	/* Another one of its level gets its turn; a lower one does not. */
	UK_EXPECT(uk_sched_yield(&entities[2]) == &entities[3]);
	UK_EXPECT(uk_sched_yield(&entities[3]) == &entities[2]);
	uk_sched_block(&entities[2]);
	UK_EXPECT(uk_sched_pick() == &entities[3]);
	UK_EXPECT(!uk_sched_yield(&entities[3]));
	/* Who is preempted stays before those of its level. */
	uk_sched_ready(&entities[2]);
	set_level(&entities[1], UK_SCHED_FIFO, 30);
	UK_EXPECT(uk_cpu_preempt_due());
	UK_EXPECT(uk_sched_preempt(&entities[3]) == &entities[1]);
	UK_EXPECT(!uk_cpu_preempt_due());
	uk_sched_block(&entities[1]);
	UK_EXPECT(uk_sched_pick() == &entities[3]);
	uk_sched_block(&entities[3]);
	UK_EXPECT(uk_sched_pick() == &entities[2]);
	uk_sched_block(&entities[2]);
	UK_EXPECT(uk_sched_pick() == &entities[0]);
	uk_sched_block(&entities[0]);
	UK_EXPECT(!uk_sched_pick());
	UK_EXPECT_EQ(uk__sched_fair_urgent, 0);
}

UK_TEST(sched_fair, yield_takes_turns)
{
	struct uk_sched_entity *running;

	reset();
	for (int i = 0; i < 4; i++)
		uk_sched_ready(&entities[i]);
	running = uk_sched_pick();
	for (int i = 1; i < 40; i++) {
		UK_EXPECT(running == &entities[(i - 1) % 4]);
		struct uk_sched_entity *next = uk_sched_yield(running);

		UK_REQUIRE(next);
		running = next;
	}
}

/* Virtual time as it would pass: who has the earliest deadline gets a whole slice. */
static void let_run(struct queue *queue, uk_nsec_t ns)
{
	queue->charged -= ns;
}

UK_TEST(sched_fair, shares_follow_nice_values)
{
	static const int nice[] = { 0, 5, -5, 19 };
	struct queue *queue = uk__sched_fair_mine();
	uint64_t sum = 0, weights = 0;

	reset();
	for (int i = 0; i < 4; i++) {
		entities[i].priority = (int16_t)nice[i];
		uk_sched_ready(&entities[i]);
	}
	struct uk_sched_entity *running = uk_sched_pick();

	for (int i = 0; i < 20000; i++) {
		let_run(queue, SLICE);
		struct uk_sched_entity *next = uk_sched_preempt(running);

		running = next ? next : running;
	}
	for (int i = 0; i < 4; i++) {
		sum += (uint64_t)entities[i].runtime;
		weights += entities[i].weight;
	}
	for (int i = 0; i < 4; i++) {
		uint64_t due = sum / weights * entities[i].weight;
		uint64_t got = (uint64_t)entities[i].runtime;

		uk_test_note("nice %d: %llu of %llu us", nice[i], (unsigned long long)got / 1000,
			     (unsigned long long)due / 1000);
		UK_EXPECT(got > due - due / 10 && got < due + due / 10);
	}
}

/* Who slept comes soon, and cannot save up time. */
UK_TEST(sched_fair, sleep_is_worth_one_slice)
{
	struct queue *queue = uk__sched_fair_mine();

	reset();
	uk_sched_ready(&entities[0]);
	uk_sched_ready(&entities[1]);
	UK_REQUIRE(uk_sched_pick() == &entities[0]);
	uk_sched_block(&entities[0]);
	UK_REQUIRE(uk_sched_pick() == &entities[1]);
	for (int i = 0; i < 1000; i++) {
		let_run(queue, SLICE);
		UK_EXPECT(!uk_sched_preempt(&entities[1]));
	}
	entities[0].since -= 1000 * SLICE;
	uk_sched_ready(&entities[0]);
	UK_EXPECT(uk_cpu_preempt_due());
	UK_EXPECT(uk_sched_preempt(&entities[1]) == &entities[0]);
	let_run(queue, SLICE / 2);
	UK_EXPECT(!uk_sched_preempt(&entities[0]));
	let_run(queue, SLICE);
	UK_EXPECT(uk_sched_preempt(&entities[0]) == &entities[1]);
}

UK_TEST(sched_fair, affinity_is_kept)
{
	uint64_t elsewhere = 2, here = 1;

	reset();
	UK_EXPECT(!uk_sched_pick());
	if (!CONFIG_LIB_SMP)
		return;
	uk__sched_fair_online = 3;
	uk_sched_set(&entities[0], NULL, &elsewhere);
	uk_sched_ready(&entities[0]);
	UK_EXPECT(!uk_sched_pick());
	UK_EXPECT_EQ(entities[0].cpu, 1);
	uk_sched_set(&entities[0], NULL, &here);
	UK_EXPECT(uk_sched_pick() == &entities[0]);
	UK_EXPECT(!uk_sched_is_misplaced(&entities[0]));
	uk_sched_set(&entities[0], NULL, &elsewhere);
	UK_EXPECT(uk_cpu_preempt_due() && uk_sched_is_misplaced(&entities[0]));
	uk_sched_block(&entities[0]);
	UK_EXPECT(!uk_sched_pick());
}

#define TURNS 4000

static void leave(struct uk_sched_entity *entity)
{
	uk_store_release(&entity->running, 0u);
}

static void arrive(struct uk_sched_entity *entity)
{
	uk_store(&entity->running, 1u);
	owned[entity - entities]++;
}

/* What the running one does next; returns the one that runs then, NULL: none. */
static struct uk_sched_entity *turn(struct uk_sched_entity *running, uint64_t random)
{
	struct uk_sched_entity *next = NULL;

	if (random % 4 == 0) {
		uk_sched_block(running);
		next = uk_sched_pick();
		if (next)
			arrive(next);
		leave(running);
		uk_sched_ready(running);
		return next;
	}
	next = random % 4 == 1 ? uk_sched_yield(running) : uk_sched_preempt(running);
	if (!next)
		return running;
	arrive(next);
	leave(running);
	return next;
}

static void schedule(unsigned int cpu, void *unused)
{
	struct uk_sched_entity *running = NULL;
	uint64_t random = cpu + 1;

	(void)unused;
	for (int i = 0; i < TURNS; i++) {
		random = random * 6364136223846793005ull + 1442695040888963407ull;
		struct uk_sched_entity *other = &entities[(random >> 40) % ENTITIES];
		uint64_t mask = (random >> 50) & 15;

		uk_cpu_irq_disable();
		if (random >> 60 == 0)
			uk_sched_set(other, NULL, &mask);
		if (random >> 60 == 1)
			set_level(other, mask < 8 ? UK_SCHED_OTHER : UK_SCHED_FIFO,
				  mask < 8 ? 0 : 1);
		if (running) {
			running = turn(running, random >> 33);
			continue;
		}
		running = uk_sched_pick();
		if (running)
			arrive(running);
	}
	if (running) {
		uk_sched_block(running);
		leave(running);
		uk_sched_ready(running);
	}
}

UK_TEST(sched_fair, on_all_cpus)
{
	unsigned int left = 0;

	reset();
	for (int i = 0; i < ENTITIES; i++)
		uk_sched_ready(&entities[i]);
	uk_test_smp(schedule, NULL);
	for (unsigned int i = 0; i < UK_CPUS_MAX; i++)
		left += uk__sched_fair_queues[i].queued;
	UK_EXPECT_EQ(left, ENTITIES);
}
