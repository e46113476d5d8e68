/* SPDX-License-Identifier: BSD-3-Clause */
/* What one holds: few, and the last first. */

#include "internal.h"
#include <uk/string.h>

struct uk_lockcheck_lock *uk__lockcheck_find(struct uk_lockcheck_held *held, const void *lock)
{
	for (unsigned int i = UK_MIN(held->count, UK_LOCKCHECK_HELD); i-- > 0;) {
		if (held->locks[i].lock == lock)
			return &held->locks[i];
	}
	return NULL;
}

void uk__lockcheck_push(struct uk_lockcheck_held *held, const void *lock,
			const struct uk__lockcheck_site *site)
{
	struct uk_lockcheck_lock *one;

	if (held->count >= UK_LOCKCHECK_HELD)
		uk__lockcheck_wrong("more locks at a time than can be checked");
	one = &held->locks[held->count++];
	one->lock = lock;
	memcpy(one->at, site->at, sizeof(one->at));
}

bool uk__lockcheck_pull(struct uk_lockcheck_held *held, const void *lock)
{
	struct uk_lockcheck_lock *one = uk__lockcheck_find(held, lock);

	if (!one)
		return false;

	struct uk_lockcheck_lock *end = &held->locks[--held->count];

	for (; one < end; one++)
		*one = one[1];
	return true;
}
