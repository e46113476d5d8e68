/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The only way by which kernel code touches memory of the application: plain copies now; with
 * demand paging they are fixed up by a table and return -EFAULT. Thread context, no lock held.
 */

#include <uk/defs.h>
#include <uk/errno.h>
#include <uk/string.h>

#define UK_UACCESS_LOW 0x10000ul

/* 0 or -EFAULT. NULL and the guard area below 64 KiB are refused in any case. Where len is a
 * constant, one comparison: what lies in the guard area wraps around. */
uk_inline int uk_uaccess_ok(const void *ptr, size_t len)
{
	uintptr_t above = (uintptr_t)ptr - UK_UACCESS_LOW, room = -UK_UACCESS_LOW - len;

	if (len == 0 || (len <= -UK_UACCESS_LOW && uk_likely(above <= room)))
		return 0;
	return -EFAULT;
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
