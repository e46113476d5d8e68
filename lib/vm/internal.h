/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include <uk/fault.h>
#include <uk/meminfo.h>
#include <uk/spinlock.h>
#include <uk/vm.h>

/*
 * An area: [start, end) with one protection. Areas of a space form a balanced tree by address
 * (AVL: D. Knuth, The Art of Computer Programming, volume 3, 6.2.3), in which each node knows
 * the bounds of its subtree and the largest gap inside of it.
 */
struct uk_vm_area {
	uintptr_t start;
	uintptr_t end;
	unsigned int prot;
	const struct uk_vm_ops *ops;
	void *object;
	uint64_t offset; /* into the object, of start */
	/* unmap.c: 0, or none come any more, and those before this address are gone. */
	uintptr_t going;
	bool touched;   /* pages have been populated */
	bool uncleared; /* a stack: new pages need not be zero, and none is large */
	/* VM_DEMAND */
	bool lazy;      /* pages come when they are touched */
	bool copies;    /* of ops: what is written is the area's own, and has no UK_PROT_COPY */
	bool huge;      /* 2 MiB at a touch where they fit */
	bool read_only; /* never becomes writable */
	bool unlimited; /* UK_VM_UNLIMITED */
	bool shared;    /* UK_VM_SHARED */

	struct uk_vm_area *left;
	struct uk_vm_area *right;
	uintptr_t low;  /* start of the first area of the subtree */
	uintptr_t high; /* end of its last */
	size_t gap;     /* largest hole between two of its areas */
	int height;
};

struct space {
	struct uk_vm_area *root;
	uintptr_t low; /* bounds of all areas */
	uintptr_t high;
};

extern struct space uk__vm_user;
extern struct space uk__vm_stacks;

/* Guards both spaces, their page tables and the statistics. */
extern struct uk_spinlock uk__vm_lock;
extern struct uk_vm_stats uk__vm_stats;

/* For <uk/meminfo.h>: pages that are a mapping's own and no object's, and a stack's. */
extern size_t uk__vm_pages_of_user;
extern size_t uk__vm_pages_of_stacks;

uk_inline size_t *uk__vm_pages_of(uintptr_t at)
{
	return at < UK_VM_HIGH ? &uk__vm_pages_of_user : &uk__vm_pages_of_stacks;
}

/* For placement: the best there is. */
uint64_t uk__vm_random(void);

/* tree.c: pure. The caller sees to it that areas do not overlap. */
struct uk_vm_area *uk__vm_tree_insert(struct uk_vm_area *root, struct uk_vm_area *area);
struct uk_vm_area *uk__vm_tree_remove(struct uk_vm_area *root, struct uk_vm_area *area);
/* Bounds of `area` have changed, its place in the order has not. */
struct uk_vm_area *uk__vm_tree_update(struct uk_vm_area *root, struct uk_vm_area *area);
/* The first area that ends behind `at`, or NULL. */
struct uk_vm_area *uk__vm_tree_at(struct uk_vm_area *root, uintptr_t at);

/* gap.c: pure. Lowest place from `from` on for len bytes, aligned; 0: none. */
uintptr_t uk__vm_gap(const struct space *space, uintptr_t from, size_t len, size_t align);

/*
 * Where a fault may have come with interrupts off: who holds the lock may wait for this CPU to
 * flush its TLB.
 */
uk_inline void uk__vm_enter(void)
{
	if (!CONFIG_VM_DEMAND || !CONFIG_LIB_SMP || uk_cpu_irq_enabled()) {
		uk_spin_lock(&uk__vm_lock);
		return;
	}
	while (!uk_spin_trylock(&uk__vm_lock)) {
		uk_smp_serve();
		uk_cpu_relax();
	}
}

uk_inline void uk__vm_leave(void)
{
	uk_spin_unlock(&uk__vm_lock);
}

