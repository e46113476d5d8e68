/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/netbuf.h>

#include <uk/string.h>
#include <uk/test.h>

#define COUNT 32u

static uint8_t mem[16384] uk_aligned(64);
static struct uk_netbuf_pool pool;
static struct uk_netbuf_queue queue;

static void fresh_pool(void)
{
	uk_netbuf_pool_init(&pool, mem, uk_netbuf_pool_stride(128, 16) * COUNT, 128, 16);
}

UK_TEST(netbuf, pool_hands_out_each_once)
{
	struct uk_netbuf *bufs[COUNT + 1];

	UK_REQUIRE(uk_netbuf_pool_stride(128, 16) * COUNT <= sizeof(mem));
	fresh_pool();
	UK_EXPECT_EQ(pool.count, COUNT);
	UK_REQUIRE(uk_netbuf_pool_get_many(&pool, bufs, COUNT + 1) == COUNT);
	UK_EXPECT(!uk_netbuf_pool_get(&pool));
	for (unsigned int i = 0; i < COUNT; i++) {
		UK_EXPECT_EQ(uk_netbuf_headroom(bufs[i]), 16);
		UK_EXPECT(uk_netbuf_tailroom(bufs[i]) >= 128);
		memset(bufs[i]->start, (int)i, (size_t)(bufs[i]->end - bufs[i]->start));
	}
	for (unsigned int i = 0; i < COUNT; i++) {
		UK_EXPECT(bufs[i]->start[0] == i && bufs[i]->end[-1] == i);
		uk_netbuf_put(bufs[i]);
	}
	UK_EXPECT_EQ(uk_netbuf_pool_free_count(&pool), COUNT);
}

UK_TEST(netbuf, slots_are_an_odd_number_of_lines_apart)
{
	for (size_t size = 1; size < 4000; size += 7)
		UK_EXPECT_EQ(uk_netbuf_pool_stride(size, 12) / 64 % 2, 1);
}

UK_TEST(netbuf, last_put_releases_the_chain)
{
	fresh_pool();
	struct uk_netbuf *a = uk_netbuf_pool_get(&pool);
	struct uk_netbuf *b = uk_netbuf_pool_get(&pool);
	struct uk_netbuf *c = uk_netbuf_pool_get(&pool);

	uk_netbuf_chain(a, b);
	uk_netbuf_chain(a, c);
	uk_netbuf_get(a);
	uk_netbuf_get(c);
	UK_EXPECT(uk_netbuf_shared(a) && !uk_netbuf_shared(b));
	UK_EXPECT_EQ(uk_netbuf_count(a), 3);
	uk_netbuf_put(a);
	UK_EXPECT_EQ(uk_netbuf_pool_free_count(&pool), COUNT - 3);
	uk_netbuf_put(a); /* c has another holder */
	UK_EXPECT_EQ(uk_netbuf_pool_free_count(&pool), COUNT - 1);
	uk_netbuf_put(c);
	UK_EXPECT_EQ(uk_netbuf_pool_free_count(&pool), COUNT);
	uk_netbuf_put(NULL);
}

UK_TEST(netbuf, read_over_borders)
{
	fresh_pool();
	struct uk_netbuf *a = uk_netbuf_pool_get(&pool);
	struct uk_netbuf *b = uk_netbuf_pool_get(&pool);
	char out[16] = { 0 };

	a->len = 5;
	memcpy(a->data, "hello", 5);
	b->len = 6;
	memcpy(b->data, " world", 6);
	uk_netbuf_chain(a, b);
	UK_EXPECT_EQ(uk_netbuf_length(a), 11);
	UK_EXPECT_EQ(uk_netbuf_read(a, 3, out, 5), 5);
	UK_EXPECT(memcmp(out, "lo wo", 5) == 0);
	UK_EXPECT_EQ(uk_netbuf_read(a, 9, out, 16), 2);
	UK_EXPECT_EQ(uk_netbuf_read(a, 11, out, 16), 0);
	uk_netbuf_pull(b, 1);
	UK_EXPECT(b->len == 5 && b->data[0] == 'w');
	uk_netbuf_push(b, 2);
	UK_EXPECT(b->len == 7 && b->data[1] == ' ');
	uk_netbuf_put(a);
}

