/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The only way by which kernel code touches memory of the application: plain copies now; with
 * demand paging they are fixed up by a table and return -EFAULT. Thread context, no lock held.
 */

#include <uk/atomic.h>
#include <uk/defs.h>
#include <uk/errno.h>
#include <uk/string.h>

#define UK_UACCESS_LOW 0x10000ul

/* 0 or -EFAULT. NULL and the guard area below 64 KiB are refused in any case. */
uk_inline int uk_uaccess_ok(const void *ptr, size_t len)
{
	uintptr_t at = (uintptr_t)ptr;

	/* One comparison where that can be: what lies in the guard area wraps around. */
	if (__builtin_constant_p(len) && len - 1 < UK_UACCESS_LOW)
		return uk_likely(at - UK_UACCESS_LOW <= -UK_UACCESS_LOW - len) ? 0 : -EFAULT;
	if (uk_likely(at >= UK_UACCESS_LOW && at <= -len))
		return 0;
	return len == 0 ? 0 : -EFAULT;
}

uk_inline int uk_uaccess_read(void *dst, const void *user_src, size_t len)
{
	int err = uk_uaccess_ok(user_src, len);

	if (err == 0)
		memcpy(dst, user_src, len);
	return err;
}

uk_inline int uk_uaccess_write(void *user_dst, const void *src, size_t len)
{
	int err = uk_uaccess_ok(user_dst, len);

	if (err == 0)
		memcpy(user_dst, src, len);
	return err;
}

/* A word that other threads may change meanwhile, as a futex: one access. Also with a spinlock
 * held; -EFAULT may then mean that it is to be tried once without. */
uk_inline int uk_uaccess_load(int32_t *dst, const int32_t *user_src)
{
	int err = uk_uaccess_ok(user_src, sizeof(*user_src));

	if (err == 0)
		*dst = uk_load(user_src);
	return err;
}

/* As uk_uaccess_load(): if *user is *old it becomes `value`; else -EAGAIN, and *old is what it is.
 */
uk_inline int uk_uaccess_compare_exchange(int32_t *user, int32_t *old, int32_t value)
{
	int err = uk_uaccess_ok(user, sizeof(*user));

	if (err)
		return err;
	return uk_compare_exchange(user, old, value) ? 0 : -EAGAIN;
}
