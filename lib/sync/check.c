/* SPDX-License-Identifier: BSD-3-Clause */
/* For LOCKCHECK: mutexes are their thread's, or, before there are threads, the boot's. */

#include <uk/sync.h>

static struct uk_lockcheck_held boot;

struct uk_lockcheck_held *uk__sync_held(void)
{
	struct uk_thread *self = uk_thread_self();

	return self ? &self->held : &boot;
}
