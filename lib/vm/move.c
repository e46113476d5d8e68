/* SPDX-License-Identifier: BSD-3-Clause */
/* Pages go to other addresses; nothing is copied. */

#include "internal.h"

unsigned long uk__vm_moves;

/* Neighbouring pages whose frames are neighbours, too. */
struct run {
	size_t len;
	bool mapped;
	uk_paddr_t pa;
	unsigned int prot;
};

static struct run run_at(uintptr_t at, size_t most)
{
	struct run run = { .len = UK_PAGE_SIZE };
	unsigned int prot;
	uk_paddr_t pa;

	run.mapped = uk_page_lookup(at, &run.pa, &run.prot);
	while (run.len < most) {
		bool mapped = uk_page_lookup(at + run.len, &pa, &prot);

		if (mapped != run.mapped ||
		    (mapped && (pa != run.pa + run.len || prot != run.prot)))
			break;
		run.len += UK_PAGE_SIZE;
	}
	return run;
}

/* The frames of [at, at + len) at `to` as well, or nothing there. */
static int map_again(uintptr_t at, uintptr_t to, size_t len)
{
	struct run run;

	for (size_t done = 0; done < len; done += run.len) {
		done = uk__vm_skip_hole(at + done, at + len) - at;
		if (CONFIG_VM_DEMAND && done == len)
			break;
		run = run_at(at + done, len - done);

		int err = run.mapped ? uk_page_map(to + done, run.pa, run.len, run.prot) : 0;

		if (err) {
			uk_page_unmap(to, done);
			return err;
		}
	}
	return 0;
}

static bool is_inside(const struct uk_vm_area *area, uintptr_t at, size_t len)
{
	return area && area->start <= at && area->end - at >= len && !area->going;
}

/* Both are exactly as long as what moves. */
static int hand_over(struct uk_vm_area *from, struct uk_vm_area *into)
{
	size_t len = from->end - from->start;
	int err = from->touched ? map_again(from->start, into->start, len) : 0;

	if (err)
		return err;
	into->prot = from->prot;
	into->ops = from->ops;
	into->object = from->object;
	into->offset = from->offset;
	into->touched = from->touched;
	if (CONFIG_VM_DEMAND) {
		uk__vm_moves++;
		into->lazy = from->lazy;
		into->copies = from->copies;
		into->huge = from->huge;
		into->read_only = from->read_only;
		into->unlimited = from->unlimited;
		into->shared = from->shared;
	}
	if (from->touched)
		uk_page_unmap(from->start, len);
	uk__vm_area_remove(&uk__vm_user, from);
	uk__vm_area_delete(from);
	return 0;
}

/* Lock held. */
static int move(uintptr_t at, size_t len, uintptr_t to)
{
	const struct uk_vm_area *from = uk__vm_tree_at(uk__vm_user.root, at);
	const struct uk_vm_area *into = uk__vm_tree_at(uk__vm_user.root, to);

	if (!is_inside(from, at, len))
		return -EFAULT;
	if (!is_inside(into, to, len) || !(into->prot & UK_PROT_NONE) || into->touched)
		return -EINVAL;

	int err = uk__vm_cut(at, at + len);

	if (!err)
		err = uk__vm_cut(to, to + len);
	return err ? err
		   : hand_over(uk__vm_tree_at(uk__vm_user.root, at),
			       uk__vm_tree_at(uk__vm_user.root, to));
}

int uk_vm_move(uintptr_t at, size_t len, uintptr_t to)
{
	uintptr_t end, to_end;

	if (!uk__vm_is_range(at, len, &end) || !uk__vm_is_range(to, len, &to_end) ||
	    (at < to_end && to < end))
		return -EINVAL;
	uk_spin_lock(&uk__vm_lock);
	int err = move(at, end - at, to);

	uk__vm_merge(&uk__vm_user, at, end);
	uk__vm_merge(&uk__vm_user, to, to_end);
	uk_spin_unlock(&uk__vm_lock);
	return err;
}
