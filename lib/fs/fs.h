/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include <uk/fs.h>

/* The root of what is mounted on `node` (NULL: on "/"), with a reference that takes the place
 * of node's; node itself when nothing is; NULL when node is NULL and nothing is mounted. */
struct uk_fs_node *uk__fs_cross(struct uk_fs_node *node);
