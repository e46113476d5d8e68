/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The fair scheduler: what lib/thread calls. See fair.h for the order.
 */

#include "fair.h"
#include <uk/panic.h>

struct queue uk__sched_fair_queues[UK_CPUS_MAX];
uint64_t uk__sched_fair_idle;
uint64_t uk__sched_fair_online;
uint32_t uk__sched_fair_urgent;

uint64_t uk_sched_ticks(unsigned int cpu)
{
	return uk_load(&uk__sched_fair_queues[cpu].ticks);
}

uint64_t uk__sched_fair_allowed(const struct uk_sched_entity *entity)
{
	uint64_t online = uk_load(&uk__sched_fair_online);
	uint64_t cpus = uk_load(&entity->cpus);

	if (!online)
		return uk__sched_fair_bit(uk_cpu_id());
	return cpus & online ? cpus & online : online;
}

struct queue *uk__sched_fair_lock(const struct uk_sched_entity *entity)
{
	for (;;) {
		uint16_t cpu = uk_load(&entity->cpu);
		struct queue *queue = &uk__sched_fair_queues[cpu];

		uk_spin_lock(&queue->lock);
		/* Acquire: pairs with the release by who queues it elsewhere, and has not locked
		 * that queue yet. */
		if (uk_load_acquire(&entity->cpu) == cpu)
			return queue;
		uk_spin_unlock(&queue->lock);
	}
}

void uk__sched_fair_charge(struct queue *queue)
{
	struct uk_sched_entity *entity = queue->running;
	uk_nsec_t now = uk_clock_now();
	uk_nsec_t delta = UK_MIN(now - queue->charged, 1ll << 50);

	queue->charged = now;
	if (LIMITED && now >= queue->period) {
		queue->period = now + PERIOD;
		queue->urgent = -delta;
	}
	if (!entity)
		return;
	entity->runtime += delta;
	queue->busy += delta;
	if (uk__sched_fair_is_urgent(entity)) {
		entity->left -= delta;
		queue->urgent += delta;
		return;
	}
	entity->vtime += entity->weight == NORMAL ? delta : delta * NORMAL / entity->weight;
	queue->vtime = UK_MAX(queue->vtime, entity->vtime);
	if (entity->vtime >= (int64_t)entity->key) {
		entity->key = (uint64_t)entity->vtime + entity->share;
		uk_store(&queue->urgency, entity->key);
	}
}

void uk__sched_fair_place(struct queue *queue, struct uk_sched_entity *entity, int64_t distance)
{
	int64_t share = (int64_t)entity->share;

	if (uk__sched_fair_is_urgent(entity)) {
		entity->key = URGENT_MAX - entity->level;
		return;
	}
	/* A queue whose CPU has not come yet. */
	queue->vtime = UK_MAX(queue->vtime, VTIME_START);
	/* Who slept is not owed more than one slice, and owes no more. */
	distance = UK_MAX(UK_MIN(distance, share), -share);
	entity->vtime = queue->vtime + distance;
	entity->key = (uint64_t)(entity->vtime + share);
}

static bool is_before(const struct uk_pairing *first, const struct uk_pairing *second)
{
	const struct uk_sched_entity *a = UK_CONTAINER_OF(first, struct uk_sched_entity, place);
	const struct uk_sched_entity *b = UK_CONTAINER_OF(second, struct uk_sched_entity, place);

	return a->key < b->key || (a->key == b->key && a->turn < b->turn);
}

/* Behind those of its key, or before them. */
static void insert(struct queue *queue, struct uk_sched_entity *entity, bool front)
{
	entity->turn = front ? --queue->front : ++queue->back;
	entity->where = QUEUED;
	if (uk__sched_fair_is_urgent(entity))
		uk_fetch_add(&uk__sched_fair_urgent, 1u);
	else
		queue->last = UK_MAX(queue->last, (int64_t)entity->key);
	uk_pairing_insert(&queue->heap[uk__sched_fair_is_urgent(entity)], &entity->place,
			  is_before);
	uk_store(&queue->queued, queue->queued + 1);
}

void uk__sched_fair_insert(struct queue *queue, struct uk_sched_entity *entity)
{
	insert(queue, entity, false);
}

