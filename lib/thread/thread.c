/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Threads: their life and the switch from one to the next.
 *
 * From the moment a thread is marked BLOCKED until its stack is left, interrupts are off and it
 * is `sched.running`; a waker on another CPU waits for that to end before it makes the thread
 * ready, so no stack is ever used twice. A dead thread is freed by its joiner, or (detached)
 * put aside by the next thread to run and freed by whoever next creates one or idles.
 */

#include "switch.h"
#include <uk/cpustart.h>
#include <uk/fault.h>
#include <uk/heap.h>
#include <uk/init.h>
#include <uk/irq.h>
#include <uk/panic.h>
#include <uk/preempt.h>
#include <uk/string.h>
#include <uk/ucontext.h>
#include <uk/vm.h>

/* With several CPUs it also tells the others what is unmapped. */
#define IDLE_STACK (CONFIG_LIB_SMP ? 8192u : 4096u)
#define TOP_SIZE   UK_ALIGN_UP(sizeof(struct uk_thread), 64)

/* uk_thread.ended: how the thread goes; written by itself, read by its successor. MOVES: it does
 * not end, but goes on on another CPU. */
enum { ENDED_NOT, ENDED_JOINABLE, ENDED_DETACHED, ENDED_MOVES };

#define THREAD_OF(entity) UK_CONTAINER_OF(entity, struct uk_thread, sched)

struct uk_list uk_thread_list = UK_LIST_INIT(uk_thread_list);
static struct uk_spinlock list_lock;
static uint32_t last_id; /* list_lock */

static struct uk_thread main_thread;

/* The CPU's own; interrupts off. */
static struct {
	struct uk_thread *idle;
	struct uk_thread *left; /* whose stack the last switch came from; one CPU: if it ended */
} cpus[UK_CPUS_MAX];

static uint64_t wakeups[UK_CPUS_MAX]; /* each written by its CPU; THREAD_STATS */

static struct {
	struct uk_spinlock lock;
	struct uk_list dead; /* detached threads, by `all` */
	uint32_t count;      /* of them; a look without the lock costs at most a later reaping */
} reaper = { UK_SPINLOCK_INIT, UK_LIST_INIT(reaper.dead), 0 };

static void list_add(struct uk_thread *thread)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&list_lock);

	thread->id = ++last_id;
	uk_list_append(&uk_thread_list, &thread->all);
	uk_spin_unlock_irqrestore(&list_lock, flags);
}

static void list_del(struct uk_thread *thread)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&list_lock);

	uk_list_remove(&thread->all);
	uk_spin_unlock_irqrestore(&list_lock, flags);
}

static void mark_stack(struct uk_thread *thread)
{
	if (CONFIG_THREAD_DEBUG && thread->own_stack)
		*(uint64_t *)thread->stack = UK__THREAD_STACK_MARK;
	if (CONFIG_THREAD_REPORT && thread->own_stack)
		uk__thread_stack_fill(thread);
}

static void check_stack(const struct uk_thread *thread)
{
	if (CONFIG_THREAD_DEBUG && thread->own_stack &&
	    *(uint64_t *)thread->stack != UK__THREAD_STACK_MARK)
		uk_panic("stack of thread %s is full", thread->name);
}

/* What must wait until the stack of `left` is not in use. Interrupts off. */
static uk_noinline void departed(struct uk_thread *left)
{
	bool detached = left->ended == ENDED_DETACHED;

	/* First: `gone` may give up owner_data, which others find by the list. */
	if (detached)
		list_del(left);
	if (left->gone)
		left->gone(left->gone_arg);
	if (!detached)
		return;
	uk_spin_lock(&reaper.lock);
	uk_list_append(&reaper.dead, &left->all);
	uk_store(&reaper.count, reaper.count + 1);
	uk_spin_unlock(&reaper.lock);
}

/* It goes on elsewhere. Interrupts off. */
static void moved(struct uk_thread *left)
{
	left->ended = ENDED_NOT;
	/* Release: pairs as in arrived(); from here on another CPU may have it. */
	uk_store_release(&left->sched.running, 0);
	uk_sched_ready(&left->sched);
}

