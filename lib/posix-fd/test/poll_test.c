/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/errno.h>
#include <uk/file.h>
#include <uk/string.h>
#include <uk/test.h>

struct probe {
	struct uk_poll_waiter waiter;
	unsigned int calls;
	uint32_t events;
};

static void note(struct uk_poll_waiter *waiter, uint32_t events)
{
	struct probe *p = UK_CONTAINER_OF(waiter, struct probe, waiter);

	p->calls++;
	p->events |= events;
}

UK_TEST(poll, wake_reaches_all_that_are_attached)
{
	struct uk_poll_source source;
	struct probe a = { .waiter.wake = note }, b = { .waiter.wake = note };

	uk_poll_source_init(&source);
	uk_poll_wake(&source, UK_POLLIN);
	uk_poll_attach(&source, &a.waiter);
	uk_poll_attach(&source, &b.waiter);
	uk_poll_wake(&source, UK_POLLIN);
	uk_poll_detach(&source, &a.waiter);
	uk_poll_wake(&source, UK_POLLOUT);
	uk_poll_detach(&source, &b.waiter);
	uk_poll_wake(&source, UK_POLLHUP);
	UK_EXPECT(a.calls == 1 && a.events == UK_POLLIN);
	UK_EXPECT(b.calls == 2 && b.events == (UK_POLLIN | UK_POLLOUT));
}

UK_TEST(poll, entry_fires_for_its_events)
{
	struct uk_poll_source source;
	struct uk_poll_sleeper sleeper;
	struct uk_poll_entry entry;

	uk_poll_source_init(&source);
	uk_poll_sleeper_init(&sleeper);
	uk_poll_entry_init(&entry, &sleeper, UK_POLLRDNORM);
	uk_poll_attach(&source, &entry.waiter);
	uk_poll_wake(&source, UK_POLLOUT);
	UK_EXPECT_EQ(sleeper.fired, 0);
	uk_poll_wake(&source, UK_POLLIN);
	UK_EXPECT(sleeper.fired != 0);
	UK_EXPECT_EQ(uk_poll_sleep(&sleeper, UK_NSEC_NEVER), 0); /* does not sleep */
	UK_EXPECT_EQ(sleeper.fired, 0);
	uk_poll_wake(&source, UK_POLLHUP);
	UK_EXPECT(sleeper.fired != 0);
	uk_poll_detach(&source, &entry.waiter);
}

struct work {
	struct uk_poll_pump pump;
	unsigned int runs;
	unsigned int kicks; /* so often there is new work while it runs */
	struct uk_poll_source *wakes;
};

static void run(struct uk_poll_pump *pump)
{
	struct work *w = UK_CONTAINER_OF(pump, struct work, pump);

	w->runs++;
	if (w->wakes)
		uk_poll_wake(w->wakes, UK_POLLIN);
	if (w->kicks > 0) {
		w->kicks--;
		UK_EXPECT(uk_poll_pump_kick(pump));
	}
}

/* For ever on the list, as pumps are. */
static struct work work = { .pump.run = run };

UK_TEST(poll, pump_runs_when_kicked)
{
	struct uk_poll_source source;
	struct uk_poll_sleeper sleeper;
	struct uk_poll_entry entry;

	uk_poll_source_init(&source);
	uk_poll_pump_register(&work.pump);
	uk_poll_pumps_run();
	UK_EXPECT_EQ(work.runs, 0);
	UK_EXPECT(!uk_poll_pump_kick(&work.pump)); /* nobody waits */
	uk_poll_pumps_run();
	uk_poll_pumps_run();
	UK_EXPECT_EQ(work.runs, 1);

	/* A sleeper runs it, and what it does wakes the sleeper. */
	uk_poll_pump_kick(&work.pump);
	work.wakes = &source;
	uk_poll_sleeper_init(&sleeper);
	uk_poll_entry_init(&entry, &sleeper, UK_POLLIN);
	uk_poll_attach(&source, &entry.waiter);
	UK_EXPECT_EQ(uk_poll_sleep(&sleeper, UK_NSEC_NEVER), 0);
	UK_EXPECT_EQ(work.runs, 2);

	/* Who was told that there is work does it, also if it may go on itself. */
	work.kicks = 1;
	uk_poll_pump_kick(&work.pump);
	UK_EXPECT_EQ(uk_poll_sleep(&sleeper, UK_NSEC_NEVER), 0);
	UK_EXPECT_EQ(work.runs, 4);
	uk_poll_detach(&source, &entry.waiter);
	work.wakes = NULL;
}

/* A file whose reads and writes do a few bytes at a time. */
struct slow {
	struct uk_file file;
	long give[4];
	unsigned int calls;
};

static long slow_write(struct uk_file *file, struct uk_file_iter *from, int64_t offset)
{
	struct slow *s = UK_CONTAINER_OF(file, struct slow, file);
	char sink[16];
	long n = s->give[s->calls++];

	(void)offset;
	return n > 0 ? uk_file_iter_get(from, sink, (size_t)n) : n;
}

static const struct uk_file_ops slow_ops = { .write = slow_write };

UK_TEST(poll, write_goes_on_until_done_or_error)
{
	static const char text[] = "0123456789";
	struct slow s = { .give = { 3, 4, 3 } };
	struct uk_file_iter it;

	uk_file_init(&s.file, &slow_ops, UK_O_RDWR | UK_O_NONBLOCK);
	uk_file_iter_buffer(&it, text, 10);
	UK_EXPECT_EQ(uk_file_write(&s.file, &it, UK_FILE_OWN_POS), 10);

	s = (struct slow){ .file = s.file, .give = { 3, -EAGAIN } };
	uk_file_iter_buffer(&it, text, 10);
	UK_EXPECT_EQ(uk_file_write(&s.file, &it, UK_FILE_OWN_POS), 3);

	s = (struct slow){ .file = s.file, .give = { -EIO } }; /* EPIPE would end the guest */
	uk_file_iter_buffer(&it, text, 10);
	UK_EXPECT_EQ(uk_file_write(&s.file, &it, UK_FILE_OWN_POS), -EIO);
	UK_EXPECT_EQ(uk_file_read(&s.file, &it, UK_FILE_OWN_POS), -EINVAL); /* as from epoll */
	s.file.flags = UK_O_WRONLY;
	UK_EXPECT_EQ(uk_file_read(&s.file, &it, UK_FILE_OWN_POS), -EBADF);
}
