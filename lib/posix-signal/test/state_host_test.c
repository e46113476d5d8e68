/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads on several CPUs that send, block, claim and take: nothing is lost, nothing is taken
 * twice, and TSan sees who writes what. The host's other libraries have no interruptible waits:
 * here an interrupt is the word that it sets.
 */

#undef CONFIG_THREAD_INTERRUPT
#define CONFIG_THREAD_INTERRUPT 1
#include "../state.c"

#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/test.h>

#define ROUNDS 400
#define RT     UK_SIG_RT_MIN

static struct uk_thread threads[UK_CPUS_MAX];
static struct uk_signal_thread states[UK_CPUS_MAX];
static uint32_t sent, taken, told;
static uint32_t running;

void uk_thread_interrupt(struct uk_thread *thread)
{
	uk_store(&thread->interrupted, 1);
	uk_fetch_add(&told, 1);
}

void uk__posix_signal_show(const struct uk_signal_info *info, struct uk_siginfo *out)
{
	out->signo = info->signo;
	out->value = info->value;
}

static void send_one(struct uk_signal_thread *to, int sig, uint64_t value)
{
	struct uk_signal_info info = { .signo = sig, .code = UK_SI_QUEUE, .value = value };
	uk_irqflags_t flags = uk__posix_signal_lock();
	int err = uk__posix_signal_post(to, &info);

	uk__posix_signal_unlock(flags);
	if (err == 0)
		uk_fetch_add(&sent, 1);
}

static void take_all(void)
{
	struct uk_siginfo info;

	while (uk_signal_take(~0ull, &info)) {
		UK_EXPECT(info.signo >= RT && info.signo < RT + 8);
		uk_fetch_add(&taken, 1);
	}
}

static void block(struct uk_signal_thread *self, uint64_t set)
{
	uk_irqflags_t flags = uk__posix_signal_lock();

	uk__posix_signal_set_mask(self, set);
	uk__posix_signal_unlock(flags);
}

static void work(unsigned int cpu, void *arg)
{
	struct uk_signal_thread *self = &states[cpu];

	(void)arg;
	uk_cpu_thread_set(&threads[cpu]);
	uk_signal_thread_add(self, (int32_t)cpu + 100);
	uk_signal_thread_run(self);
	uk_fetch_add(&running, 1);
	for (uint64_t i = 0; i < ROUNDS; i++) {
		send_one(NULL, RT + (int)(i % 8), i);
		send_one(self, RT + (int)(i % 8), i);
		block(self, i % 3 == 0 ? ~0ull : i);
		if (uk_load(&threads[cpu].interrupted))
			uk_signal_claim();
		if (uk_signal_pending(~0ull))
			take_all();
	}
	block(self, 0);
	take_all();
	/* The last one takes what is left of the process's; its own each has taken. */
	if (uk_fetch_sub(&running, 1) == 1)
		take_all();
	uk_signal_thread_end();
	uk_cpu_thread_set(NULL);
}

UK_TEST(posix_signal, several_cpus)
{
	uint64_t bit = UK_SIGNAL_BIT(RT) - 1;

	/* Actions that are handlers: none of these is ignored or ends anything. */
	for (int sig = 1; sig <= UK_NSIG; sig++)
		uk__posix_signals.action[sig - 1].handler = 0x1000;
	sent = taken = told = running = 0;
	uk_test_smp(work, NULL);
	take_all();
	UK_EXPECT(sent >= ROUNDS);
	UK_EXPECT_EQ(sent, taken);
	UK_EXPECT(told > 0);
	UK_EXPECT_EQ(uk__posix_signals.pending.set & ~bit, 0);
	UK_EXPECT(uk_list_empty(&uk__posix_signals.threads));
}