/* First act on the new stack. */
uk_inline void arrived(void)
{
	unsigned int cpu = uk_cpu_id();
	struct uk_thread *left = cpus[cpu].left;

	if (!CONFIG_LIB_SMP && uk_likely(!left))
		return;
	cpus[cpu].left = NULL;
	if (uk_unlikely(left->ended != ENDED_NOT)) {
		if (CONFIG_PREEMPT && left->ended == ENDED_MOVES) {
			moved(left);
			return;
		}
		departed(left);
	}
	/* Release: pairs with the acquires of uk__thread_unblock(), destroy() and a scheduler. */
	uk_store_release(&left->sched.running, 0);
}

/* Interrupts off. Returns when somebody switches back to self. */
uk_inline void switch_to(struct uk_thread *self, struct uk_thread *next)
{
	check_stack(self);
	if (next->tls != self->tls)
		uk_cpu_tls_set(next->tls);
	if (CONFIG_LIB_SMP) {
		uk_store(&next->sched.running, 1);
		cpus[uk_cpu_id()].left = self;
	}
	uk_cpu_thread_set(next);
	uk_context_switch(&self->context, &next->context);
	arrived();
}

/* Interrupts off; self is in no queue. */
static void switch_away(struct uk_thread *self)
{
	uk_sched_block(&self->sched);
	struct uk_sched_entity *next = uk_sched_pick();

	switch_to(self, next ? THREAD_OF(next) : cpus[uk_cpu_id()].idle);
}

/* Another thread is to run, as the scheduler has said. Interrupts off. */
static void give_way(struct uk_thread *self)
{
	if (uk_sched_is_misplaced(&self->sched)) {
		self->ended = ENDED_MOVES;
		switch_away(self);
	} else {
		struct uk_sched_entity *next = uk_sched_preempt(&self->sched);

		if (next)
			switch_to(self, THREAD_OF(next));
	}
	if (CONFIG_THREAD_INTERRUPT)
		uk_signal_resume();
}

void uk_thread_preempt(void)
{
	if (!uk_cpu_irq_enabled())
		return;
	do {
		uk_cpu_irq_disable();
		give_way(uk_thread_self());
		uk_cpu_irq_enable();
	} while (uk_cpu_preempt_due());
}

void uk_thread_preempted(void)
{
	do
		give_way(uk_thread_self());
	while (uk_cpu_preempt_due());
}

void uk_thread_yield(void)
{
	uk_irqflags_t flags = uk_cpu_irq_save();
	struct uk_thread *self = uk_thread_self();
	struct uk_sched_entity *next = uk_sched_yield(&self->sched);

	if (next)
		switch_to(self, THREAD_OF(next));
	uk_cpu_irq_restore(flags);
	uk_preempt_check();
}

/* A thread may sleep here. */
static void check_context(void)
{
	if (CONFIG_LOCKCHECK)
		uk_lockcheck_may_sleep();
	if (CONFIG_THREAD_DEBUG)
		UK_ASSERT(!uk_irq_in_handler() && uk_preempt_depth() == 0);
}

void uk__thread_block(uint32_t *woken)
{
	struct uk_thread *self = uk_thread_self();

	UK_ASSERT(self != NULL);
	check_context();
	uk_irqflags_t flags = uk_spin_lock_irqsave(&self->lock);

	if (*woken) {
		uk_spin_unlock_irqrestore(&self->lock, flags);
		return;
	}
	self->state = UK_THREAD_BLOCKED;
	uk_spin_unlock(&self->lock);
	switch_away(self);
	uk_cpu_irq_restore(flags);
	uk_preempt_check();
}

void uk__thread_unblock(struct uk_thread *thread, uint32_t *woken)
{
	uk_spin_lock(&thread->lock);
	bool asleep = thread->state == UK_THREAD_BLOCKED;

	*woken = 1;
	if (asleep)
		thread->state = UK_THREAD_RUNNABLE;
	uk_spin_unlock(&thread->lock);
	if (!asleep)
		return;
	/* Acquire: pairs with arrived(). It is on its way out with interrupts off. */
	while (CONFIG_LIB_SMP && uk_load_acquire(&thread->sched.running))
		uk_cpu_relax();
	uk_sched_ready(&thread->sched);
}