/* area.c. Nodes come from pages of their own. Lock held. */
struct uk_vm_area *uk__vm_area_new(void);
void uk__vm_area_delete(struct uk_vm_area *area);
void uk__vm_area_insert(struct space *space, struct uk_vm_area *area);
void uk__vm_area_remove(struct space *space, struct uk_vm_area *area);
/* Makes `at` a border: the area over it becomes two. 0 or -ENOMEM. */
int uk__vm_area_split(struct space *space, uintptr_t at);

/* With VM_DEMAND: one more, one less area refers to its object. Lock held, but where it may be the
 * last one. */
uk_inline void uk__vm_object_hold(const struct uk_vm_area *area)
{
	if (CONFIG_VM_DEMAND && area->ops && area->ops->hold)
		area->ops->hold(area->object);
}

uk_inline void uk__vm_object_drop(const struct uk_vm_area *area)
{
	if (CONFIG_VM_DEMAND && area->ops && area->ops->drop)
		area->ops->drop(area->object);
}

/* The page at an entry of the area with this protection is the object's. */
uk_inline bool uk__vm_is_object(const struct uk_vm_area *area, unsigned int prot)
{
	return area->ops && (!CONFIG_VM_DEMAND || !area->copies || (prot & UK_PROT_COPY));
}

/* move.c, with VM_DEMAND: how often something has moved. Under the lock. */
extern unsigned long uk__vm_moves;

/* vm.c. [at, at + len) in whole pages, below UK_VM_HIGH; *end is its end. */
bool uk__vm_is_range(uintptr_t at, size_t len, uintptr_t *end);
/* Borders of areas and of pages at both ends, so that what follows cannot fail. Lock held. */
int uk__vm_cut(uintptr_t at, uintptr_t end);
/* Areas follow each other without a hole. Lock held. */
bool uk__vm_is_covered(uintptr_t at, uintptr_t end);

/* unmap.c. Nothing lies in [at, end) any more but what others have put there in the course of it. 0
 * or -ENOMEM, then nothing has changed. Lock held, but given up and taken again. What of it holds
 * objects is in no tree, linked by `right` before *gone, for uk__vm_let_go(). */
int uk__vm_unmap(uintptr_t at, uintptr_t end, struct uk_vm_area **gone);
/* When what follows is done, as the lock is given up. NULL: none. */
void uk__vm_let_go(struct uk_vm_area *gone);

/* merge.c. Joins what is alike of the areas of [at, end) and at its borders. Lock held. */
void uk__vm_merge(struct space *space, uintptr_t at, uintptr_t end);
bool uk__vm_continues(const struct uk_vm_area *area, const struct uk_vm_area *next);

/*
 * pages.c. Fill what is missing of [at, end) of the areas that lie there now, but for those
 * without access; takes the lock for a piece at a time. 0, -ENOMEM or what ops said; what was
 * populated stays.
 */
int uk__vm_populate(struct space *space, uintptr_t at, uintptr_t end);
/* The same for user areas on demand, which populate() leaves out: of a fault. A large page, or
 * -EEXIST or -ENOMEM, where [at, end) is one. */
int uk__vm_bring(uintptr_t at, uintptr_t end);
/* The first page from `at` on that is mapped, or `end`; `at` without VM_DEMAND. Lock held. */
uintptr_t uk__vm_skip_hole(uintptr_t at, uintptr_t end);
/* Unmap and give back all pages of [at, end) of the area, of which none is large: a stack's or an
 * object's. Lock held; cannot fail. */
void uk__vm_release(struct uk_vm_area *area, uintptr_t at, uintptr_t end);
/* Of any, within borders of large pages: a piece, of UK_VM_PIECE at most, or a large page where
 * memory for a table has run out: where it ends. Cannot fail either. */
uintptr_t uk__vm_release_some(struct uk_vm_area *area, uintptr_t at, uintptr_t end);
/* A border of a large page is at `at`, splitting one if need be. Lock held. 0 or -ENOMEM. */
int uk__vm_split_page(uintptr_t at);
