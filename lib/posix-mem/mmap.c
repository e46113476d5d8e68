/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mappings (POSIX.1-2017, XSH mmap()). There is one process: shared and private memory are the
 * same. Files are copied into memory when they are mapped; shared and writable ones are refused.
 */

#include <stdbool.h>
#include <uk/abi/mman.h>
#include <uk/errno.h>
#include <uk/file.h>
#include <uk/syscall.h>
#include <uk/vm.h>

/* Linux's protection bits as ours; -EACCES: writable and executable. */
static int protection(int prot)
{
	int own = UK_PROT_READ;

	if (!(prot & (UK_MPROT_READ | UK_MPROT_WRITE | UK_MPROT_EXEC)))
		return UK_PROT_NONE;
	if ((prot & UK_MPROT_WRITE) && (prot & UK_MPROT_EXEC))
		return -EACCES;
	if (prot & UK_MPROT_WRITE)
		own |= UK_PROT_WRITE;
	if (prot & UK_MPROT_EXEC)
		own |= UK_PROT_EXEC;
	return own;
}

/* Marks a file's copy: zeros would be wrong where it is forgotten, or grows. */
static char copied;

static unsigned int placement(int flags)
{
	if (flags & UK_MAP_FIXED_NOREPLACE)
		return UK_VM_NOREPLACE;
	return flags & UK_MAP_FIXED ? UK_VM_FIXED : 0;
}

static long fill(struct uk_file *file, uintptr_t at, size_t len, int64_t offset)
{
	size_t done = 0;
	long n = 1;

	while (done < len && n > 0) {
		struct uk_file_iter it;

		n = uk_file_iter_buffer(&it, (void *)(at + done), len - done);
		if (n == 0)
			n = uk_file_read(file, &it, offset + (int64_t)done);
		if (n > 0)
			done += (size_t)n;
	}
	return n < 0 ? n : 0;
}

/* A copy of a file's bytes; zeros behind its end. */
static intptr_t map_file(int fd, uintptr_t at, size_t len, int prot, int flags, int64_t offset)
{
	struct uk_vm_request request = { .at = at,
					 .len = len,
					 .prot = UK_PROT_WRITE,
					 .flags = placement(flags),
					 .object = &copied };
	struct uk_file *file = uk_fd_get(fd);
	intptr_t got;
	long err;

	if (!file)
		return -EBADF;
	if (!file->ops->seek || ((flags & UK_MAP_TYPE) != UK_MAP_PRIVATE && (prot & UK_PROT_WRITE)))
		got = -EACCES;
	else
		got = uk_vm_map_request(&request);
	if (got >= 0) {
		err = fill(file, (uintptr_t)got, len, offset);
		if (err == 0)
			err = uk_vm_protect((uintptr_t)got, len, (unsigned int)prot);
		if (err) {
			uk_vm_unmap((uintptr_t)got, len);
			got = err;
		}
	}
	uk_fd_put(file);
	return got;
}

UK_SYSCALL_FULL6(mmap, uintptr_t, at, size_t, len, int, prot, int, flags, int, fd, int64_t, offset)
{
	int own = protection(prot), type = flags & UK_MAP_TYPE;
	bool anywhere = placement(flags) == 0;

	if (own < 0)
		return own;
	if (len == 0 || !UK_IS_ALIGNED((uint64_t)offset, UK_PAGE_SIZE) || offset < 0 ||
	    type < UK_MAP_SHARED || type > UK_MAP_SHARED_VALIDATE)
		return -EINVAL;
	if (anywhere)
		at = at < UK_VM_LOW || at > UK_VM_HIGH ? 0 : UK_ALIGN_DOWN(at, UK_PAGE_SIZE);
	if (flags & UK_MAP_ANONYMOUS)
		return uk_vm_map(at, len, (unsigned int)own, placement(flags));
	return CONFIG_LIB_POSIX_FD ? map_file(fd, at, len, own, flags, offset) : -ENODEV;
}

UK_SYSCALL_FULL2(munmap, uintptr_t, at, size_t, len)
{
	return uk_vm_unmap(at, len);
}

UK_SYSCALL_FULL3(mprotect, uintptr_t, at, size_t, len, int, prot)
{
	int own = protection(prot);

	if (own < 0 || len == 0)
		return len == 0 ? 0 : own;
	return uk_vm_protect(at, len, (unsigned int)own);
}
