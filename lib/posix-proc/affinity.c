/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CPUs that a thread may run on (Linux, sched_setaffinity(2)). There are at most 64: one word.
 */

#include <uk/errno.h>
#include <uk/preempt.h>
#include <uk/proc.h>
#include <uk/sched.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

static uint64_t online(void)
{
	return CONFIG_PREEMPT ? uk_sched_cpus() : 1;
}

static void set(struct uk_thread *thread, void *arg)
{
	if (CONFIG_PREEMPT)
		uk_sched_set(&thread->sched, NULL, arg);
}

static void get(struct uk_thread *thread, void *arg)
{
	struct uk_sched_param param;

	if (CONFIG_PREEMPT)
		uk_sched_get(&thread->sched, &param, arg);
	else
		*(uint64_t *)arg = 1;
}

UK_SYSCALL_FULL3(sched_setaffinity, int, tid, size_t, len, const void *, mask)
{
	uint64_t cpus = 0;
	int err = uk_uaccess_read(&cpus, mask, UK_MIN(len, sizeof(cpus)));

	if (err)
		return err;
	cpus &= online();
	if (cpus == 0)
		return -EINVAL;
	err = uk_posix_proc_with(tid, set, &cpus);
	/* The calling thread may have to leave this CPU. */
	uk_preempt_check();
	return err;
}

/* The number of bytes that were written. */
UK_SYSCALL_FULL3(sched_getaffinity, int, tid, size_t, len, void *, mask)
{
	uint64_t cpus = 0;
	int err;

	if (len < sizeof(cpus) || len % sizeof(cpus))
		return -EINVAL;
	err = uk_posix_proc_with(tid, get, &cpus);
	if (!err)
		err = uk_uaccess_write(mask, &cpus, sizeof(cpus));
	return err ? err : (long)sizeof(cpus);
}

UK_SYSCALL_LEAF3(getcpu, unsigned int *, cpu, unsigned int *, node, void *, unused)
{
	unsigned int here = uk_cpu_id(), zero = 0;
	int err = 0;

	(void)unused;
	if (cpu)
		err = uk_uaccess_write(cpu, &here, sizeof(here));
	if (!err && node)
		err = uk_uaccess_write(node, &zero, sizeof(zero));
	return err;
}