static void pool_user(unsigned int cpu, void *arg)
{
	struct uk_netbuf *bufs[8];

	(void)arg;
	for (unsigned int round = 0; round < 500; round++) {
		unsigned int n = uk_netbuf_pool_get_many(&pool, bufs, 1 + round % 8);

		for (unsigned int i = 0; i < n; i++) {
			bufs[i]->data[0] = (uint8_t)cpu;
			bufs[i]->len = 1;
		}
		for (unsigned int i = 0; i < n; i++) {
			UK_EXPECT_EQ(bufs[i]->data[0], cpu);
			uk_netbuf_put(bufs[i]);
		}
	}
}

UK_TEST(netbuf, pool_from_all_cpus)
{
	fresh_pool();
	uk_test_smp(pool_user, NULL);
	UK_EXPECT_EQ(uk_netbuf_pool_free_count(&pool), COUNT);
}

static void holder(unsigned int cpu, void *arg)
{
	(void)cpu;
	uk_netbuf_put(arg);
}

UK_TEST(netbuf, one_of_many_holders_is_the_last)
{
	fresh_pool();
	for (unsigned int round = 0; round < 50; round++) {
		struct uk_netbuf *nb = uk_netbuf_pool_get(&pool);

		UK_REQUIRE(nb);
		for (unsigned int i = 1; i < CONFIG_CPUS_MAX; i++)
			uk_netbuf_get(nb);
		uk_test_smp(holder, nb);
		UK_EXPECT_EQ(uk_netbuf_pool_free_count(&pool), COUNT);
	}
}

/* Every CPU puts packets in and takes packets out; each arrives once. */
static uint64_t sum_in[CONFIG_CPUS_MAX];
static uint64_t sum_out[CONFIG_CPUS_MAX];

static void drain(unsigned int cpu)
{
	struct uk_netbuf *out[8];
	unsigned int got;

	while ((got = uk_netbuf_queue_get(&queue, out, 8)) > 0) {
		for (unsigned int i = 0; i < got; i++) {
			sum_out[cpu] += out[i]->len;
			uk_netbuf_put(out[i]);
		}
	}
}

static void queue_user(unsigned int cpu, void *arg)
{
	struct uk_netbuf *bufs[4];

	(void)arg;
	for (unsigned int round = 0; round < 500; round++) {
		unsigned int n = uk_netbuf_pool_get_many(&pool, bufs, 4);
		unsigned int k;

		for (unsigned int i = 0; i < n; i++)
			bufs[i]->len = 1 + (cpu + round + i) % 100;
		k = uk_netbuf_queue_put(&queue, bufs, n);
		for (unsigned int i = k; i < n; i++)
			uk_netbuf_put(bufs[i]);
		for (unsigned int i = 0; i < k; i++)
			sum_in[cpu] += 1 + (cpu + round + i) % 100;
		drain(cpu);
	}
}

UK_TEST(netbuf, queue_from_all_cpus)
{
	uint64_t in = 0;
	uint64_t out = 0;

	fresh_pool();
	uk_netbuf_queue_init(&queue, 10);
	memset(sum_in, 0, sizeof(sum_in));
	memset(sum_out, 0, sizeof(sum_out));
	uk_test_smp(queue_user, NULL);
	drain(0);
	for (unsigned int i = 0; i < CONFIG_CPUS_MAX; i++) {
		in += sum_in[i];
		out += sum_out[i];
	}
	UK_EXPECT_EQ(in, out);
	UK_EXPECT_EQ(queue.count, 0);
	UK_EXPECT_EQ(uk_netbuf_pool_free_count(&pool), COUNT);
}

UK_TEST(netbuf, queue_is_bounded_and_in_order)
{
	struct uk_netbuf *in[12];
	struct uk_netbuf *out[12];

	fresh_pool();
	uk_netbuf_queue_init(&queue, 10);
	UK_REQUIRE(uk_netbuf_pool_get_many(&pool, in, 12) == 12);
	UK_EXPECT_EQ(uk_netbuf_queue_put(&queue, in, 12), 10);
	UK_EXPECT_EQ(uk_netbuf_queue_put(&queue, in + 10, 2), 0);
	UK_EXPECT_EQ(uk_netbuf_queue_get(&queue, out, 12), 10);
	UK_EXPECT(memcmp(in, out, 10 * sizeof(in[0])) == 0);
	UK_EXPECT_EQ(uk_netbuf_queue_put(&queue, in, 1), 1);
	UK_EXPECT_EQ(uk_netbuf_queue_get(&queue, out, 12), 1);
	for (unsigned int i = 0; i < 12; i++)
		uk_netbuf_put(in[i]);
}
