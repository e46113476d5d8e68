/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Resource limits (POSIX.1-2017, XSH getrlimit()). They are facts of the image: reading tells
 * them, setting succeeds only where it changes nothing.
 */

#include <uk/abi/process.h>
#include <uk/errno.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

static int limit_of(unsigned int which, struct uk_rlimit *limit)
{
	uint64_t value = UK_RLIM_INFINITY;

	if (which >= UK_RLIM_NLIMITS)
		return -EINVAL;
	if (which == UK_RLIMIT_NOFILE && CONFIG_LIB_POSIX_FD)
		value = CONFIG_POSIX_FD_MAX;
	if (which == UK_RLIMIT_CORE)
		value = 0;
	if (which == UK_RLIMIT_NPROC)
		value = 1;
	*limit = (struct uk_rlimit){ value, value };
	return 0;
}

static long change(unsigned int which, const struct uk_rlimit *wanted, struct uk_rlimit *old)
{
	struct uk_rlimit now, new;
	int err = limit_of(which, &now);

	if (err == 0 && wanted)
		err = uk_uaccess_read(&new, wanted, sizeof(new));
	if (err)
		return err;
	if (wanted && new.rlim_cur > new.rlim_max)
		return -EINVAL;
	if (wanted && (new.rlim_cur != now.rlim_cur || new.rlim_max != now.rlim_max))
		return -EPERM;
	return old ? uk_uaccess_write(old, &now, sizeof(now)) : 0;
}

UK_SYSCALL_LEAF4(prlimit64, int, pid, unsigned int, which, const struct uk_rlimit *, wanted,
		 struct uk_rlimit *, old)
{
	return pid == 0 || pid == 1 ? change(which, wanted, old) : -ESRCH;
}

UK_SYSCALL_LEAF2(getrlimit, unsigned int, which, struct uk_rlimit *, out)
{
	return change(which, NULL, out);
}

UK_SYSCALL_LEAF2(setrlimit, unsigned int, which, const struct uk_rlimit *, wanted)
{
	return change(which, wanted, NULL);
}