#if CONFIG_THREAD_INTERRUPT
bool uk_thread_inside(bool now)
{
	struct uk_thread *self = uk_thread_self();
	bool before = self->inside;

	self->inside = now;
	if (before && !now)
		uk_signal_resume();
	return before;
}

void uk__thread_block_interruptible(uint32_t *woken)
{
	struct uk_thread *self = uk_thread_self();

	check_context();
	uk_irqflags_t flags = uk_spin_lock_irqsave(&self->lock);

	if (*woken || self->interrupted) {
		uk_spin_unlock_irqrestore(&self->lock, flags);
		return;
	}
	self->state = UK_THREAD_BLOCKED;
	self->interruptible = true;
	uk_spin_unlock(&self->lock);
	switch_away(self);
	self->interruptible = false;
	uk_cpu_irq_restore(flags);
	uk_preempt_check();
}

/* One that computes on another CPU looks when an interrupt ends. */
static void nudge(const struct uk_thread *thread)
{
	unsigned int cpu;

	uk_mb(); /* pairs with uk_signal_resume(): it sees the word, or it is seen to run */
	/* Acquire: where it runs was written before. Had it moved since, it would have seen the
	 * word then. */
	if (!uk_load_acquire(&thread->sched.running))
		return;
	cpu = uk_load(&thread->sched.cpu);
	if (cpu != uk_cpu_id())
		uk_smp_kick(cpu);
}

void uk_thread_interrupt(struct uk_thread *thread)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&thread->lock);
	bool asleep = thread->state == UK_THREAD_BLOCKED && thread->interruptible;

	uk_store(&thread->interrupted, 1);
	if (asleep)
		thread->state = UK_THREAD_RUNNABLE;
	uk_spin_unlock(&thread->lock);
	/* Acquire: pairs with arrived(). */
	while (CONFIG_LIB_SMP && asleep && uk_load_acquire(&thread->sched.running))
		uk_cpu_relax();
	if (asleep)
		uk_sched_ready(&thread->sched);
	else if (CONFIG_LIB_SMP)
		nudge(thread);
	uk_cpu_irq_restore(flags);
	uk_preempt_check();
}
#endif

static void destroy(struct uk_thread *thread)
{
	/* Acquire: pairs with arrived(). */
	while (CONFIG_LIB_SMP && uk_load_acquire(&thread->sched.running))
		uk_cpu_relax();
	if (CONFIG_LOCKCHECK && thread->own_stack)
		uk_lockcheck_forget(thread->stack, thread->stack_size + TOP_SIZE);
	if (thread->own_stack)
		uk_vm_stack_free(thread->stack, thread->stack_size + TOP_SIZE);
	else if (thread != &main_thread)
		uk_heap_free(thread);
}

/* What a CPU that idles leaves to who creates the next threads: a stack that it frees itself is one
 * that all CPUs have to be told of. */
#define IDLE_LEAVES (CONFIG_LIB_SMP ? 4u : 0u)

/* Free what ended detached, but for so many. Thread context. */
static void reap(uint32_t leave)
{
	while (uk_load(&reaper.count) > leave) {
		uk_irqflags_t flags = uk_spin_lock_irqsave(&reaper.lock);
		struct uk_thread *thread = NULL;

		if (!uk_list_empty(&reaper.dead)) {
			thread = UK_LIST_FIRST(&reaper.dead, struct uk_thread, all);
			uk_list_remove(&thread->all);
			uk_store(&reaper.count, reaper.count - 1);
		}
		uk_spin_unlock_irqrestore(&reaper.lock, flags);
		if (thread)
			destroy(thread);
	}
}

/* The stack that the caller brought, and that may not be there. */
#if CONFIG_VM_DEMAND
static void own_set(struct uk_thread *thread, void *stack_top)
{
	thread->stack_top = stack_top;
}

/* Its own stack is there; but what a signal's handler finds on it is what the fault found. */
static bool calls_set(struct uk_thread *thread)
{
	size_t size = CONFIG_THREAD_STACK_KB * 1024u;
	char *stack = uk_vm_stack_alloc(size);

	if (stack)
		thread->context.calls = stack + size;
	return stack;
}

const char *uk_thread_who(unsigned int *id)
{
	*id = uk_thread_self()->id;
	return uk_thread_self()->name;
}

