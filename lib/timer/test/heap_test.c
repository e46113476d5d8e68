/* SPDX-License-Identifier: BSD-3-Clause */

/* The pairing heap against a plain array. */

#include "../heap.h"
#include <uk/test.h>

#define COUNT 200

static struct uk_timer timers[COUNT];

static struct uk_timer *least(void)
{
	struct uk_timer *best = NULL;

	for (int i = 0; i < COUNT; i++) {
		if (timers[i].active && (!best || timers[i].deadline < best->deadline))
			best = &timers[i];
	}
	return best;
}

UK_TEST(timer_heap, as_a_plain_array)
{
	struct uk_timer *root = NULL;

	for (int step = 0; step < 20000; step++) {
		struct uk_timer *t = &timers[uk_test_random_below(COUNT)];

		if (t->active) {
			root = uk__timer_heap_remove(root, t);
		} else {
			t->deadline = (uk_nsec_t)uk_test_random_below(50);
			root = uk__timer_heap_insert(root, t);
		}
		t->active = !t->active;
		struct uk_timer *best = least();

		UK_REQUIRE(!root == !best);
		UK_REQUIRE(!root || root->deadline == best->deadline);
	}
}

UK_TEST(timer_heap, sorts)
{
	static const char *const orders[] = { "up", "down", "random" };

	for (unsigned int order = 0; order < UK_ARRAY_SIZE(orders); order++) {
		struct uk_timer *root = NULL;
		uk_nsec_t last = -1;

		for (int i = 0; i < COUNT; i++) {
			timers[i].deadline = order == 0 ? i
					     : order == 1
						     ? COUNT - i
						     : (uk_nsec_t)uk_test_random_below(1u << 30);
			root = uk__timer_heap_insert(root, &timers[i]);
		}
		for (int i = 0; i < COUNT; i++) {
			UK_REQUIRE(root && root->deadline >= last);
			last = root->deadline;
			root = uk__timer_heap_remove(root, root);
		}
		UK_EXPECT(!root);
	}
}
