/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Locks of FUTEX_LOCK_PI and robust lists between CPUs; each host thread is a CPU with one thread,
 * and what the library finds of threads is here.
 */

#include "../futex.h"
#include "../proc.h"
#include <uk/abi/time.h>
#include <uk/atomic.h>
#include <uk/clock.h>
#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/pi.h>
#include <uk/proc.h>
#include <uk/string.h>
#include <uk/syscall.h>
#include <uk/test.h>
#include <uk/thread.h>

#define ROUNDS 500

long uk_sys_set_robust_list(UK_SYS_PROTO);
long uk_sys_get_robust_list(UK_SYS_PROTO);

static struct uk_thread threads[UK_CPUS_MAX];
static struct uk_proc_thread procs[UK_CPUS_MAX]; /* the first one is threads[0]'s */
static uint32_t last_tid;

struct uk_proc_thread *uk__posix_proc_first(void)
{
	return &procs[0];
}

struct uk_proc_thread *uk__posix_proc_self(void)
{
	return uk_thread_self()->owner_data;
}

int uk__posix_proc_tid(const struct uk_thread *thread)
{
	return uk_load(&((const struct uk_proc_thread *)thread->owner_data)->tid);
}

int uk_posix_proc_with(int tid, void (*fn)(struct uk_thread *thread, void *arg), void *arg)
{
	for (unsigned int i = 0; i < UK_CPUS_MAX; i++) {
		if (threads[i].owner_data && uk_load(&procs[i].tid) == tid) {
			fn(&threads[i], arg);
			return 0;
		}
	}
	return -ESRCH;
}

/* The CPU's thread begins, as a new one. */
static void begin(unsigned int cpu)
{
	uk_irqflags_t flags = uk_pi_lock();

	uk_store(&procs[cpu].tid, (int32_t)uk_fetch_add(&last_tid, 1u) + 1);
	procs[cpu].ended = false;
	procs[cpu].robust = 0;
	uk_pi_unlock(flags);
	uk_cpu_thread_set(&threads[cpu]);
}

static void reset(void)
{
	memset(threads, 0, sizeof(threads));
	memset(procs, 0, sizeof(procs));
	last_tid = 0;
	for (unsigned int i = 0; i < UK_CPUS_MAX; i++)
		threads[i].owner_data = &procs[i];
	begin(0);
}

static struct {
	int32_t word;
	unsigned long sum; /* plain: TSan sees if the lock does not exclude */
	unsigned int died;
} guarded;

/* As libc does: the kernel only where the word is not as expected. */
static void lock(void)
{
	int32_t free = 0;

	if (uk_compare_exchange(&guarded.word, &free, uk__posix_proc_self()->tid))
		return;
	UK_EXPECT_EQ(uk__posix_proc_futex_lock_pi(&guarded.word, UK_NSEC_NEVER, false), 0);
}

static void unlock(void)
{
	int32_t mine = uk__posix_proc_self()->tid;

	if (!uk_compare_exchange(&guarded.word, &mine, 0))
		UK_EXPECT_EQ(uk__posix_proc_futex_unlock_pi(&guarded.word), 0);
}

static void add(unsigned int cpu, void *unused)
{
	(void)unused;
	begin(cpu);
	for (int i = 0; i < ROUNDS; i++) {
		if (i % 7 != 0 ||
		    uk__posix_proc_futex_lock_pi(&guarded.word, UK_NSEC_NEVER, true) != 0)
			lock();
		guarded.sum++;
		/* So that others come meanwhile. */
		if (i % 8 == 0)
			uk_thread_yield();
		unlock();
	}
}

UK_TEST(futex_pi, excludes)
{
	reset();
	guarded.word = 0;
	guarded.sum = 0;
	uk_test_smp(add, NULL);
	UK_EXPECT_EQ(guarded.sum, ROUNDS * UK_CPUS_MAX);
	UK_EXPECT_EQ(guarded.word, 0);
}

