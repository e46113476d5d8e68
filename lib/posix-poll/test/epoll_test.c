/* SPDX-License-Identifier: BSD-3-Clause */
#include "../epoll.h"
#include <uk/atomic.h>
#include <uk/errno.h>
#include <uk/test.h>

#define FILES 8
#define IN    UK_POLLIN
#define OUT   UK_POLLOUT
#define ET    UK_EPOLLET

/* A file whose readiness the test sets. */
struct fake {
	struct uk_file file;
	uint32_t ready;
	bool closed;
};

static uint32_t fake_poll(struct uk_file *file)
{
	return uk_load(&UK_CONTAINER_OF(file, struct fake, file)->ready);
}

static void fake_close(struct uk_file *file)
{
	UK_CONTAINER_OF(file, struct fake, file)->closed = true;
}

static const struct uk_file_ops fake_ops = { .poll = fake_poll, .close = fake_close };
static const struct uk_file_ops plain_ops = { .close = fake_close };

static void fake_init(struct fake *f)
{
	*f = (struct fake){ .closed = false };
	uk_file_init(&f->file, &fake_ops, UK_O_RDWR);
}

/* What is new is told, as files do. */
static void set(struct fake *f, uint32_t bits)
{
	uint32_t before = uk_fetch_or(&f->ready, bits);

	if (bits & ~before)
		uk_poll_wake(&f->file.poll, bits & ~before);
}

static void clear(struct fake *f, uint32_t bits)
{
	uk_fetch_and(&f->ready, ~bits);
}

static int ctl(struct uk_epoll *ep, int op, int fd, struct fake *f, uint32_t events)
{
	struct uk_epoll_event event = { events, (uint64_t)fd + 100 };

	return uk__posix_poll_epoll_ctl(&ep->file, op, fd, &f->file, &event);
}

#define ADD UK_EPOLL_CTL_ADD
#define MOD UK_EPOLL_CTL_MOD
#define DEL UK_EPOLL_CTL_DEL

/* The events of the one item that is ready; 0: none is. */
static uint32_t one(struct uk_epoll *ep)
{
	struct uk_epoll_event event[4];
	unsigned int n = uk__posix_poll_epoll_take(ep, event, 4, true);

	UK_EXPECT(n <= 1);
	return n == 1 ? event[0].events : 0;
}

UK_TEST(epoll, level)
{
	struct uk_epoll *ep = uk__posix_poll_epoll_create();
	struct fake f;

	fake_init(&f);
	UK_EXPECT_EQ(ctl(ep, ADD, 3, &f, IN), 0);
	UK_EXPECT_EQ(one(ep), 0);
	set(&f, OUT);
	UK_EXPECT_EQ(one(ep), 0);
	set(&f, IN);
	UK_EXPECT_EQ(one(ep), IN);
	UK_EXPECT_EQ(one(ep), IN);
	clear(&f, IN);
	UK_EXPECT_EQ(one(ep), 0);
	set(&f, UK_POLLHUP);
	UK_EXPECT_EQ(one(ep), UK_POLLHUP); /* unasked */
	UK_EXPECT_EQ(ctl(ep, DEL, 3, &f, 0), 0);
	UK_EXPECT_EQ(one(ep), 0);
	uk_file_put(&ep->file);
	uk_file_put(&f.file);
}

UK_TEST(epoll, edge)
{
	struct uk_epoll *ep = uk__posix_poll_epoll_create();
	struct fake f;

	fake_init(&f);
	set(&f, IN);
	UK_EXPECT_EQ(ctl(ep, ADD, 3, &f, IN | OUT | ET), 0);
	UK_EXPECT_EQ(one(ep), IN); /* ready when it was added */
	UK_EXPECT_EQ(one(ep), 0);
	set(&f, OUT);
	UK_EXPECT_EQ(one(ep), IN | OUT);
	UK_EXPECT_EQ(one(ep), 0);
	uk_poll_wake(&f.file.poll, IN); /* more data, before all was read */
	UK_EXPECT_EQ(one(ep), IN | OUT);
	clear(&f, IN | OUT);
	set(&f, IN);
	clear(&f, IN); /* gone before anybody looked */
	UK_EXPECT_EQ(one(ep), 0);
	set(&f, IN);
	UK_EXPECT_EQ(one(ep), IN);
	UK_EXPECT_EQ(ctl(ep, MOD, 3, &f, IN | ET), 0); /* arms again */
	UK_EXPECT_EQ(one(ep), IN);
	uk_file_put(&ep->file);
	uk_file_put(&f.file);
}