/* A signal of the process is told to one thread that can have it; who blocks it hands it on. */
UK_TEST(posix_signal, one_is_told_and_hands_it_on)
{
	static struct uk_signal_thread a, b;
	static struct uk_thread one, other;

	uk_cpu_thread_set(&one);
	uk_signal_thread_add(&a, 1);
	uk_signal_thread_run(&a);
	uk_cpu_thread_set(&other);
	uk_signal_thread_add(&b, 2);
	uk_signal_thread_run(&b);
	uk__posix_signals.action[UK_SIGUSR1 - 1].handler = 0x1000;
	uk_signal_send(UK_SIGUSR1, UK_SI_USER);
	UK_EXPECT(one.interrupted && !other.interrupted);
	block(&a, UK_SIGNAL_BIT(UK_SIGUSR1));
	UK_EXPECT(other.interrupted);
	UK_EXPECT(uk_signal_claim());
	UK_EXPECT_EQ(uk__posix_signals.pending.set, 0);
	UK_EXPECT_EQ(b.pending.set, UK_SIGNAL_BIT(UK_SIGUSR1));
	uk_cpu_thread_set(&one);
	UK_EXPECT(!uk_signal_claim());
	uk_signal_thread_remove(&a);
	uk_signal_thread_remove(&b);
	uk_cpu_thread_set(NULL);
}

static struct uk_signal_thread pair[2];
static struct uk_thread pair_threads[2];

static void be(int i)
{
	uk_cpu_thread_set(&pair_threads[i]);
}

static void two_threads(uint64_t blocked)
{
	for (int i = 0; i < 2; i++) {
		pair_threads[i].interrupted = 0;
		be(i);
		uk_signal_thread_add(&pair[i], i + 1);
		pair[i].blocked = blocked;
		uk_signal_thread_run(&pair[i]);
	}
	for (int sig = 1; sig <= UK_NSIG; sig++)
		uk__posix_signals.action[sig - 1].handler = 0x1000;
	be(0);
}

/* Who waits for signals and leaves without them: others that wait are told. */
UK_TEST(posix_signal, who_no_longer_waits_hands_it_on)
{
	uint64_t set = UK_SIGNAL_BIT(UK_SIGUSR1) | UK_SIGNAL_BIT(UK_SIGUSR2);
	struct uk_siginfo info;

	two_threads(set);
	uk__posix_signal_want(&pair[0], set);
	uk__posix_signal_want(&pair[1], set);
	uk_signal_send(UK_SIGUSR1, UK_SI_USER);
	uk_signal_send(UK_SIGUSR2, UK_SI_USER);
	UK_EXPECT(pair_threads[0].interrupted && !pair_threads[1].interrupted);
	UK_EXPECT(uk_signal_take(set, &info) && info.signo == UK_SIGUSR1);
	uk__posix_signal_want(&pair[0], 0);
	UK_EXPECT(pair_threads[1].interrupted);
	be(1);
	UK_EXPECT(uk_signal_take(set, &info) && info.signo == UK_SIGUSR2);
	uk_signal_thread_remove(&pair[0]);
	uk_signal_thread_remove(&pair[1]);
	uk_cpu_thread_set(NULL);
}

/* What came to the process is not lost with a thread that has something of its own to do. */
UK_TEST(posix_signal, what_is_the_processs_stays_so)
{
	two_threads(0);
	send_one(&pair[0], UK_SIGUSR1, 0);
	uk_signal_send(UK_SIGTERM, UK_SI_USER);
	UK_EXPECT(uk_signal_claim());
	UK_EXPECT_EQ(pair[0].pending.set, UK_SIGNAL_BIT(UK_SIGUSR1));
	UK_EXPECT_EQ(uk__posix_signals.pending.set, UK_SIGNAL_BIT(UK_SIGTERM));
	uk_signal_thread_remove(&pair[0]);
	UK_EXPECT(pair_threads[1].interrupted);
	be(1);
	send_one(NULL, RT, 1);
	UK_EXPECT(uk_signal_claim());
	UK_EXPECT_EQ(pair[1].pending.set, UK_SIGNAL_BIT(UK_SIGTERM));
	UK_EXPECT_EQ(uk__posix_signals.pending.set, UK_SIGNAL_BIT(RT));
	uk_signal_thread_remove(&pair[1]);
	uk__posix_signal_queue_drop(&uk__posix_signals.pending, ~0ull);
	uk_cpu_thread_set(NULL);
}
