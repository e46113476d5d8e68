/* SPDX-License-Identifier: BSD-3-Clause */

/* The run queue, as lib/thread uses it; on the host, where there is no lib/thread. */

#include <uk/atomic.h>
#include <uk/cpu.h>
#include <uk/sched.h>
#include <uk/test.h>

UK_TEST(sched_coop, first_in_first_out)
{
	struct uk_sched_entity e[4] = { 0 };

	UK_EXPECT(!uk_sched_pick());
	UK_EXPECT(!uk_sched_yield(&e[0])); /* alone: goes on */
	for (int i = 1; i < 4; i++)
		uk_sched_ready(&e[i]);
	UK_EXPECT(uk_sched_yield(&e[0]) == &e[1]);
	UK_EXPECT(uk_sched_pick() == &e[2]);
	UK_EXPECT(uk_sched_pick() == &e[3]);
	UK_EXPECT(uk_sched_pick() == &e[0]);
	UK_EXPECT(!uk_sched_pick());
}

#define ENTITIES 16
#define ROUNDS   5000

static struct uk_sched_entity entities[ENTITIES];
static unsigned int owned[ENTITIES]; /* plain: two owners at a time are a race */

static void run_one(struct uk_sched_entity *e)
{
	uk_store(&e->running, 1u);
	owned[e - entities]++;
}

static void leave(struct uk_sched_entity *e)
{
	uk_store_release(&e->running, 0u);
}

/* As a CPU does: pick, run, yield to the next or go back to the queue. */
static void schedule(unsigned int cpu, void *unused)
{
	(void)cpu;
	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		struct uk_sched_entity *e = uk_sched_pick();

		if (!e)
			continue;
		run_one(e);
		struct uk_sched_entity *next = uk_sched_yield(e);

		if (next) {
			run_one(next);
			leave(e);
			e = next;
		}
		leave(e);
		uk_sched_ready(e);
	}
}

UK_TEST(sched_coop, on_all_cpus)
{
	unsigned int left = 0;

	for (int i = 0; i < ENTITIES; i++)
		uk_sched_ready(&entities[i]);
	uk_test_smp(schedule, NULL);
	while (uk_sched_pick())
		left++;
	UK_EXPECT_EQ(left, ENTITIES);
}