static void leave_for_own(struct uk_thread *self)
{
	if (self->stack_top)
		uk_context_leave(self, self->stack_top, self->entry, self->arg);
}
#else
static void own_set(struct uk_thread *thread, void *stack_top)
{
	(void)thread;
	(void)stack_top;
}

static void leave_for_own(struct uk_thread *self)
{
	(void)self;
}

static bool calls_set(struct uk_thread *thread)
{
	(void)thread;
	return true;
}
#endif

/* Where each thread starts, interrupts off. */
static void start(void *arg)
{
	struct uk_thread *self = arg;

	arrived();
	if (uk_irq_ready())
		uk_cpu_irq_enable();
	uk_preempt_check();
	if (CONFIG_VM_DEMAND)
		leave_for_own(self);
	self->entry(self->arg);
	uk_thread_exit();
}

void uk__thread_idle_turn(void)
{
	/* With interrupts off a CPU must not wait for a lock under which others are waited for. */
	if (UK_CONCURRENT && uk_irq_ready())
		uk_cpu_irq_enable();
	reap(IDLE_LEAVES);
	uk_cpu_irq_disable();
	struct uk_sched_entity *next = uk_sched_pick();

	if (next) {
		switch_to(uk_thread_self(), THREAD_OF(next));
		return;
	}
	if (!uk_irq_ready())
		uk_panic("deadlock: every thread waits, and no interrupt can come");
	uk_cpu_wait();
	if (CONFIG_THREAD_STATS)
		uk_store(&wakeups[uk_cpu_id()], wakeups[uk_cpu_id()] + 1);
}

uint64_t uk_thread_wakeups(unsigned int cpu)
{
	return uk_load(&wakeups[cpu]);
}

static uk_noreturn void idle(void *unused)
{
	(void)unused;
	for (;;)
		uk__thread_idle_turn();
}

/* What runs becomes `thread`, which is cleared memory. */
static void adopt(struct uk_thread *thread, const char *name)
{
	thread->sched.running = 1;
	uk_waitq_init(&thread->exited);
	uk_thread_set_name(thread, name);
	list_add(thread);
	uk_cpu_thread_set(thread);
}

void uk__thread_cpu_init(struct uk_thread *self)
{
	adopt(self, "idle");
	cpus[uk_cpu_id()].idle = self;
}

void uk_thread_cpu_run(struct uk_thread *self)
{
	uk__thread_cpu_init(self);
	idle(NULL);
}

void uk_thread_set_name(struct uk_thread *thread, const char *name)
{
	uk_str_copy(thread->name, name, sizeof(thread->name));
}

/* A cleared structure: at the top of the stack that is made for the thread (an overflow goes the
 * other way), or from the heap if the stack is the caller's. */
static struct uk_thread *new_thread(const struct uk_thread_attr *attr)
{
	size_t size = attr->stack_size;

	/* With VM_DEMAND the caller's may not be there: its own is for calls. */
	if (attr->stack_top && !CONFIG_VM_DEMAND)
		return uk_heap_zalloc(1, sizeof(struct uk_thread));
	if (size == 0)
		size = CONFIG_THREAD_STACK_KB * 1024u;
	size = UK_ALIGN_UP(size, UK_PAGE_SIZE);
	char *stack = uk_vm_stack_alloc(size);

	if (!stack)
		return NULL;
	struct uk_thread *thread = (struct uk_thread *)(stack + size - TOP_SIZE);

	memset(thread, 0, sizeof(*thread));
	thread->own_stack = true;
	thread->stack = stack;
	thread->stack_size = size - TOP_SIZE;
	mark_stack(thread);
	return thread;
}

/* Everything but queueing it. */
static struct uk_thread *make(const struct uk_thread_attr *attr, void (*fn)(void *), void *arg)
{
	struct uk_thread *thread = new_thread(attr);