static void take_out(struct queue *queue, struct uk_sched_entity *entity)
{
	uk_pairing_remove(&queue->heap[uk__sched_fair_is_urgent(entity)], &entity->place,
			  is_before);
	uk_store(&queue->queued, queue->queued - 1);
	if (uk__sched_fair_is_urgent(entity))
		uk_fetch_sub(&uk__sched_fair_urgent, 1u);
	entity->where = NOWHERE;
}

int64_t uk__sched_fair_distance(const struct queue *queue, const struct uk_sched_entity *entity)
{
	return uk__sched_fair_is_urgent(entity) ? 0 : entity->vtime - queue->vtime;
}

void uk__sched_fair_remove(struct queue *queue, struct uk_sched_entity *entity)
{
	take_out(queue, entity);
	entity->vtime = uk__sched_fair_distance(queue, entity);
}

/* Another one should run: it has the earlier deadline, or its turn has come. */
static bool is_due(const struct queue *queue)
{
	const struct uk_sched_entity *e = queue->running, *first = uk__sched_fair_first(queue);

	if (!e || !first)
		return false;
	if (uk__sched_fair_is_urgent(e) && !uk__sched_fair_is_urgent(first))
		return uk__sched_fair_is_throttled(queue);
	return first->key < e->key ||
	       (first->key == e->key && e->left <= 0 && e->param.policy == UK_SCHED_RR);
}

/* What is left of the slice of the one that runs; NEVER: nothing ends it. */
static uk_nsec_t rest(const struct queue *queue)
{
	const struct uk_sched_entity *urgent = uk__sched_fair_entity(queue->heap[BY_LEVEL]);
	const struct uk_sched_entity *e = queue->running;
	uk_nsec_t ns = UK_NSEC_NEVER;

	if (!uk__sched_fair_is_urgent(e)) {
		ns = UK_MIN(((int64_t)e->key - e->vtime) * (int64_t)e->weight / NORMAL, SLICE);
		return LIMITED && urgent ? UK_MIN(ns, queue->period - queue->charged) : ns;
	}
	if (LIMITED && queue->heap[BY_SHARE])
		ns = LIMIT - queue->urgent;
	if (e->param.policy == UK_SCHED_RR && urgent && urgent->key == e->key)
		ns = UK_MIN(ns, e->left);
	return UK_MAX(ns, (uk_nsec_t)0);
}

/* See to it that the slice of the one that runs ends, if another one waits. This CPU's. */
static void arm(struct queue *queue)
{
	if (!queue->running || !uk__sched_fair_first(queue))
		return;
	uk_nsec_t ns = rest(queue);

	if (ns == UK_NSEC_NEVER)
		return;
	uk_nsec_t end = queue->charged + ns;

	/* One that was set for another thread will do if it is not much later; it comes and sets
	 * itself anew: most switches do not touch the timer. */
	if (!uk_timer_active(&queue->slice) || queue->slice.deadline > end + GRAIN)
		uk_timer_start(&queue->slice, end);
}

static void slice_over(void *arg)
{
	struct queue *queue = arg;

	uk_spin_lock(&queue->lock);
	uk_store(&queue->ticks, queue->ticks + 1);
	uk__sched_fair_charge(queue);
	if (is_due(queue))
		uk_cpu_preempt_want(true);
	else
		arm(queue);
	uk_spin_unlock(&queue->lock);
	if (CONFIG_LIB_SMP)
		uk__sched_fair_spread(queue);
}

/* This CPU's first call. */
static void come(struct queue *queue)
{
	queue->online = true;
	uk_timer_init(&queue->slice, slice_over, queue);
	uk_store(&queue->urgency, NO_URGENCY);
	uk_fetch_or(&uk__sched_fair_online, uk__sched_fair_bit(uk_cpu_id()));
}

static void run(struct queue *queue, struct uk_sched_entity *entity)
{
	if (queue->idle) {
		queue->idle = false;
		queue->charged = uk_clock_now();
		uk_fetch_and(&uk__sched_fair_idle, ~uk__sched_fair_bit(uk_cpu_id()));
	}
	entity->where = RUNNING;
	queue->running = entity;
	uk_store(&queue->urgency, entity->key);
	arm(queue);
}

bool uk__sched_fair_look(struct queue *queue, bool wish)
{
	/* A timer that was set for a turn of SCHED_RR, or for nobody any more, comes too late. */
	bool late = queue->slice.deadline > queue->charged + SLICE + GRAIN;
	bool news = wish || !queue->running || late || !uk_timer_active(&queue->slice);

	if (queue == uk__sched_fair_mine()) {
		if (wish)
			uk_cpu_preempt_want(true);
		else
			arm(queue);
		return false;
	}
	queue->wish |= wish;
	if (queue->kicked || !news)
		return false;
	queue->kicked = true;
	return true;
}

