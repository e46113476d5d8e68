/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading clocks (POSIX.1-2017, XSH clock_gettime()). Plain calls: no lock, no wait.
 */

#include "convert.h"
#include <uk/clock.h>
#include <uk/errno.h>
#include <uk/proc.h>
#include <uk/sched.h>
#include <uk/syscall.h>
#include <uk/thread.h>
#include <uk/uaccess.h>

/* Threads of the kernel are in it. */
static uk_nsec_t busy(void)
{
	uk_nsec_t ns = 0;

	for (unsigned int cpu = 0; CONFIG_PREEMPT && cpu < UK_CPUS_MAX; cpu++)
		ns += uk_sched_busy(cpu);
	return ns;
}

/* CPU time is what a preemptive scheduler counts; without one it is refused. */
static int read_cpu_time(bool of_thread, uk_nsec_t *now)
{
	if (!CONFIG_PREEMPT)
		return -EINVAL;
	*now = of_thread ? uk_sched_runtime(&uk_thread_self()->sched) : busy();
	return 0;
}

static void get_runtime(struct uk_thread *thread, void *ns)
{
	*(uk_nsec_t *)ns = uk_sched_runtime(&thread->sched);
}

/*
 * Of a process or thread by its number (pthread_getcpuclockid()): Linux has the complement of it
 * above three bits, of which one says that it is a thread (include/linux/posix-timers.h). What runs
 * for the program and what for the kernel is not told apart.
 */
static int read_clock_of(int clock, uk_nsec_t *now)
{
	int number = ~clock >> 3;

	if (!CONFIG_PREEMPT || !CONFIG_LIB_POSIX_PROC || (clock & 3) == 3)
		return -EINVAL;
	if (clock & 4)
		return uk_posix_proc_with(number, get_runtime, now) ? -EINVAL : 0;
	return number == 0 || number == 1 ? read_cpu_time(false, now) : -EINVAL;
}

/* The monotonic clock is not slewed and the machine never sleeps: RAW and BOOTTIME are the same
 * clock. */
int uk__posix_time_read(int clock, uk_nsec_t *now)
{
	switch (clock) {
	case UK_CLOCK_REALTIME:
	case UK_CLOCK_REALTIME_COARSE: *now = uk_clock_wall(); return 0;
	case UK_CLOCK_MONOTONIC:
	case UK_CLOCK_MONOTONIC_RAW:
	case UK_CLOCK_MONOTONIC_COARSE:
	case UK_CLOCK_BOOTTIME: *now = uk_clock_now(); return 0;
	case UK_CLOCK_PROCESS_CPUTIME_ID: return read_cpu_time(false, now);
	case UK_CLOCK_THREAD_CPUTIME_ID: return read_cpu_time(true, now);
	default: return clock < 0 ? read_clock_of(clock, now) : -EINVAL;
	}
}

UK_SYSCALL_LEAF2(clock_gettime, int, clock, struct uk_timespec *, out)
{
	uk_nsec_t now;
	int err = uk__posix_time_read(clock, &now);

	if (err)
		return err;

	struct uk_timespec ts = uk__posix_time_spec(now);

	return uk_uaccess_write(out, &ts, sizeof(ts));
}

UK_SYSCALL_LEAF2(clock_getres, int, clock, struct uk_timespec *, out)
{
	struct uk_timespec ts = { .tv_nsec = 1 };
	uk_nsec_t now;
	int err = uk__posix_time_read(clock, &now);

	if (err || !out)
		return err;
	return uk_uaccess_write(out, &ts, sizeof(ts));
}

UK_SYSCALL_LEAF2(gettimeofday, struct uk_timeval *, out, struct uk_timezone *, zone)
{
	struct uk_timezone utc = { 0 };
	struct uk_timespec ts = uk__posix_time_spec(uk_clock_wall());
	struct uk_timeval tv = { ts.tv_sec, ts.tv_nsec / 1000 };

	if (zone && uk_uaccess_write(zone, &utc, sizeof(utc)))
		return -EFAULT;
	return out ? uk_uaccess_write(out, &tv, sizeof(tv)) : 0;
}

UK_SYSCALL_LEAF1(time, int64_t *, out)
{
	int64_t now = uk__posix_time_spec(uk_clock_wall()).tv_sec;

	if (out && uk_uaccess_write(out, &now, sizeof(now)))
		return -EFAULT;
	return now;
}
