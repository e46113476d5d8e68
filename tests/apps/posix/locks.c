/* SPDX-License-Identifier: BSD-3-Clause */
/* Mutexes that check, that outlive their owners, that inherit; futexes by their call. */

#include "t.h"
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

/* linux/futex.h, which libc does not bring. */
enum {
	FUTEX_WAIT,
	FUTEX_WAKE,
	FUTEX_REQUEUE = 3,
	FUTEX_CMP_REQUEUE,
	FUTEX_WAKE_OP,
	FUTEX_LOCK_PI,
	FUTEX_UNLOCK_PI,
	FUTEX_TRYLOCK_PI,
	FUTEX_WAIT_BITSET,
	FUTEX_WAKE_BITSET,
	FUTEX_WAIT_REQUEUE_PI,
	FUTEX_CMP_REQUEUE_PI,
};
enum { OP_SET, OP_ADD, OP_OR, OP_ANDN, OP_XOR, OP_SHIFT = 8 };
enum { CMP_EQ, CMP_NE, CMP_LT, CMP_LE, CMP_GT, CMP_GE };

static int wake_op(int op, int operand, int compare, int with)
{
	return (int)((unsigned int)op << 28 | (unsigned int)compare << 24 |
		     ((unsigned int)operand & 0xfff) << 12 | ((unsigned int)with & 0xfff));
}

static pthread_mutex_t mutex;
static sem_t ready;

static void init_mutex(pthread_mutex_t *m, int type, int robust, int shared)
{
	pthread_mutexattr_t attr;

	CHECK(pthread_mutexattr_init(&attr) == 0);
	CHECK(pthread_mutexattr_settype(&attr, type) == 0);
	CHECK(pthread_mutexattr_setrobust(&attr, robust) == 0);
	CHECK(pthread_mutexattr_setpshared(&attr, shared) == 0);
	CHECK(pthread_mutex_init(m, &attr) == 0);
	pthread_mutexattr_destroy(&attr);
}

static pthread_t start(void *(*fn)(void *), void *arg)
{
	pthread_t thread;

	CHECK(pthread_create(&thread, NULL, fn, arg) == 0);
	return thread;
}

static void *unlock_what_is_not_mine(void *arg)
{
	CHECK(pthread_mutex_unlock(arg) == EPERM);
	CHECK(pthread_mutex_trylock(arg) == EBUSY);
	return arg;
}

