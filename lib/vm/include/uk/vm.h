/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Virtual memory: areas of the lower half of the address space, which belongs to the
 * application, and stacks for kernel threads in the upper half.
 *
 * Memory is populated, with zeros, when it is mapped or made accessible; with the option VM_DEMAND
 * and UK_VM_DEMAND when it is touched (<uk/fault.h>). Addresses and lengths are bytes; lengths are
 * rounded up to pages. [0, UK_VM_LOW) is a hole forever. Nothing is ever writable and executable.
 * Protection: UK_PROT_* of <uk/mmu.h>; UK_PROT_NONE reserves addresses and no memory, as many as
 * there are. Neighbours that are alike are one area.
 *
 * Thread and boot context; never sleeps. With several CPUs, what is unmapped or protected is out
 * of the TLBs of all when the call returns.
 */

#include <stdbool.h>
#include <uk/defs.h>
#include <uk/errno.h>
#include <uk/fault.h>
#include <uk/mmu.h>

#define UK_VM_LOW  0x0000000000010000ul
#define UK_VM_HIGH 0x00007ffffffff000ul
/* Where mappings without a wish go, from a random place on. */
#define UK_VM_BASE 0x0000100000000000ul

#define UK_VM_FIXED     1u /* exactly at `at`; what is there goes */
#define UK_VM_NOREPLACE 2u /* exactly at `at`, or -EEXIST */
/* With VM_DEMAND; without it these change nothing. */
#define UK_VM_DEMAND    4u  /* a page comes when it is touched */
#define UK_VM_PRIVATE   8u  /* what is written does not reach the object: copied on write */
#define UK_VM_READ_ONLY 16u /* never becomes writable */
#define UK_VM_UNLIMITED 32u /* may be made writable in whole, however large it is */
#define UK_VM_SHARED    64u /* uk_vm_discard() leaves it what it is */

struct uk_vm_area;

struct uk_vm_request {
	uintptr_t at; /* wish, page-aligned; 0: none */
	size_t len;
	unsigned int prot;
	unsigned int flags;
	const struct uk_vm_ops *ops; /* NULL: memory of its own, cleared */
	void *object;    /* for ops, or a mark that keeps it apart; outlives the mapping */
	uint64_t offset; /* into the object, page-aligned */
#if CONFIG_VM_DEMAND
	/* 0, or an address: protection, flags and object are those of what is mapped there,
	 * `offset` bytes behind it. */
	uintptr_t like;
#endif
};

/*
 * The address, or -EINVAL (length 0, not aligned, writable and executable, out of bounds with
 * UK_VM_FIXED), -EEXIST, -ENOMEM, -EFAULT (nothing is at `like`).
 */
intptr_t uk_vm_map_request(const struct uk_vm_request *request);
/* The same for memory of its own. */
intptr_t uk_vm_map(uintptr_t at, size_t len, unsigned int prot, unsigned int flags);

/*
 * What is undone here takes time in proportion to the pages, during which other CPUs may wait for
 * vm's lock: it is given up after so many bytes. A caller that holds a lock of its own may do the
 * same. (A large page goes in one piece where there is no memory left to split it.)
 */
#define UK_VM_PIECE (32 * UK_PAGE_SIZE)

/* Holes are allowed. Until it is done nothing else comes to lie there. 0, -EINVAL (length 0, not
 * aligned, above UK_VM_HIGH), -ENOMEM (an area had to be split): then nothing has changed. Thread
 * context, as all of these. */
int uk_vm_unmap(uintptr_t at, size_t len);

/* Also populates what was UK_PROT_NONE. 0, -EINVAL, -ENOMEM (a hole; no memory, or more becomes
 * writable than the machine has), -EACCES (to be writable, and UK_VM_READ_ONLY). */
int uk_vm_protect(uintptr_t at, size_t len, unsigned int prot);
/* Becomes UK_PROT_NONE and gives its pages back; the addresses stay taken. 0, -EINVAL, -ENOMEM (a
 * hole, or an area had to be split): then nothing has changed. The lock is not given up meanwhile:
 * UK_VM_PIECE at a time is for the caller to do. */
int uk_vm_decommit(uintptr_t at, size_t len);

/*
 * What the pages hold is forgotten: they read as zeros afterwards, and those that are UK_PROT_NONE
 * or on demand are given back; on demand also of an object, whose content comes again. Else memory
 * of its own only. 0; -EINVAL (also: something else lies there): then nothing has changed; -ENOMEM:
 * there are holes, and the rest is done; or a large page had to be split, and nothing has changed,
 * unless another thread made it one meanwhile: then what lies before it is done.
 */
int uk_vm_discard(uintptr_t at, size_t len);

/*
 * [at, at + len), a part of one area, goes to [to, to + len), which is UK_PROT_NONE and has no
 * pages; they do not overlap. Nothing is copied; at `at` is a hole then. 0; -EFAULT (not of one
 * area), -EINVAL, -ENOMEM (tables): then nothing has changed.
 */
int uk_vm_move(uintptr_t at, size_t len, uintptr_t to);

/* With VM_DEMAND: large pages (2 MiB) are taken at a touch where they fit, or not. 0, -EINVAL,
 * -ENOMEM (a hole, or an area had to be split). */
int uk_vm_advise_large(uintptr_t at, size_t len, bool large);

/* there[i]: page i from `at` on is populated (1) or not (0); NULL: no matter which. 0, -EINVAL,
 * -ENOMEM (a hole). */
int uk_vm_resident(uintptr_t at, size_t pages, unsigned char *there);

/* The area that `address` lies in. */
struct uk_vm_info {
	uintptr_t start;
	uintptr_t end;
	unsigned int prot;
	const struct uk_vm_ops *ops;
	void *object;
#if CONFIG_VM_DEMAND
	uint64_t offset;    /* of `address`, into the object */
	unsigned int flags; /* UK_VM_DEMAND and those behind it */
#endif
};
bool uk_vm_lookup(uintptr_t address, struct uk_vm_info *info);

struct uk_vm_stats {
	size_t areas;
	size_t mapped; /* bytes of areas, of stacks too */
	size_t pages;  /* populated */
};
void uk_vm_stats(struct uk_vm_stats *stats);

/* Where random placement takes its numbers from, instead of the CPU. Called before the first
 * mapping. */
void uk_vm_set_random(uint64_t (*source)(void));

/*
 * A stack of `size` bytes (rounded up to pages) with an unmapped page below it: the lowest
 * address, or NULL. Not cleared. Some are kept for reuse. Free with the same size. A running
 * thread does not free the stack that it runs on.
 */
void *uk_vm_stack_alloc(size_t size);
void uk_vm_stack_free(void *stack, size_t size);