/* Some give up waiting; who has the lock has it all the same. */
static void add_impatiently(unsigned int cpu, void *unused)
{
	(void)unused;
	begin(cpu);
	for (int i = 0; i < ROUNDS; i++) {
		uk_nsec_t soon = uk_clock_now() + (i % 5) * 1000;
		long err = uk__posix_proc_futex_lock_pi(&guarded.word, soon, false);

		UK_EXPECT(err == 0 || err == -ETIMEDOUT);
		if (err)
			lock();
		guarded.sum++;
		unlock();
	}
}

UK_TEST(futex_pi, gives_up_in_time)
{
	reset();
	guarded.word = 0;
	guarded.sum = 0;
	uk_test_smp(add_impatiently, NULL);
	UK_EXPECT_EQ(guarded.sum, ROUNDS * UK_CPUS_MAX);
	UK_EXPECT_EQ(guarded.word, 0);
}

struct robust {
	struct uk_robust_list_head head;
	uintptr_t next;
};

/* The thread ends with the lock, marked by itself as libc does it, by its list, or not at all. */
static void die(unsigned int cpu, int how)
{
	/* As in libc's: the word is so far from its entry. */
	struct robust r = { .next = (uintptr_t)&r.head };

	r.head.first = (uintptr_t)&r.next;
	r.head.offset = (int64_t)((uintptr_t)&guarded.word - (uintptr_t)&r.next);
	if (how == 0)
		uk_sys_set_robust_list((long)&r.head, sizeof(r.head), 0, 0, 0, 0);
	else if (how == 1)
		uk_store_release(&guarded.word, UK_FUTEX_OWNER_DIED);
	uk__posix_proc_robust_exit();
	uk__posix_proc_futex_exit();
	begin(cpu);
}

static void add_and_die(unsigned int cpu, void *unused)
{
	(void)unused;
	begin(cpu);
	for (int i = 0; i < ROUNDS; i++) {
		lock();
		if (uk_load(&guarded.word) & UK_FUTEX_OWNER_DIED) {
			uk_fetch_and(&guarded.word, ~UK_FUTEX_OWNER_DIED);
			guarded.died--;
		}
		guarded.sum++;
		if (i % 5 == 4) {
			guarded.died++;
			die(cpu, i % 2);
		} else {
			unlock();
		}
	}
}

UK_TEST(futex_pi, dead_owners_are_told_of)
{
	reset();
	guarded.word = 0;
	guarded.sum = 0;
	guarded.died = 0;
	uk_test_smp(add_and_die, NULL);
	UK_EXPECT_EQ(guarded.sum, ROUNDS * UK_CPUS_MAX);
	/* The last one may not have been seen. */
	UK_EXPECT(guarded.died == (guarded.word == UK_FUTEX_OWNER_DIED));
}

UK_TEST(futex_pi, says_why_not)
{
	int32_t word = 0, self;

	reset();
	self = procs[0].tid;
	UK_EXPECT_EQ(uk__posix_proc_futex_unlock_pi(&word), -EPERM);
	UK_EXPECT_EQ(uk__posix_proc_futex_lock_pi(&word, UK_NSEC_NEVER, false), 0);
	UK_EXPECT_EQ(word, self);
	UK_EXPECT_EQ(uk__posix_proc_futex_lock_pi(&word, UK_NSEC_NEVER, false), -EDEADLK);
	UK_EXPECT_EQ(uk__posix_proc_futex_lock_pi(&word, UK_NSEC_NEVER, true), -EDEADLK);
	UK_EXPECT_EQ(uk__posix_proc_futex_unlock_pi(&word), 0);
	UK_EXPECT_EQ(word, 0);
	/* Of a thread that there is not. */
	word = 12345;
	UK_EXPECT_EQ(uk__posix_proc_futex_lock_pi(&word, UK_NSEC_NEVER, false), -ESRCH);
	UK_EXPECT_EQ(uk__posix_proc_futex_lock_pi(&word, UK_NSEC_NEVER, true), -EAGAIN);
	UK_EXPECT_EQ(uk__posix_proc_futex_unlock_pi(&word), -EPERM);
	word = UK_FUTEX_OWNER_DIED;
	UK_EXPECT_EQ(uk__posix_proc_futex_lock_pi(&word, UK_NSEC_NEVER, false), 0);
	UK_EXPECT_EQ(word, self | UK_FUTEX_OWNER_DIED);
	UK_EXPECT_EQ(uk__posix_proc_futex_lock_pi((int32_t *)4, UK_NSEC_NEVER, false), -EFAULT);
	UK_EXPECT_EQ(uk__posix_proc_futex_unlock_pi((int32_t *)4), -EFAULT);
}

