/* SPDX-License-Identifier: BSD-3-Clause */
/* mremap (Linux, mremap(2)): pages move, nothing is copied. */

#include "mem.h"
#include <uk/abi/mman.h>
#include <uk/errno.h>
#include <uk/syscall.h>

struct resize {
	uintptr_t at;
	size_t len;
	size_t wanted;
	unsigned int prot;
	const struct uk_vm_info *info;
};

/* `len` bytes more of what is mapped, behind the old ones. */
#if CONFIG_VM_DEMAND
static intptr_t more(const struct resize *r, uintptr_t at, size_t len, unsigned int flags)
{
	const struct uk_vm_request request = { .at = at,
					       .len = len,
					       .prot = r->prot,
					       .flags = flags | r->info->flags,
					       .offset = r->len,
					       .like = r->at };

	return uk_vm_map_request(&request);
}

static bool is_unlimited(const struct uk_vm_info *info)
{
	return info->flags & UK_VM_UNLIMITED;
}
#else
static bool is_unlimited(const struct uk_vm_info *info)
{
	(void)info;
	return true;
}

static intptr_t more(const struct resize *r, uintptr_t at, size_t len, unsigned int flags)
{
	return uk_vm_map(at, len, r->prot, flags);
}
#endif

static int grow_behind(const struct resize *r, uintptr_t at)
{
	size_t len = r->wanted - r->len;

	if (CONFIG_VM_DEMAND)
		return (int)UK_MIN(more(r, at, len, UK_VM_FIXED), 0);
	return uk_vm_protect(at, len, r->prot);
}

/* With new pages behind the old ones if it grows. */
static intptr_t move(const struct resize *r, uintptr_t to, unsigned int flags)
{
	intptr_t got = uk_vm_map(to, r->wanted, UK_PROT_NONE, flags);
	int err = 0;

	if (got < 0)
		return got;
	if (r->wanted > r->len)
		err = grow_behind(r, (uintptr_t)got + r->len);
	if (!err)
		err = uk_vm_move(r->at, r->len, (uintptr_t)got);
	if (err)
		uk_vm_unmap((uintptr_t)got, r->wanted);
	return err ? err : got;
}

static intptr_t move_to(struct resize *r, uintptr_t to)
{
	if (!UK_IS_ALIGNED(to, UK_PAGE_SIZE) || to < UK_VM_LOW || to > UK_VM_HIGH - r->wanted ||
	    (to < r->at + r->len && r->at < to + r->wanted))
		return -EINVAL;
	if (r->wanted < r->len) {
		int err = uk_vm_unmap(r->at + r->wanted, r->len - r->wanted);

		if (err)
			return err;
		r->len = r->wanted;
	}
	return move(r, to, UK_VM_FIXED);
}

static intptr_t resize(struct resize *r, const struct uk_vm_info *info, bool may_move)
{
	uintptr_t end = r->at + r->len;
	int err;

	if (r->wanted < r->len) {
		err = uk_vm_unmap(r->at + r->wanted, r->len - r->wanted);
		return err ? err : (intptr_t)r->at;
	}
	if (r->wanted == r->len)
		return (intptr_t)r->at;
	if (info->end == end && more(r, end, r->wanted - r->len, UK_VM_NOREPLACE) >= 0)
		return (intptr_t)r->at;
	return may_move ? move(r, 0, 0) : -ENOMEM;
}

static bool is_too_much(const struct uk_vm_info *info, size_t more)
{
	return (info->prot & UK_PROT_WRITE) && !info->ops && !is_unlimited(info) &&
	       !uk__posix_mem_fits(more);
}

static long remap(uintptr_t at, size_t len, size_t wanted, unsigned long flags, uintptr_t to)
{
	struct resize r = { .at = at,
			    .len = UK_ALIGN_UP(len, UK_PAGE_SIZE),
			    .wanted = UK_ALIGN_UP(wanted, UK_PAGE_SIZE) };
	struct uk_vm_info info;

	if ((flags & ~(unsigned long)(UK_MREMAP_MAYMOVE | UK_MREMAP_FIXED)) ||
	    flags == UK_MREMAP_FIXED || !UK_IS_ALIGNED(at, UK_PAGE_SIZE) || r.len == 0 ||
	    r.wanted == 0)
		return -EINVAL;
	if (!uk_vm_lookup(at, &info) || info.end - at < r.len)
		return -EFAULT;
	if (r.wanted > UK_VM_HIGH)
		return -ENOMEM;
	/* What is no memory of its own has nothing to grow by. */
	if (r.wanted > r.len && info.object && !(CONFIG_VM_DEMAND && info.ops))
		return -EINVAL;
	if (r.wanted > r.len && is_too_much(&info, r.wanted - r.len))
		return -ENOMEM;
	r.prot = info.prot;
	r.info = &info;
	return flags & UK_MREMAP_FIXED ? move_to(&r, to)
				       : resize(&r, &info, (flags & UK_MREMAP_MAYMOVE) != 0);
}

UK_SYSCALL_FULL5(mremap, uintptr_t, at, size_t, len, size_t, wanted, unsigned long, flags,
		 uintptr_t, to)
{
	long got = remap(at, len, wanted, flags, to);

	if (CONFIG_VM_DEMAND && CONFIG_LIB_POSIX_FD)
		uk__posix_mem_bury();
	return got;
}
