/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Policies and priorities of threads (POSIX.1-2017, XSH 2.8.4; Linux, sched(7), getpriority(2)).
 * Where the scheduler is not preemptive there is one policy, SCHED_OTHER, and one nice value.
 */

#include <uk/abi/process.h>
#include <uk/abi/time.h>
#include <uk/errno.h>
#include <uk/pi.h>
#include <uk/preempt.h>
#include <uk/proc.h>
#include <uk/sched.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

#define LEVEL_MAX 99

static bool has_levels(int policy)
{
	return policy == UK_SCHED_FIFO || policy == UK_SCHED_RR;
}

static bool valid(int policy, int level)
{
	if (has_levels(policy))
		return CONFIG_PREEMPT && level >= 1 && level <= LEVEL_MAX;
	return level == 0 &&
	       (policy == UK_SCHED_OTHER ||
		(CONFIG_PREEMPT && (policy == UK_SCHED_BATCH || policy == UK_SCHED_IDLE)));
}

static void get(struct uk_thread *thread, void *arg)
{
	uint64_t cpus;

	if (CONFIG_PREEMPT)
		uk_sched_get(&thread->sched, arg, &cpus);
}

/* What is to change; -1: stays. */
struct change {
	int policy;
	int level;
	int nice; /* 20: stays */
	int err;
};

#define NICE_STAYS 20

static void set(struct uk_thread *thread, void *arg)
{
	struct change *change = arg;
	struct uk_sched_param param = { 0 };

	get(thread, &param);
	if (change->policy >= 0)
		param.policy = (uint8_t)change->policy;
	if (change->level >= 0)
		param.level = (uint8_t)change->level;
	if (change->nice != NICE_STAYS)
		param.nice = (int8_t)change->nice;
	if (!valid(param.policy, param.level))
		change->err = -EINVAL;
	else if (CONFIG_PREEMPT)
		uk_sched_set(&thread->sched, &param, NULL);
	if (CONFIG_THREAD_PI)
		uk_pi_changed(thread);
}

static long apply(int tid, struct change *change)
{
	uk_irqflags_t flags = CONFIG_THREAD_PI ? uk_pi_lock() : 0;
	int err = uk_posix_proc_with(tid, set, change);

	if (CONFIG_THREAD_PI)
		uk_pi_unlock(flags);
	uk_preempt_check();
	return err ? err : change->err;
}

/* libc's structure is larger; the first word is what Linux reads. */
UK_SYSCALL_FULL3(sched_setscheduler, int, tid, int, policy, const int32_t *, param)
{
	int32_t level;
	struct change change = { .policy = policy, .nice = NICE_STAYS };

	if (!param)
		return -EINVAL;
	if (uk_uaccess_read(&level, param, sizeof(level)))
		return -EFAULT;
	change.level = level;
	return valid(policy, level) ? apply(tid, &change) : -EINVAL;
}

UK_SYSCALL_FULL2(sched_setparam, int, tid, const int32_t *, param)
{
	int32_t level;
	struct change change = { .policy = -1, .nice = NICE_STAYS };

	if (!param)
		return -EINVAL;
	if (uk_uaccess_read(&level, param, sizeof(level)))
		return -EFAULT;
	change.level = level;
	return level >= 0 && level <= LEVEL_MAX ? apply(tid, &change) : -EINVAL;
}

UK_SYSCALL_FULL1(sched_getscheduler, int, tid)
{
	struct uk_sched_param param = { 0 };
	int err = uk_posix_proc_with(tid, get, &param);

	return err ? err : param.policy;
}

UK_SYSCALL_FULL2(sched_getparam, int, tid, int32_t *, out)
{
	struct uk_sched_param param = { 0 };
	int err = out ? uk_posix_proc_with(tid, get, &param) : -EINVAL;
	int32_t level = param.level;

	return err ? err : uk_uaccess_write(out, &level, sizeof(level));
}

UK_SYSCALL_LEAF1(sched_get_priority_max, int, policy)
{
	if (has_levels(policy))
		return LEVEL_MAX;
	return valid(policy, 0) ? 0 : -EINVAL;
}

UK_SYSCALL_LEAF1(sched_get_priority_min, int, policy)
{
	if (has_levels(policy))
		return 1;
	return valid(policy, 0) ? 0 : -EINVAL;
}

static void turn(struct uk_thread *thread, void *arg)
{
	if (CONFIG_PREEMPT)
		*(uk_nsec_t *)arg = uk_sched_turn(&thread->sched);
}

UK_SYSCALL_FULL2(sched_rr_get_interval, int, tid, struct uk_timespec *, out)
{
	uk_nsec_t ns = 0;
	int err = uk_posix_proc_with(tid, turn, &ns);
	struct uk_timespec ts = { .tv_sec = ns / (int64_t)UK_NSEC_PER_SEC,
				  .tv_nsec = ns % (int64_t)UK_NSEC_PER_SEC };

	return err ? err : uk_uaccess_write(out, &ts, sizeof(ts));
}

/* Of one thread, or of the process: that is the first thread, as there is no other one that others
 * would ask for. */
UK_SYSCALL_FULL3(setpriority, int, which, int, who, int, nice)
{
	struct change change = { .policy = -1, .level = -1 };

	change.nice = UK_MAX(UK_MIN(nice, 19), -20);
	if (which < 0 || which > 2)
		return -EINVAL;
	return apply(which == 0 ? who : 0, &change);
}

/* As Linux returns it: 20 - nice, from 1 on. */
UK_SYSCALL_FULL2(getpriority, int, which, int, who)
{
	struct uk_sched_param param = { 0 };
	int err;

	if (which < 0 || which > 2)
		return -EINVAL;
	err = uk_posix_proc_with(which == 0 ? who : 0, get, &param);
	return err ? err : 20 - param.nice;
}