static bool beats(const struct uk_sched_entity *entity, const struct uk_sched_entity *running)
{
	if (uk__sched_fair_is_urgent(entity) || uk__sched_fair_is_urgent(running))
		return entity->key < running->key;
	return (entity->param.policy == UK_SCHED_OTHER || running->param.policy == UK_SCHED_IDLE) &&
	       (int64_t)(running->key - entity->key) > GRAIN;
}

/* The queue of the CPU that is chosen for it, which it belongs to from now on, locked. */
static struct queue *lock_chosen(struct uk_sched_entity *entity)
{
	struct queue *queue = uk__sched_fair_lock(entity);

	if (!CONFIG_LIB_SMP)
		return queue;
	for (;;) {
		unsigned int cpu = uk__sched_fair_choose(entity);
		struct queue *chosen = &uk__sched_fair_queues[cpu];

		if (chosen == queue)
			return queue;
		/* Release: pairs with uk__sched_fair_lock(). */
		uk_store_release(&entity->cpu, (uint16_t)cpu);
		uk_spin_unlock(&queue->lock);
		queue = chosen;
		uk_spin_lock(&queue->lock);
		/* What it asks for may have changed, but only until now. */
		if (uk__sched_fair_allowed(entity) & uk__sched_fair_bit(cpu))
			return queue;
	}
}

/* Virtual time and a deadline, in a queue of which it is part from now on. Lock held. */
static void settle(struct queue *queue, struct uk_sched_entity *entity)
{
	uk__sched_fair_charge(queue);
	if (!entity->weight) {
		entity->param.nice = (int8_t)entity->priority;
		uk__sched_fair_weigh(entity);
	}
	if (!entity->since)
		entity->since = queue->charged;
	entity->left = TURN;
	uk__sched_fair_place(queue, entity, entity->vtime - (queue->charged - entity->since));
	uk__sched_fair_insert(queue, entity);
}

void uk_sched_ready(struct uk_sched_entity *entity)
{
	struct queue *queue = lock_chosen(entity);
	unsigned int cpu = uk_load(&entity->cpu);
	uint64_t others = uk__sched_fair_allowed(entity) & ~uk__sched_fair_bit(cpu);
	bool busy = queue->running != NULL;

	/* For those that choose after this one. */
	if (CONFIG_LIB_SMP && !busy)
		uk_fetch_and(&uk__sched_fair_idle, ~uk__sched_fair_bit(cpu));
	settle(queue, entity);
	bool kick = uk__sched_fair_look(queue, busy && beats(entity, queue->running));

	/* From here on it may run, and end. */
	uk_spin_unlock(&queue->lock);
	if (CONFIG_LIB_SMP && kick)
		uk__sched_fair_kick(cpu);
	if (!CONFIG_LIB_SMP || !busy)
		return;
	/* Who became idle after it was chosen has not seen it: the barrier pairs with the
	 * read-modify-write in steal(), after which that one looks at `queued`. */
	uk_mb();
	others &= uk_load(&uk__sched_fair_idle);
	if (others)
		uk__sched_fair_kick((unsigned int)__builtin_ctzll(others));
}

static void no_wish(struct queue *queue)
{
	queue->wish = false;
	uk_cpu_preempt_want(false);
}

struct uk_sched_entity *uk_sched_pick(void)
{
	struct queue *queue = uk__sched_fair_mine();
	struct uk_sched_entity *entity = NULL;

	uk_spin_lock(&queue->lock);
	if (uk_unlikely(!queue->online))
		come(queue);
	no_wish(queue);
	struct uk_sched_entity *first = uk__sched_fair_first(queue);
	bool urgent =
		first && (uk__sched_fair_is_urgent(first) || uk__sched_fair_is_throttled(queue));

	if (CONFIG_LIB_SMP && (!first || (!urgent && uk_load(&uk__sched_fair_urgent)))) {
		bool none = !first;

		uk_spin_unlock(&queue->lock);
		entity = uk__sched_fair_steal(!none);
		uk_spin_lock(&queue->lock);
		if (entity)
			uk__sched_fair_place(queue, entity, entity->vtime);
	}
	if (!entity) {
		entity = uk__sched_fair_first(queue);
		if (entity)
			take_out(queue, entity);
	}
	if (entity)
		run(queue, entity);
	else
		queue->idle = true;
	uk_spin_unlock(&queue->lock);
	return entity;
}

