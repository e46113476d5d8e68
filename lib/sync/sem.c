/* SPDX-License-Identifier: BSD-3-Clause */

#include <uk/panic.h>
#include <uk/sync.h>

void uk_sem_init(struct uk_sem *sem, uint32_t count)
{
	sem->count = count;
	uk_waitq_init(&sem->waiters);
}

bool uk_sem_trydown(struct uk_sem *sem)
{
	uint32_t count = uk_load(&sem->count);

	while (count > 0) {
		/* Acquire: pairs with the release in uk_sem_up(). */
		if (uk_compare_exchange(&sem->count, &count, count - 1))
			return true;
	}
	return false;
}

int uk_sem_down_until(struct uk_sem *sem, uk_nsec_t deadline)
{
	return uk_waitq_wait_until(&sem->waiters, uk_sem_trydown(sem), deadline);
}

void uk_sem_up(struct uk_sem *sem)
{
	uint32_t before = uk_fetch_add(&sem->count, 1);

	UK_ASSERT(before != UINT32_MAX);
	(void)before;
	uk_waitq_wake_one(&sem->waiters);
}
