/* SPDX-License-Identifier: BSD-3-Clause */

/* The ordered heap of <uk/pairing.h> against a plain array. */

#include <uk/pairing.h>
#include <uk/test.h>

#define COUNT 200

struct item {
	struct uk_pairing place;
	int value;
	bool in;
};

static struct item items[COUNT];

static struct item *item_of(const struct uk_pairing *place)
{
	return UK_CONTAINER_OF(place, struct item, place);
}

static bool is_less(const struct uk_pairing *a, const struct uk_pairing *b)
{
	return item_of(a)->value < item_of(b)->value;
}

static const struct item *least(void)
{
	const struct item *best = NULL;

	for (int i = 0; i < COUNT; i++) {
		if (items[i].in && (!best || items[i].value < best->value))
			best = &items[i];
	}
	return best;
}

static void clear(void)
{
	for (int i = 0; i < COUNT; i++)
		items[i].in = false;
}

UK_TEST(pairing, as_a_plain_array)
{
	struct uk_pairing *first = NULL;

	clear();
	for (int step = 0; step < 20000; step++) {
		struct item *item = &items[uk_test_random_below(COUNT)];

		if (item->in) {
			uk_pairing_remove(&first, &item->place, is_less);
		} else {
			item->value = (int)uk_test_random_below(50);
			uk_pairing_insert(&first, &item->place, is_less);
		}
		item->in = !item->in;
		const struct item *best = least();

		UK_REQUIRE(!first == !best);
		UK_REQUIRE(!first || item_of(first)->value == best->value);
	}
}

UK_TEST(pairing, sorts)
{
	static const char *const orders[] = { "up", "down", "random" };

	for (unsigned int order = 0; order < UK_ARRAY_SIZE(orders); order++) {
		struct uk_pairing *first = NULL;
		int last = -1;

		for (int i = 0; i < COUNT; i++) {
			items[i].value = order == 0   ? i
					 : order == 1 ? COUNT - i
						      : (int)uk_test_random_below(1u << 30);
			uk_pairing_insert(&first, &items[i].place, is_less);
		}
		for (int i = 0; i < COUNT; i++) {
			UK_REQUIRE(first && item_of(first)->value >= last);
			last = item_of(first)->value;
			uk_pairing_remove(&first, first, is_less);
		}
		UK_EXPECT(!first);
	}
}

/* A walk has each once, and none before those that it is behind, whatever was taken out. */
UK_TEST(pairing, walks_over_all)
{
	struct uk_pairing *first = NULL;
	unsigned int there = 0, seen = 0;

	clear();
	for (int i = 0; i < COUNT; i++) {
		items[i].value = (int)uk_test_random_below(50);
		uk_pairing_insert(&first, &items[i].place, is_less);
	}
	for (int i = 0; i < COUNT; i++) {
		items[i].in = i % 3 != 0;
		there += items[i].in;
		if (!items[i].in)
			uk_pairing_remove(&first, &items[i].place, is_less);
	}
	UK_EXPECT_EQ(item_of(first)->value, least()->value);
	for (const struct uk_pairing *p = first; p; p = uk_pairing_after(p), seen++) {
		UK_REQUIRE(item_of(p)->in);
		item_of(p)->in = false;
	}
	UK_EXPECT_EQ(seen, there);
	UK_EXPECT(!uk_pairing_after(&(struct uk_pairing){ 0 }));
}