	if (!thread)
		return NULL;
	thread->entry = fn;
	thread->arg = arg;
	thread->tls = attr->tls;
	thread->owner_data = attr->owner_data;
	thread->detached = attr->detached;
	thread->sched.priority = (int16_t)attr->priority;
	if (CONFIG_PREEMPT && uk_thread_self())
		uk_sched_inherit(&thread->sched, &uk_thread_self()->sched);
	uk_waitq_init(&thread->exited);
	uk_thread_set_name(thread, attr->name ? attr->name : "thread");
	char *top = attr->stack_top && !CONFIG_VM_DEMAND ? attr->stack_top : (char *)thread;
	if (CONFIG_VM_DEMAND)
		own_set(thread, attr->stack_top);

	uk_context_init(&thread->context, top, start, thread);
	return thread;
}

int uk_thread_create(const struct uk_thread_attr *attr, void (*fn)(void *), void *arg,
		     struct uk_thread **out)
{
	static const struct uk_thread_attr defaults;
	struct uk_thread *thread;

	if (!attr)
		attr = &defaults;
	if (!UK_IS_ALIGNED((uintptr_t)attr->stack_top, 16) || (!out && !attr->detached))
		return -EINVAL;
	reap(0);
	thread = make(attr, fn, arg);
	if (!thread)
		return -ENOMEM;
	if (out)
		*out = thread;
	list_add(thread);
	uk_irqflags_t flags = uk_cpu_irq_save();

	uk_sched_ready(&thread->sched);
	uk_cpu_irq_restore(flags);
	uk_preempt_check();
	return 0;
}

void uk_thread_exit(void)
{
	struct uk_thread *self = uk_thread_self();

	if (CONFIG_THREAD_REPORT)
		uk__thread_stack_ends();
	uk_cpu_irq_disable(); /* for good: switch_away() does not come back */
	uk_spin_lock(&self->lock);
	self->ended = self->detached ? ENDED_DETACHED : ENDED_JOINABLE;
	self->state = UK_THREAD_DEAD;
	uk_spin_unlock(&self->lock);
	uk_waitq_wake_all(&self->exited);
	cpus[uk_cpu_id()].left = self;
	switch_away(self);
	__builtin_unreachable();
}

static bool is_dead(struct uk_thread *thread)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&thread->lock);
	bool dead = thread->state == UK_THREAD_DEAD;

	uk_spin_unlock_irqrestore(&thread->lock, flags);
	return dead;
}

void uk_thread_join(struct uk_thread *thread)
{
	UK_ASSERT(thread != uk_thread_self() && !thread->detached);
	uk_waitq_wait(&thread->exited, is_dead(thread));
	list_del(thread);
	destroy(thread);
}

void uk_thread_detach(struct uk_thread *thread)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&thread->lock);
	bool dead = thread->state == UK_THREAD_DEAD;

	UK_ASSERT(!thread->detached);
	thread->detached = true;
	uk_spin_unlock_irqrestore(&thread->lock, flags);
	if (dead) {
		list_del(thread);
		destroy(thread);
	}
}

void uk_thread_on_gone(void (*fn)(void *arg), void *arg)
{
	struct uk_thread *self = uk_thread_self();

	self->gone_arg = arg;
	self->gone = fn;
}

void uk_thread_sleep_until(uk_nsec_t deadline)
{
	struct uk_waitq nobody = UK_WAITQ_INIT(nobody);

	(void)uk_waitq_wait_until(&nobody, false, deadline);
}

void uk_thread_foreach(void (*fn)(struct uk_thread *thread, void *arg), void *arg)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&list_lock);

	UK_LIST_FOREACH(node, &uk_thread_list)
		fn(UK_LIST_ENTRY(node, struct uk_thread, all), arg);
	uk_spin_unlock_irqrestore(&list_lock, flags);
}

/* The boot CPU: what runs becomes thread main, and an idle thread stands by. */
static int thread_init(void)
{
	static const struct uk_thread_attr attr = { .name = "idle", .stack_size = IDLE_STACK };

	adopt(&main_thread, "main");
	if (CONFIG_THREAD_REPORT)
		uk__thread_stack_main();
	if (CONFIG_PREEMPT)
		uk_sched_adopt(&main_thread.sched);
	if (CONFIG_VM_DEMAND && !calls_set(&main_thread))
		return -ENOMEM;
	cpus[0].idle = make(&attr, idle, NULL);
	if (!cpus[0].idle)
		return -ENOMEM;
	list_add(cpus[0].idle);
	return 0;
}
UK_INIT(CORE, thread_init);
