/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mappings (POSIX.1-2017, XSH mmap()). There is one process: shared and private memory are the
 * same. Without VM_DEMAND files are copied into memory when they are mapped, and shared and
 * writable ones refused.
 */

#include "mem.h"
#include <uk/abi/mman.h>
#include <uk/abi/stat.h>
#include <uk/errno.h>
#include <uk/file.h>
#include <uk/syscall.h>

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
static intptr_t copy_file(struct uk_file *file, struct uk_vm_request *request, bool shared)
{
	unsigned int prot = request->prot;
	intptr_t at;
	long err;

	if (shared && (prot & UK_PROT_WRITE))
		return -EACCES;
	request->prot = UK_PROT_WRITE;
	request->object = &copied;
	at = uk_vm_map_request(request);
	if (at < 0)
		return at;
	err = fill(file, (uintptr_t)at, request->len, (int64_t)request->offset);
	if (err == 0)
		err = uk_vm_protect((uintptr_t)at, request->len, prot);
	if (err == 0)
		return at;
	uk_vm_unmap((uintptr_t)at, request->len);
	return err;
}

static bool is_shared(int flags)
{
	return (flags & UK_MAP_TYPE) != UK_MAP_PRIVATE;
}

/* `more`: UK_VM_*. */
static intptr_t map_memory(uintptr_t at, size_t len, int prot, int flags, unsigned int more)
{
	bool unlimited = CONFIG_VM_DEMAND && (flags & UK_MAP_NORESERVE);
	intptr_t got;

	if ((prot & UK_PROT_WRITE) && !unlimited && !uk__posix_mem_fits(len))
		return -ENOMEM;
	more |= placement(flags) | ON_DEMAND | (unlimited ? UK_VM_UNLIMITED : 0);
	got = uk_vm_map(at, len, (unsigned int)prot, more | (is_shared(flags) ? UK_VM_SHARED : 0));
	/* As far as there is memory; the rest when it is touched. */
	if (CONFIG_VM_DEMAND && got >= 0 && (flags & UK_MAP_POPULATE) && prot != UK_PROT_NONE)
		(void)uk_vm_touch((uintptr_t)got, len, UK_PROT_READ);
	return got;
}

/* In Linux's order: first what it was opened for. Memory and regular files can be mapped. */
static int refusal(struct uk_file *file, int prot, bool shared, bool zeros)
{
	uint32_t mode = file->flags & UK_O_ACCMODE;
	struct uk_stat st;

	if (mode == UK_O_WRONLY || (shared && (prot & UK_PROT_WRITE) && mode != UK_O_RDWR))
		return -EACCES;
	if (zeros)
		return 0;
	int err = uk_file_stat(file, &st);

	return err || UK_S_ISREG(st.st_mode) ? err : -ENODEV;
}

static intptr_t map_opened(struct uk_file *file, struct uk_vm_request *request, int flags)
{
	bool shared = is_shared(flags), read_only;
	bool zeros = file->ops->ioctl && file->ops->ioctl(file, UK_FILE_IS_ZEROS, NULL) == 0;
	int prot = (int)request->prot, err = refusal(file, prot, shared, zeros);

	if (err)
		return err;
	read_only = shared && (file->flags & UK_O_ACCMODE) != UK_O_RDWR;
	if (zeros)
		return map_memory(request->at, request->len, prot, flags,
				  read_only ? UK_VM_READ_ONLY : 0);
	if (read_only)
		request->flags |= UK_VM_READ_ONLY;
	return CONFIG_VM_DEMAND ? uk__posix_mem_map_file(file, request, shared)
				: copy_file(file, request, shared);
}

static intptr_t map_file(int fd, uintptr_t at, size_t len, int prot, int flags, int64_t offset)
{
	struct uk_vm_request request = { .at = at,
					 .len = len,
					 .prot = (unsigned int)prot,
					 .flags = placement(flags),
					 .offset = (uint64_t)offset };
	struct uk_file *file;
	intptr_t got;

	if (!CONFIG_LIB_POSIX_FD)
		return -ENODEV;
	file = uk_fd_get(fd);
	if (!file)
		return -EBADF;
	got = map_opened(file, &request, flags);
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
	if (offset > INT64_MAX - (int64_t)(UK_VM_HIGH - UK_PAGE_SIZE) &&
	    !(flags & UK_MAP_ANONYMOUS))
		return -EOVERFLOW;
	if (!anywhere && (len > UK_VM_HIGH || at > UK_VM_HIGH - len))
		return -ENOMEM;
	if (anywhere)
		at = at < UK_VM_LOW || at > UK_VM_HIGH ? 0 : UK_ALIGN_DOWN(at, UK_PAGE_SIZE);
	intptr_t got = flags & UK_MAP_ANONYMOUS ? map_memory(at, len, own, flags, 0)
						: map_file(fd, at, len, own, flags, offset);

	if (CONFIG_VM_DEMAND && CONFIG_LIB_POSIX_FD)
		uk__posix_mem_bury();
	return got;
}

UK_SYSCALL_FULL2(munmap, uintptr_t, at, size_t, len)
{
	int err = uk_vm_unmap(at, len);

	if (CONFIG_VM_DEMAND && CONFIG_LIB_POSIX_FD)
		uk__posix_mem_bury();
	return err;
}

UK_SYSCALL_FULL3(mprotect, uintptr_t, at, size_t, len, int, prot)
{
	int own = protection(prot);

	if ((prot & ~(UK_MPROT_READ | UK_MPROT_WRITE | UK_MPROT_EXEC)) ||
	    !UK_IS_ALIGNED(at, UK_PAGE_SIZE))
		return -EINVAL;
	if (own < 0 || len == 0)
		return len == 0 ? 0 : own;
	if (at < UK_VM_LOW || len > UK_VM_HIGH || at > UK_VM_HIGH - len)
		return -ENOMEM;
	return uk_vm_protect(at, len, (unsigned int)own);
}