UK_TEST(epoll, one_shot)
{
	struct uk_epoll *ep = uk__posix_poll_epoll_create();
	struct fake f;

	fake_init(&f);
	UK_EXPECT_EQ(ctl(ep, ADD, 3, &f, IN | UK_EPOLLONESHOT), 0);
	set(&f, IN);
	UK_EXPECT_EQ(one(ep), IN);
	clear(&f, IN);
	set(&f, IN | UK_POLLHUP);
	UK_EXPECT_EQ(one(ep), 0); /* not even HUP */
	UK_EXPECT_EQ(ctl(ep, MOD, 3, &f, IN | UK_EPOLLONESHOT), 0);
	UK_EXPECT_EQ(one(ep), IN | UK_POLLHUP);
	UK_EXPECT_EQ(one(ep), 0);
	uk_file_put(&ep->file);
	uk_file_put(&f.file);
}

UK_TEST(epoll, errors)
{
	struct uk_epoll *ep = uk__posix_poll_epoll_create();
	struct uk_epoll *other = uk__posix_poll_epoll_create();
	struct uk_epoll_event event = { IN, 0 };
	struct fake f, g, plain;

	fake_init(&f);
	fake_init(&g);
	fake_init(&plain);
	plain.file.ops = &plain_ops;
	UK_EXPECT_EQ(ctl(ep, MOD, 3, &f, IN), -ENOENT);
	UK_EXPECT_EQ(ctl(ep, DEL, 3, &f, IN), -ENOENT);
	UK_EXPECT_EQ(ctl(ep, ADD, 3, &f, IN), 0);
	UK_EXPECT_EQ(ctl(ep, ADD, 3, &f, IN), -EEXIST);
	UK_EXPECT_EQ(ctl(ep, ADD, 4, &f, IN), 0); /* a dup of it */
	UK_EXPECT_EQ(ctl(ep, ADD, 3, &g, IN), 0); /* 3 was closed and given again */
	UK_EXPECT_EQ(ctl(ep, DEL, 4, &g, IN), -ENOENT);
	UK_EXPECT_EQ(ctl(ep, 7, 3, &f, IN), -EINVAL);
	UK_EXPECT_EQ(ctl(ep, ADD, 5, &plain, IN), -EPERM);
	UK_EXPECT_EQ(uk__posix_poll_epoll_ctl(&ep->file, ADD, 9, &other->file, &event), -EINVAL);
	UK_EXPECT_EQ(uk__posix_poll_epoll_ctl(&f.file, ADD, 9, &g.file, &event), -EINVAL);
	UK_EXPECT_EQ(uk__posix_poll_epoll_ctl(&f.file, ADD, 9, &plain.file, &event), -EPERM);
	uk_file_put(&ep->file);
	uk_file_put(&other->file);
	uk_file_put(&f.file);
	uk_file_put(&g.file);
	uk_file_put(&plain.file);
}

UK_TEST(epoll, closed_files_leave_the_set)
{
	struct uk_epoll *ep = uk__posix_poll_epoll_create();
	struct fake f, g;

	fake_init(&f);
	fake_init(&g);
	ctl(ep, ADD, 3, &f, IN);
	ctl(ep, ADD, 3, &g, IN);
	ctl(ep, ADD, 40, &f, IN);
	set(&f, IN);
	uk_file_put(&f.file);
	UK_EXPECT(f.closed);
	UK_EXPECT_EQ(one(ep), 0);
	set(&g, IN);
	UK_EXPECT_EQ(one(ep), IN);
	uk_file_put(&ep->file); /* with g in it */
	set(&g, OUT);
	uk_file_put(&g.file);
	UK_EXPECT(g.closed);
}

