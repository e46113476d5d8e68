/* SPDX-License-Identifier: BSD-3-Clause */
/* madvise, mincore, msync (Linux's manual pages of section 2). */

#include "mem.h"
#include <uk/abi/mman.h>
#include <uk/errno.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

/* 0, or -ENOMEM if something of it is not mapped. */
static int mapped(uintptr_t at, size_t len)
{
	return uk_vm_resident(at, len / UK_PAGE_SIZE, NULL) ? -ENOMEM : 0;
}

/* The length in whole pages; -EINVAL: not aligned, or it wraps. */
static int whole(uintptr_t at, size_t *len)
{
	size_t pages = UK_ALIGN_UP(*len, UK_PAGE_SIZE);

	if (!UK_IS_ALIGNED(at, UK_PAGE_SIZE) || pages < *len || at + pages < at)
		return -EINVAL;
	*len = pages;
	return 0;
}

/* Where nothing can be: a hole, as Linux has it. */
static bool is_outside(uintptr_t at, size_t len)
{
	return at < UK_VM_LOW || at + len > UK_VM_HIGH;
}

static int large(uintptr_t at, size_t len, bool yes)
{
	if (!CONFIG_VM_DEMAND || is_outside(at, len))
		return mapped(at, len);
	return uk_vm_advise_large(at, len, yes);
}

static int forget(uintptr_t at, size_t len)
{
	return is_outside(at, len) ? -ENOMEM : uk_vm_discard(at, len);
}

#if CONFIG_VM_DEMAND
static bool is_shared(const struct uk_vm_info *info)
{
	return info->flags & UK_VM_SHARED;
}
#else
static bool is_shared(const struct uk_vm_info *info)
{
	(void)info;
	return false;
}
#endif

/* It may be forgotten at once or never: on demand, at once. Not of files, and not of what is
 * shared. */
static int let_go(uintptr_t at, size_t len)
{
	struct uk_vm_info info;

	if (!CONFIG_VM_DEMAND)
		return mapped(at, len);
	for (uintptr_t next = at; next < at + len && uk_vm_lookup(next, &info); next = info.end) {
		if (info.ops || is_shared(&info))
			return -EINVAL;
	}
	return forget(at, len);
}

static int populate(uintptr_t at, size_t len, bool write)
{
	int err = mapped(at, len);

	if (!err && CONFIG_VM_DEMAND)
		err = uk_vm_touch(at, len, write ? UK_PROT_WRITE : UK_PROT_READ);
	if (err == -EACCES)
		return -EINVAL;
	return err == -EIO ? -EFAULT : err;
}

UK_SYSCALL_FULL3(madvise, uintptr_t, at, size_t, len, int, advice)
{
	int err = whole(at, &len);

	if (err)
		return err;
	switch (advice) {
	case UK_MADV_NORMAL:
	case UK_MADV_RANDOM:
	case UK_MADV_SEQUENTIAL:
	case UK_MADV_WILLNEED:
	case UK_MADV_DONTFORK:
	case UK_MADV_DOFORK:
	case UK_MADV_DONTDUMP:
	case UK_MADV_DODUMP: return len == 0 ? 0 : mapped(at, len);
	case UK_MADV_HUGEPAGE:
	case UK_MADV_NOHUGEPAGE: return len == 0 ? 0 : large(at, len, advice == UK_MADV_HUGEPAGE);
	case UK_MADV_FREE: return len == 0 ? 0 : let_go(at, len);
	case UK_MADV_DONTNEED: return len == 0 ? 0 : forget(at, len);
	case UK_MADV_POPULATE_READ:
	case UK_MADV_POPULATE_WRITE:
		return len == 0 ? 0 : populate(at, len, advice == UK_MADV_POPULATE_WRITE);
	default: return -EINVAL;
	}
}

UK_SYSCALL_FULL3(mincore, uintptr_t, at, size_t, len, unsigned char *, there)
{
	unsigned char some[64];
	size_t pages;

	if (!UK_IS_ALIGNED(at, UK_PAGE_SIZE))
		return -EINVAL;
	if (whole(at, &len))
		return -ENOMEM;
	pages = len / UK_PAGE_SIZE;
	if (uk_uaccess_ok(there, pages))
		return -EFAULT;
	for (size_t done = 0, n; done < pages; done += n) {
		n = UK_MIN(pages - done, sizeof(some));
		if (uk_vm_resident(at + done * UK_PAGE_SIZE, n, some))
			return -ENOMEM;

		int err = uk_uaccess_write(there + done, some, n);

		if (err)
			return err;
	}
	return 0;
}

/* There is nothing behind memory; files are mapped themselves, or as copies that nobody writes. */
UK_SYSCALL_FULL3(msync, uintptr_t, at, size_t, len, int, flags)
{
	if ((flags & ~(UK_MS_ASYNC | UK_MS_INVALIDATE | UK_MS_SYNC)) ||
	    (flags & (UK_MS_ASYNC | UK_MS_SYNC)) == (UK_MS_ASYNC | UK_MS_SYNC) ||
	    !UK_IS_ALIGNED(at, UK_PAGE_SIZE))
		return -EINVAL;
	if (whole(at, &len))
		return -ENOMEM;
	return len == 0 ? 0 : mapped(at, len);
}