#define LONG (UK_ROBUST_LIST_LIMIT + 100)

/* Locks, each with its entry before it, as in a process-shared mutex. */
static struct {
	uintptr_t next;
	int32_t word;
} list[LONG];

static void chain(struct uk_robust_list_head *head, int n)
{
	memset(list, 0, sizeof(list));
	for (int i = 0; i < n; i++) {
		list[i].next = i + 1 < n ? (uintptr_t)&list[i + 1].next : (uintptr_t)head;
		list[i].word = procs[0].tid;
	}
	*head = (struct uk_robust_list_head){ .first = (uintptr_t)&list[0].next,
					      .offset = sizeof(uintptr_t) };
	uk_sys_set_robust_list((long)head, sizeof(*head), 0, 0, 0, 0);
}

UK_TEST(robust, marks_what_is_its_own)
{
	struct uk_robust_list_head head;
	uintptr_t told = 0;
	size_t size = 0;

	reset();
	chain(&head, 4);
	list[1].word = procs[0].tid | UK_FUTEX_WAITERS;
	list[2].word = 4711;
	head.pending = (uintptr_t)&list[3].next;
	UK_EXPECT_EQ(uk_sys_get_robust_list(procs[0].tid, (long)&told, (long)&size, 0, 0, 0), 0);
	UK_EXPECT(told == (uintptr_t)&head && size == sizeof(head));
	UK_EXPECT_EQ(uk_sys_get_robust_list(4711, (long)&told, (long)&size, 0, 0, 0), -ESRCH);
	UK_EXPECT_EQ(uk_sys_set_robust_list((long)&head, 8, 0, 0, 0, 0), -EINVAL);
	uk__posix_proc_robust_exit();
	UK_EXPECT_EQ(list[0].word, UK_FUTEX_OWNER_DIED);
	UK_EXPECT_EQ(list[1].word, UK_FUTEX_OWNER_DIED | UK_FUTEX_WAITERS);
	UK_EXPECT_EQ(list[2].word, 4711);
	UK_EXPECT_EQ(list[3].word, UK_FUTEX_OWNER_DIED);
}

UK_TEST(robust, ends_whatever_the_list_is)
{
	struct uk_robust_list_head head;

	reset();
	chain(&head, LONG);
	uk__posix_proc_robust_exit();
	UK_EXPECT_EQ(list[UK_ROBUST_LIST_LIMIT - 1].word, UK_FUTEX_OWNER_DIED);
	UK_EXPECT_EQ(list[LONG - 1].word, procs[0].tid);
	/* A circle that does not come back; an entry that is nowhere; a lock that is nowhere. */
	chain(&head, 4);
	list[3].next = (uintptr_t)&list[1].next;
	uk__posix_proc_robust_exit();
	UK_EXPECT_EQ(list[3].word, UK_FUTEX_OWNER_DIED);
	chain(&head, 4);
	list[1].next = 8;
	uk__posix_proc_robust_exit();
	UK_EXPECT_EQ(list[1].word, UK_FUTEX_OWNER_DIED);
	UK_EXPECT_EQ(list[2].word, procs[0].tid);
	chain(&head, 1);
	head.offset = 16 - (int64_t)(uintptr_t)&list[0].next;
	uk__posix_proc_robust_exit();
	uk_sys_set_robust_list(16, sizeof(head), 0, 0, 0, 0);
	uk__posix_proc_robust_exit();
}
