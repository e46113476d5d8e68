/* SPDX-License-Identifier: BSD-3-Clause */
#include "internal.h"

static int height(const struct uk_vm_area *node)
{
	return node ? node->height : 0;
}

/* What a node knows of its subtree, from its children. */
static void summarise(struct uk_vm_area *node)
{
	const struct uk_vm_area *left = node->left;
	const struct uk_vm_area *right = node->right;

	node->height = 1 + UK_MAX(height(left), height(right));
	node->low = node->start;
	node->high = node->end;
	node->gap = 0;
	if (left) {
		node->low = left->low;
		node->gap = UK_MAX(left->gap, node->start - left->high);
	}
	if (right) {
		node->high = right->high;
		node->gap = UK_MAX(node->gap, right->gap);
		node->gap = UK_MAX(node->gap, right->low - node->end);
	}
}

static struct uk_vm_area *rotate_right(struct uk_vm_area *node)
{
	struct uk_vm_area *top = node->left;

	node->left = top->right;
	top->right = node;
	summarise(node);
	summarise(top);
	return top;
}

static struct uk_vm_area *rotate_left(struct uk_vm_area *node)
{
	struct uk_vm_area *top = node->right;

	node->right = top->left;
	top->left = node;
	summarise(node);
	summarise(top);
	return top;
}

/* Heights of the children differ by at most two. */
static struct uk_vm_area *balance(struct uk_vm_area *node)
{
	int lean = height(node->left) - height(node->right);

	if (lean > 1) {
		if (height(node->left->left) < height(node->left->right))
			node->left = rotate_left(node->left);
		return rotate_right(node);
	}
	if (lean < -1) {
		if (height(node->right->right) < height(node->right->left))
			node->right = rotate_right(node->right);
		return rotate_left(node);
	}
	summarise(node);
	return node;
}

struct uk_vm_area *uk__vm_tree_insert(struct uk_vm_area *root, struct uk_vm_area *area)
{
	if (!root) {
		area->left = NULL;
		area->right = NULL;
		summarise(area);
		return area;
	}
	if (area->start < root->start)
		root->left = uk__vm_tree_insert(root->left, area);
	else
		root->right = uk__vm_tree_insert(root->right, area);
	return balance(root);
}

static struct uk_vm_area *take_first(struct uk_vm_area *root, struct uk_vm_area **first)
{
	if (!root->left) {
		*first = root;
		return root->right;
	}
	root->left = take_first(root->left, first);
	return balance(root);
}

struct uk_vm_area *uk__vm_tree_remove(struct uk_vm_area *root, struct uk_vm_area *area)
{
	if (area->start < root->start) {
		root->left = uk__vm_tree_remove(root->left, area);
	} else if (area->start > root->start) {
		root->right = uk__vm_tree_remove(root->right, area);
	} else {
		struct uk_vm_area *next;

		if (!root->right)
			return root->left;

		struct uk_vm_area *right = take_first(root->right, &next);

		next->left = root->left;
		next->right = right;
		root = next;
	}
	return balance(root);
}

struct uk_vm_area *uk__vm_tree_update(struct uk_vm_area *root, struct uk_vm_area *area)
{
	if (area->start < root->start)
		uk__vm_tree_update(root->left, area);
	else if (area->start > root->start)
		uk__vm_tree_update(root->right, area);
	summarise(root);
	return root;
}

struct uk_vm_area *uk__vm_tree_at(struct uk_vm_area *root, uintptr_t at)
{
	struct uk_vm_area *found = NULL;

	while (root) {
		if (root->end > at) {
			found = root;
			root = root->left;
		} else {
			root = root->right;
		}
	}
	return found;
}