static void misuse(void)
{
	init_mutex(&mutex, PTHREAD_MUTEX_ERRORCHECK, 0, 0);
	CHECK(pthread_mutex_unlock(&mutex) == EPERM);
	CHECK(pthread_mutex_lock(&mutex) == 0);
	CHECK(pthread_mutex_lock(&mutex) == EDEADLK);
	pthread_join(start(unlock_what_is_not_mine, &mutex), NULL);
	CHECK(pthread_mutex_unlock(&mutex) == 0);
	CHECK(pthread_mutex_unlock(&mutex) == EPERM);
	CHECK(pthread_mutex_destroy(&mutex) == 0);
	init_mutex(&mutex, PTHREAD_MUTEX_RECURSIVE, 0, 0);
	CHECK(pthread_mutex_lock(&mutex) == 0 && pthread_mutex_lock(&mutex) == 0);
	CHECK(pthread_mutex_unlock(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0);
	CHECK(pthread_mutex_unlock(&mutex) == EPERM);
	CHECK(pthread_mutex_destroy(&mutex) == 0);
}

static void *end_with_it(void *arg)
{
	CHECK(pthread_mutex_lock(&mutex) == 0);
	sem_post(&ready);
	if (arg)
		syscall(SYS_exit, 0);
	return NULL;
}

static void *be_cancelled_with_it(void *arg)
{
	CHECK(pthread_mutex_lock(&mutex) == 0);
	for (;;) {
		pthread_testcancel();
		sched_yield();
	}
	return arg;
}

/* The next one is told, and may mend what is guarded. */
static void mend(void)
{
	CHECK(pthread_mutex_lock(&mutex) == EOWNERDEAD);
	CHECK(pthread_mutex_consistent(&mutex) == 0);
	CHECK(pthread_mutex_consistent(&mutex) == EINVAL);
	CHECK(pthread_mutex_unlock(&mutex) == 0);
	CHECK(pthread_mutex_lock(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0);
}

static void owners_die(void)
{
	pthread_t thread;

	init_mutex(&mutex, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, 0);
	pthread_join(start(end_with_it, NULL), NULL);
	sem_wait(&ready);
	mend();
	thread = start(be_cancelled_with_it, NULL);
	CHECK(pthread_cancel(thread) == 0 && pthread_join(thread, NULL) == 0);
	/* It may have been cancelled before it had it. */
	if (pthread_mutex_trylock(&mutex) == EOWNERDEAD)
		CHECK(pthread_mutex_consistent(&mutex) == 0);
	CHECK(pthread_mutex_unlock(&mutex) == 0);
	CHECK(pthread_mutex_destroy(&mutex) == 0);
	/* Without libc: what the kernel does by the list. */
	init_mutex(&mutex, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_SHARED);
	thread = start(end_with_it, &mutex);
	sem_wait(&ready);
	mend();
}

#ifdef __GLIBC__ /* which wakes one alone */
#define WAIT 1
#else
#define WAIT 4
#endif

static int told;

static void *be_told(void *arg)
{
	sem_post(&ready);
	int err = pthread_mutex_lock(&mutex);

	__atomic_fetch_add(&told, err == ENOTRECOVERABLE, __ATOMIC_SEQ_CST);
	return arg;
}

/* Nobody mended it: all who wait are told that nobody can. */
static void not_recoverable(void)
{
	pthread_t thread[WAIT];

	init_mutex(&mutex, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, 0);
	pthread_join(start(end_with_it, NULL), NULL);
	sem_wait(&ready);
	CHECK(pthread_mutex_lock(&mutex) == EOWNERDEAD);
	for (int i = 0; i < WAIT; i++)
		thread[i] = start(be_told, NULL);
	for (int i = 0; i < WAIT; i++)
		sem_wait(&ready);
	usleep(20000);
	CHECK(pthread_mutex_unlock(&mutex) == 0);
	for (int i = 0; i < WAIT; i++)
		pthread_join(thread[i], NULL);
	CHECK(told == WAIT);
	CHECK(pthread_mutex_lock(&mutex) == ENOTRECOVERABLE);
	CHECK(pthread_mutex_destroy(&mutex) == 0);
}

static long futex(int *word, int op, int value, long timeout, int *other, int third)
{
	return syscall(SYS_futex, word, op, value, timeout, other, third);
}

static int word, other;

static void *wait_at(void *arg)
{
	sem_post(&ready);
	while (__atomic_load_n((int *)arg, __ATOMIC_SEQ_CST) == 0)
		futex(arg, FUTEX_WAIT, 0, 0, NULL, 0);
	return arg;
}

/* Until so many stand there: asked for by moving them to where they are. */
static void wait_for_waiters(int *at, int n)
{
	while (futex(at, FUTEX_CMP_REQUEUE, 0, INT_MAX, at, *at) != n)
		sched_yield();
}

static void futexes(void)
{
	pthread_t thread[3];

	word = other = 0;
	FAILS(futex(&word, FUTEX_WAKE_BITSET, 1, 0, NULL, 0), EINVAL);
	FAILS(futex(&word, FUTEX_WAIT_BITSET, 0, 0, NULL, 0), EINVAL);
	FAILS(futex(&word, FUTEX_CMP_REQUEUE, 1, 1, &other, 7), EAGAIN);
	FAILS(futex(&word, FUTEX_CMP_REQUEUE, -1, 1, &other, 0), EINVAL);
	FAILS(futex(&word, FUTEX_REQUEUE, 1, -1, &other, 0), EINVAL);
	FAILS(futex(&word, FUTEX_WAIT_BITSET, 0, 0, NULL, 0), EINVAL);
	FAILS(futex(&word, 77, 0, 0, NULL, 0), ENOSYS);
	for (int i = 0; i < 3; i++)
		thread[i] = start(wait_at, &word);
	for (int i = 0; i < 3; i++)
		sem_wait(&ready);
	wait_for_waiters(&word, 3);
	CHECK(futex(&word, FUTEX_CMP_REQUEUE, 0, 2, &other, 0) == 2);
	wait_for_waiters(&word, 1);
	wait_for_waiters(&other, 2);
	/* word = 5; it was 0: both words. */
	word = 0;
	CHECK(futex(&other, FUTEX_WAKE_OP, 1, 1, &word, wake_op(OP_SET, 5, CMP_EQ, 0)) == 2);
	CHECK(word == 5);
	CHECK(futex(&other, FUTEX_WAKE, INT_MAX, 0, NULL, 0) == 1);
	for (int i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
}

static void operations(void)
{
	static const struct {
		int op, operand, compare, with, before, after;
	} cases[] = {
		{ OP_ADD, 3, CMP_NE, 10, 10, 13 }, { OP_ADD, -1, CMP_GE, 10, 10, 9 },
		{ OP_OR, 6, CMP_LT, -1, 9, 15 },   { OP_ANDN, 5, CMP_LE, 7, 7, 2 },
		{ OP_XOR, 3, CMP_GT, 5, 6, 5 },    { OP_OR | OP_SHIFT, 4, CMP_EQ, 1, 1, 17 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int code = wake_op(cases[i].op, cases[i].operand, cases[i].compare, cases[i].with);

		other = cases[i].before;
		CHECK(futex(&word, FUTEX_WAKE_OP, 1, 1, &other, code) == 0);
		CHECK(other == cases[i].after);
	}
	FAILS(futex(&word, FUTEX_WAKE_OP, 1, 1, &other, 7 << 28), ENOSYS);
}

/* Whether there is inheritance at all; without it the program is told so. */
static bool inherits(pthread_mutexattr_t *attr)
{
	int err;

	CHECK(pthread_mutexattr_init(attr) == 0);
	err = pthread_mutexattr_setprotocol(attr, PTHREAD_PRIO_INHERIT);
	CHECK(err == 0 || err == ENOSYS);
	return err == 0;
}

static void words_of_owners(void)
{
	pthread_mutexattr_t attr;
	struct timespec past = { 0 };
	int tid = (int)syscall(SYS_gettid);

	if (!inherits(&attr)) {
		FAILS(futex(&word, FUTEX_LOCK_PI, 0, 0, NULL, 0), ENOSYS);
		return;
	}
	word = 0;
	FAILS(futex(&word, FUTEX_UNLOCK_PI, 0, 0, NULL, 0), EPERM);
	CHECK(futex(&word, FUTEX_LOCK_PI, 0, 0, NULL, 0) == 0 && word == tid);
	FAILS(futex(&word, FUTEX_LOCK_PI, 0, 0, NULL, 0), EDEADLK);
	FAILS(futex(&word, FUTEX_TRYLOCK_PI, 0, 0, NULL, 0), EDEADLK);
	CHECK(futex(&word, FUTEX_UNLOCK_PI, 0, 0, NULL, 0) == 0 && word == 0);
	CHECK(futex(&word, FUTEX_TRYLOCK_PI, 0, 0, NULL, 0) == 0 && word == tid);
	CHECK(futex(&word, FUTEX_UNLOCK_PI, 0, 0, NULL, 0) == 0);
	word = 99999999; /* nobody */
	FAILS(futex(&word, FUTEX_LOCK_PI, 0, (long)&past, NULL, 0), ESRCH);
	word = 0;
}

/* A page of a file that is copied when it is written, or of memory; nobody has touched it. */
static int *fresh(int fd, int prot)
{
	void *p = mmap(NULL, 4096, prot, MAP_PRIVATE | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

/* The word is looked at and changed under a spinlock, where nothing can come. */
static void words_of_fresh_pages(int fd)
{
	int code = wake_op(OP_ADD, 3, CMP_EQ, 0), *at = fresh(fd, PROT_READ | PROT_WRITE);
	int *sealed = fresh(-1, PROT_READ);
	pthread_mutexattr_t attr;

	CHECK(futex(&word, FUTEX_WAKE_OP, 1, 1, at, code) == 0 && at[0] == 3);
	if (memory_on_demand())
		FAILS(futex(&word, FUTEX_WAKE_OP, 1, 1, sealed, code), EFAULT);
	CHECK(munmap(at, 4096) == 0);
	at = fresh(fd, PROT_READ | PROT_WRITE);
	CHECK(futex(at, FUTEX_CMP_REQUEUE, 1, 1, &other, 0) == 0);
	FAILS(futex(at, FUTEX_CMP_REQUEUE, 1, 1, &other, 1), EAGAIN);
	CHECK(munmap(at, 4096) == 0);
	if (!inherits(&attr))
		return;
	at = fresh(fd, PROT_READ | PROT_WRITE);
	CHECK(futex(at, FUTEX_LOCK_PI, 0, 0, NULL, 0) == 0);
	CHECK(at[0] == (int)syscall(SYS_gettid));
	CHECK(futex(at, FUTEX_UNLOCK_PI, 0, 0, NULL, 0) == 0 && at[0] == 0);
	CHECK(munmap(at, 4096) == 0);
	at = fresh(fd, PROT_READ | PROT_WRITE);
	FAILS(futex(at, FUTEX_UNLOCK_PI, 0, 0, NULL, 0), EPERM);
	CHECK(munmap(at, 4096) == 0 && munmap(sealed, 4096) == 0);
}

static void fresh_pages(void)
{
	int fd = memfd_create("words", 0);

	CHECK(fd >= 0 && ftruncate(fd, 4096) == 0);
	words_of_fresh_pages(-1);
	words_of_fresh_pages(fd);
	close(fd);
}

static pthread_mutex_t outer, inner;
static sem_t held;
static char order[16];
static int steps;

static void note(char what)
{
	order[__atomic_fetch_add(&steps, 1, __ATOMIC_SEQ_CST) % 15] = what;
}

static void *low(void *arg)
{
	pthread_mutex_lock(&inner);
	sem_post(&held);
	note('l');
	pthread_mutex_unlock(&inner);
	note('L');
	return arg;
}

static void *between(void *arg)
{
	pthread_mutex_lock(&outer);
	sem_post(&held);
	pthread_mutex_lock(&inner);
	note('b');
	pthread_mutex_unlock(&inner);
	pthread_mutex_unlock(&outer);
	note('B');
	return arg;
}

static void *middle(void *arg)
{
	note('m');
	return arg;
}

static void *high(void *arg)
{
	pthread_mutex_lock(&outer);
	note('h');
	pthread_mutex_unlock(&outer);
	note('H');
	return arg;
}

static pthread_t start_at(int level, void *(*fn)(void *))
{
	struct sched_param param = { .sched_priority = level };
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &param);
	CHECK(pthread_create(&thread, &attr, fn, NULL) == 0);
	pthread_attr_destroy(&attr);
	return thread;
}

/* On one CPU; false: it may not, or there is one level alone. */
static bool become_urgent(cpu_set_t *before)
{
	struct sched_param param = { .sched_priority = 50 };
	cpu_set_t one;
	int cpu = 0;

	if (sched_getaffinity(0, sizeof(*before), before) ||
	    pthread_setschedparam(pthread_self(), SCHED_FIFO, &param))
		return false;
	while (!CPU_ISSET(cpu, before))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	CHECK(sched_setaffinity(0, sizeof(one), &one) == 0);
	return true;
}

static void become_usual(const cpu_set_t *before)
{
	struct sched_param param = { 0 };

	CHECK(pthread_setschedparam(pthread_self(), SCHED_OTHER, &param) == 0);
	CHECK(sched_setaffinity(0, sizeof(*before), before) == 0);
}

/* The highest waits for one who waits for the lowest: both run before the one in the middle. */
static void inversion(void)
{
	pthread_mutexattr_t attr;
	pthread_t thread[4];
	cpu_set_t cpus;

	if (!inherits(&attr) || !become_urgent(&cpus))
		return;
	CHECK(pthread_mutex_init(&outer, &attr) == 0 && pthread_mutex_init(&inner, &attr) == 0);
	sem_init(&held, 0, 0);
	thread[0] = start_at(10, low);
	sem_wait(&held);
	thread[1] = start_at(15, between);
	sem_wait(&held);
	thread[2] = start_at(30, high);
	thread[3] = start_at(20, middle);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	become_usual(&cpus);
	CHECK(strcmp(order, "lbhHmBL") == 0);
	CHECK(pthread_mutex_destroy(&outer) == 0 && pthread_mutex_destroy(&inner) == 0);
}

static void *wait_to_note(void *arg)
{
	sem_wait(&held);
	note((char)('0' + (long)arg));
	return arg;
}

/* Of those that wait the first level is next, then the longest waiting. */
static void in_the_order_of_levels(void)
{
	static const int levels[] = { 11, 13, 12, 13 };
	pthread_t thread[4];
	cpu_set_t cpus;

	if (!become_urgent(&cpus))
		return;
	sem_init(&held, 0, 0);
	steps = 0;
	memset(order, 0, sizeof(order));
	for (int i = 0; i < 4; i++) {
		struct sched_param param = { .sched_priority = levels[i] };

		thread[i] = start(wait_to_note, (void *)(long)i);
		CHECK(pthread_setschedparam(thread[i], SCHED_FIFO, &param) == 0);
		usleep(1000);
	}
	for (int i = 0; i < 4; i++)
		sem_post(&held);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	become_usual(&cpus);
	CHECK(strcmp(order, "1320") == 0);
}

static pthread_mutex_t cross[2];

#ifndef __GLIBC__ /* which ends the program */
/* What the kernel does not have, and says so. */
static void not_there(void)
{
	FAILS(futex(&word, FUTEX_WAIT_REQUEUE_PI, 0, 0, &other, 0), ENOSYS);
	FAILS(futex(&word, FUTEX_CMP_REQUEUE_PI, 1, 1, &other, 0), ENOSYS);
}

static void *take_both(void *arg)
{
	int first = arg != NULL, err;

	pthread_mutex_lock(&cross[first]);
	sem_post(&ready);
	sem_wait(&held);
	err = pthread_mutex_lock(&cross[!first]);
	__atomic_fetch_add(&told, err == EDEADLK, __ATOMIC_SEQ_CST);
	if (err == 0)
		pthread_mutex_unlock(&cross[!first]);
	pthread_mutex_unlock(&cross[first]);
	return arg;
}

/* Each has what the other wants: one of them is told. */
static void circle(void)
{
	pthread_mutexattr_t attr;
	pthread_t thread[2];

	if (!inherits(&attr))
		return;
	CHECK(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK) == 0);
	CHECK(pthread_mutex_init(&cross[0], &attr) == 0);
	CHECK(pthread_mutex_init(&cross[1], &attr) == 0);
	sem_init(&held, 0, 0);
	told = 0;
	thread[0] = start(take_both, NULL);
	thread[1] = start(take_both, cross);
	sem_wait(&ready);
	sem_wait(&ready);
	sem_post(&held);
	sem_post(&held);
	pthread_join(thread[0], NULL);
	pthread_join(thread[1], NULL);
	CHECK(told == 1);
}
#else
static void not_there(void)
{
}

static void circle(void)
{
	(void)cross;
}
#endif

static long sum;

static void *add(void *arg)
{
	for (int i = 0; i < 500; i++) {
		int err = i % 3 ? EBUSY : pthread_mutex_trylock(arg);

		if (err == EBUSY)
			err = pthread_mutex_lock(arg);
		if (err == EOWNERDEAD)
			pthread_mutex_consistent(arg);
		sum++;
		if (i == 499)
			break; /* the thread ends with it */
		pthread_mutex_unlock(arg);
	}
	return NULL;
}

/* Robust and inheriting: each ends with the lock, and all get it. */
static void robust_inheriting(void)
{
	pthread_mutexattr_t attr;
	pthread_t thread[6];

	if (!inherits(&attr))
		return;
	CHECK(pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST) == 0);
	CHECK(pthread_mutex_init(&mutex, &attr) == 0);
	sum = 0;
	for (int i = 0; i < 6; i++)
		thread[i] = start(add, &mutex);
	for (int i = 0; i < 6; i++)
		pthread_join(thread[i], NULL);
	CHECK(sum == 3000);
	CHECK(pthread_mutex_lock(&mutex) == EOWNERDEAD);
	CHECK(pthread_mutex_consistent(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0);
	CHECK(pthread_mutex_destroy(&mutex) == 0);
}

void test_locks(void)
{
	void *head;
	size_t size = 0;

	sem_init(&ready, 0, 0);
	misuse();
	owners_die();
	not_recoverable();
	futexes();
	operations();
	words_of_owners();
	fresh_pages();
	not_there();
	inversion();
	in_the_order_of_levels();
	circle();
	robust_inheriting();
	CHECK(syscall(SYS_get_robust_list, 0, &head, &size) == 0 && size == 24);
	FAILS(syscall(SYS_get_robust_list, 99999999, &head, &size), ESRCH);
	FAILS(syscall(SYS_set_robust_list, NULL, 7), EINVAL);
}
