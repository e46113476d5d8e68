/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The only way by which kernel code touches memory of the application: plain copies, unless memory
 * comes on demand (VM_DEMAND). Then what is missing is brought, and a pointer to nothing is
 * -EFAULT. With a spinlock held, preemption disabled or interrupts off nothing is brought: then
 * -EFAULT may mean that it is just not there. Who has to touch it there does, without the lock,
 *
 *	while (err == -EFAULT && uk_uaccess_populate(ptr, len, write) == 0)
 *		take the lock and do it again
 *
 * Thread context.
 */

#include <stdbool.h>
#include <uk/atomic.h>
#include <uk/defs.h>
#include <uk/errno.h>
#include <uk/fault.h>
#include <uk/mmu.h>
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

#if CONFIG_VM_DEMAND
/* Implemented by arch: how many bytes, of the last ones, were not copied. For whoever has use for a
 * part; the pointers have been looked at. */
size_t uk_uaccess_copy(void *dst, const void *src, size_t n);
int uk_uaccess_fetch(int32_t *dst, const int32_t *src);
/* If *user is *old it becomes `value`: 0; else *old becomes it: -EAGAIN. Or -EFAULT. */
int uk_uaccess_swap(int32_t *user, int32_t *old, int32_t value);
#else
uk_inline size_t uk_uaccess_copy(void *dst, const void *src, size_t n)
{
	memcpy(dst, src, n);
	return 0;
}

uk_inline int uk_uaccess_fetch(int32_t *dst, const int32_t *src)
{
	*dst = uk_load(src);
	return 0;
}

uk_inline int uk_uaccess_swap(int32_t *user, int32_t *old, int32_t value)
{
	return uk_compare_exchange(user, old, value) ? 0 : -EAGAIN;
}
#endif

/* Brings [ptr, ptr + len), for a copy that failed where it could not wait: 0: try again. -EFAULT:
 * nothing is there. Thread context, no lock held. */
uk_inline int uk_uaccess_populate(const void *ptr, size_t len, bool write)
{
	if (!CONFIG_VM_DEMAND)
		return -EFAULT;
	return uk_vm_touch((uintptr_t)ptr, len, write ? UK_PROT_WRITE : UK_PROT_READ) ? -EFAULT : 0;
}

uk_inline int uk_uaccess_read(void *dst, const void *user_src, size_t len)
{
	int err = uk_uaccess_ok(user_src, len);

	if (err == 0 && uk_uaccess_copy(dst, user_src, len))
		err = -EFAULT;
	return err;
}

uk_inline int uk_uaccess_write(void *user_dst, const void *src, size_t len)
{
	int err = uk_uaccess_ok(user_dst, len);

	if (err == 0 && uk_uaccess_copy(user_dst, src, len))
		err = -EFAULT;
	return err;
}

/* A word that other threads may change meanwhile, as a futex: one access. Also with a spinlock
 * held; -EFAULT may then mean that it is to be tried once without. */
uk_inline int uk_uaccess_load(int32_t *dst, const int32_t *user_src)
{
	int err = uk_uaccess_ok(user_src, sizeof(*user_src));

	if (err == 0)
		err = uk_uaccess_fetch(dst, user_src);
	return err;
}

/* As uk_uaccess_load(): if *user is *old it becomes `value`; else -EAGAIN, and *old is what it is.
 */
uk_inline int uk_uaccess_compare_exchange(int32_t *user, int32_t *old, int32_t value)
{
	int err = uk_uaccess_ok(user, sizeof(*user));

	if (err)
		return err;
	return uk_uaccess_swap(user, old, value);
}
