/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Between the files of this library. */

#include <stdbool.h>
#include <uk/frames.h>
#include <uk/vm.h>

/* What an application maps comes when it is touched, if it can. */
#define ON_DEMAND (CONFIG_VM_DEMAND ? UK_VM_DEMAND : 0)

/* Less than there ever is; on demand nothing else keeps a wish small. As Linux does by default. */
uk_inline bool uk__posix_mem_fits(size_t len)
{
	struct uk_frames_stats stats;

	if (!CONFIG_VM_DEMAND)
		return true;
	uk_frames_stats(&stats);
	return len / UK_PAGE_SIZE <= stats.total;
}

struct uk_file;

/*
 * With VM_DEMAND: map request->len bytes of the regular file from request->offset on; that it was
 * opened for that is known. The address; -ENODEV (nothing that could be written through a mapping),
 * or as uk_vm_map_request().
 */
intptr_t uk__posix_mem_map_file(struct uk_file *file, struct uk_vm_request *request, bool shared);
/* Lets go of files that are not mapped any more. Thread context, no lock held. */
void uk__posix_mem_bury(void);