UK_TEST(epoll, pieces_of_one_wait_and_fairness)
{
	struct uk_epoll *ep = uk__posix_poll_epoll_create();
	struct uk_epoll_event event[FILES];
	struct fake f[FILES];
	unsigned int seen = 0;

	for (int i = 0; i < FILES; i++) {
		fake_init(&f[i]);
		ctl(ep, ADD, i, &f[i], IN);
		set(&f[i], IN);
	}
	/* Each once in one wait, although all stay ready. */
	UK_EXPECT_EQ(uk__posix_poll_epoll_take(ep, event, 5, true), 5);
	for (int i = 0; i < 5; i++)
		seen |= 1u << (event[i].data - 100);
	UK_EXPECT_EQ(uk__posix_poll_epoll_take(ep, event, FILES, false), FILES - 5);
	for (int i = 0; i < FILES - 5; i++)
		seen |= 1u << (event[i].data - 100);
	UK_EXPECT_EQ(seen, (1u << FILES) - 1);
	/* Small waits go round. */
	seen = 0;
	for (int i = 0; i < FILES; i++) {
		UK_EXPECT_EQ(uk__posix_poll_epoll_take(ep, event, 1, true), 1);
		seen |= 1u << (event[0].data - 100);
	}
	UK_EXPECT_EQ(seen, (1u << FILES) - 1);
	uk_file_put(&ep->file);
	for (int i = 0; i < FILES; i++)
		uk_file_put(&f[i].file);
}

UK_TEST(epoll, set_as_a_file)
{
	struct uk_epoll *ep = uk__posix_poll_epoll_create();
	struct fake f;

	fake_init(&f);
	ctl(ep, ADD, 3, &f, IN);
	UK_EXPECT_EQ(uk_file_poll(&ep->file) & IN, 0);
	set(&f, IN);
	UK_EXPECT_EQ(uk_file_poll(&ep->file) & IN, IN);
	UK_EXPECT_EQ(uk_file_poll(&ep->file) & IN, IN);
	UK_EXPECT_EQ(one(ep), IN);
	clear(&f, IN);
	UK_EXPECT_EQ(uk_file_poll(&ep->file) & IN, 0);
	set(&f, IN);
	UK_EXPECT_EQ(one(ep), IN);
	uk_file_put(&ep->file);
	uk_file_put(&f.file);
}

/*
 * Random operations against the definition: level reports what is true; edge what is true if
 * something was told since the last report; a one-shot item nothing until it is armed again.
 */
struct model {
	bool there;
	uint32_t wanted; /* 0: disarmed */
	uint32_t flags;
	bool told;
};

static struct fake files[FILES];
static struct model models[FILES];

static uint32_t expected(int i)
{
	struct model *m = &models[i];
	uint32_t now = files[i].ready & m->wanted;

	if (!m->there || now == 0 || ((m->flags & ET) && !m->told))
		return 0;
	return now;
}

static void random_ctl(struct uk_epoll *ep, int i)
{
	static const uint32_t choice[] = { 0, ET, UK_EPOLLONESHOT, ET | UK_EPOLLONESHOT };
	struct model *m = &models[i];
	uint32_t flags = choice[uk_test_random_below(4)];
	uint32_t wanted =
		(uint32_t)uk_test_random_below(2) * IN + (uint32_t)uk_test_random_below(2) * OUT;
	int op = 1 + (int)uk_test_random_below(3);
	int err = op == ADD ? (m->there ? -EEXIST : 0) : (m->there ? 0 : -ENOENT);

	UK_EXPECT_EQ(ctl(ep, op, i, &files[i], wanted | flags), err);
	if (err)
		return;
	m->there = op != DEL;
	m->wanted = wanted | UK_POLLERR | UK_POLLHUP;
	m->flags = flags;
	m->told = files[i].ready & m->wanted;
}

static void random_event(int i)
{
	struct model *m = &models[i];
	uint32_t bits = 1u << (uk_test_random_below(2) * 2); /* IN or OUT */

	if (uk_test_random_below(2)) {
		clear(&files[i], bits);
		return;
	}
	m->told |= (bits & ~files[i].ready & m->wanted) != 0;
	set(&files[i], bits);
}