/* The one that runs goes back into the queue, the first of it runs. */
static struct uk_sched_entity *change(struct queue *queue, bool front)
{
	struct uk_sched_entity *next = uk__sched_fair_first(queue);

	take_out(queue, next);
	insert(queue, queue->running, front);
	run(queue, next);
	return next;
}

struct uk_sched_entity *uk_sched_yield(struct uk_sched_entity *running)
{
	struct queue *queue = uk__sched_fair_mine();
	struct uk_sched_entity *next = NULL;

	uk_spin_lock(&queue->lock);
	no_wish(queue);
	uk__sched_fair_charge(queue);
	const struct uk_sched_entity *first = uk__sched_fair_first(queue);

	if (running && first && queue->running == running) {
		int64_t far = queue->vtime + 2 * (int64_t)running->share;

		/* Behind all that are there now, but for those that would have it wait too long. */
		if (!uk__sched_fair_is_urgent(running))
			running->key = UK_MAX(running->key, (uint64_t)UK_MIN(queue->last, far));
		running->left = TURN;
		if (first->key <= running->key)
			next = change(queue, false);
	}
	uk_spin_unlock(&queue->lock);
	return next;
}

struct uk_sched_entity *uk_sched_preempt(struct uk_sched_entity *running)
{
	struct queue *queue = uk__sched_fair_mine();
	struct uk_sched_entity *next = NULL;

	uk_spin_lock(&queue->lock);
	no_wish(queue);
	uk__sched_fair_charge(queue);
	if (queue->running == running && is_due(queue)) {
		bool over = running->param.policy == UK_SCHED_RR && running->left <= 0;

		if (over)
			running->left = TURN;
		/* POSIX.1-2017, XSH 2.8.4: who is preempted stays the first of its level. */
		next = change(queue, uk__sched_fair_is_urgent(running) && !over);
	} else {
		arm(queue);
	}
	uk_spin_unlock(&queue->lock);
	return next;
}

void uk_sched_block(struct uk_sched_entity *running)
{
	struct queue *queue = uk__sched_fair_mine();

	uk_spin_lock(&queue->lock);
	UK_ASSERT(queue->running == running || !queue->running);
	uk__sched_fair_charge(queue);
	if (queue->running) {
		running->vtime = uk__sched_fair_distance(queue, running);
		running->since = queue->charged;
		running->where = NOWHERE;
		queue->running = NULL;
		uk_store(&queue->urgency, NO_URGENCY);
	}
	uk_spin_unlock(&queue->lock);
}

/* Before there is a clock. */
void uk_sched_adopt(struct uk_sched_entity *entity)
{
	struct queue *queue = uk__sched_fair_mine();

	uk_spin_lock(&queue->lock);
	come(queue);
	entity->param.nice = (int8_t)entity->priority;
	uk__sched_fair_weigh(entity);
	uk_store(&entity->cpu, (uint16_t)uk_cpu_id());
	uk__sched_fair_place(queue, entity, 0);
	run(queue, entity);
	uk_spin_unlock(&queue->lock);
}

bool uk_sched_is_misplaced(const struct uk_sched_entity *running)
{
	if (!CONFIG_LIB_SMP)
		return false;
	if (!(uk__sched_fair_allowed(running) & uk__sched_fair_bit(uk_cpu_id())))
		return true;

	struct queue *queue = uk__sched_fair_mine();
	bool loses = false;

	uk_spin_lock(&queue->lock);
	const struct uk_sched_entity *first = uk__sched_fair_entity(queue->heap[BY_LEVEL]);

	if (uk__sched_fair_is_urgent(running))
		loses = first && first->key < running->key;
	uk_spin_unlock(&queue->lock);
	return loses && uk__sched_fair_is_better_elsewhere(running);
}

void uk_sched_kicked(void)
{
	struct queue *queue = uk__sched_fair_mine();

	uk_spin_lock(&queue->lock);
	queue->kicked = false;
	if (queue->running && queue->wish)
		uk_cpu_preempt_want(true);
	else if (queue->running) {
		uk__sched_fair_charge(queue);
		arm(queue);
	}
	queue->wish = false;
	uk_spin_unlock(&queue->lock);
}