static void compare(struct uk_epoll *ep)
{
	struct uk_epoll_event event[FILES + 1];
	unsigned int n = uk__posix_poll_epoll_take(ep, event, FILES + 1, true), want = 0;

	for (int i = 0; i < FILES; i++) {
		uint32_t events = expected(i);

		want += events != 0;
		for (unsigned int k = 0; k < n; k++) {
			if (event[k].data == (uint64_t)i + 100)
				UK_EXPECT_EQ(event[k].events, events);
		}
		models[i].told = false;
		if (events && (models[i].flags & UK_EPOLLONESHOT))
			models[i].wanted = 0;
	}
	UK_EXPECT_EQ(n, want);
}

UK_TEST(epoll, random_against_a_model)
{
	struct uk_epoll *ep = uk__posix_poll_epoll_create();

	for (int i = 0; i < FILES; i++) {
		fake_init(&files[i]);
		models[i] = (struct model){ .there = false };
	}
	for (int step = 0; step < 30000; step++) {
		int i = (int)uk_test_random_below(FILES);

		switch (uk_test_random_below(4)) {
		case 0: random_ctl(ep, i); break;
		case 1: compare(ep); break;
		default: random_event(i);
		}
	}
	uk_file_put(&ep->file);
	for (int i = 0; i < FILES; i++)
		uk_file_put(&files[i].file);
}

/*
 * Several CPUs: one takes, the others make files ready, edge-triggered. Nothing is lost: what was
 * set is reported or still on the list.
 */
static struct uk_epoll *shared;
static uint32_t running;

static void producer(unsigned int cpu)
{
	for (int round = 0; round < 3000; round++)
		set(&files[(cpu * 3 + (unsigned int)round) % FILES], IN);
	uk_fetch_sub(&running, 1);
}

static void consumer(void)
{
	struct uk_epoll_event event[4];
	unsigned int n;
	uint32_t left;

	do {
		/* Before taking: what was set by the last of them is there then. */
		left = uk_load_acquire(&running);
		n = uk__posix_poll_epoll_take(shared, event, 4, true);
		for (unsigned int k = 0; k < n; k++)
			clear(&files[event[k].data - 100], IN);
	} while (n > 0 || left > 0);
}

static void play(unsigned int cpu, void *arg)
{
	(void)arg;
	if (cpu == 0)
		consumer();
	else
		producer(cpu);
}

UK_TEST(epoll, several_cpus)
{
	if (UK_CPUS_MAX == 1) {
		uk_test_skip("one CPU");
		return;
	}
	running = UK_CPUS_MAX - 1;
	shared = uk__posix_poll_epoll_create();
	for (int i = 0; i < FILES; i++) {
		fake_init(&files[i]);
		ctl(shared, ADD, i, &files[i], IN | ET);
	}
	uk_test_smp(play, NULL);
	for (int i = 0; i < FILES; i++)
		UK_EXPECT_EQ(files[i].ready, 0);
	uk_file_put(&shared->file);
	for (int i = 0; i < FILES; i++)
		uk_file_put(&files[i].file);
}

/* Files end while their set ends, on different CPUs. */
static void end(unsigned int cpu, void *arg)
{
	(void)arg;
	if (cpu == 0)
		uk_file_put(&shared->file);
	else
		for (unsigned int i = cpu - 1; i < FILES; i += UK_CPUS_MAX - 1)
			uk_file_put(&files[i].file);
}

UK_TEST(epoll, files_and_set_end_together)
{
	if (UK_CPUS_MAX == 1) {
		uk_test_skip("one CPU");
		return;
	}
	for (int round = 0; round < 200; round++) {
		shared = uk__posix_poll_epoll_create();
		for (int i = 0; i < FILES; i++) {
			fake_init(&files[i]);
			ctl(shared, ADD, i, &files[i], IN);
			set(&files[i], i % 2 ? IN : 0);
		}
		uk_test_smp(end, NULL);
		for (int i = 0; i < FILES; i++)
			UK_EXPECT(files[i].closed);
	}
}
