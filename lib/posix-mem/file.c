/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files in memory, page by page as they are touched. Files that own their pages (ramfs, memfd) are
 * mapped themselves; of others each mapping reads copies, which nobody else sees.
 */

#include "mem.h"
#include <uk/errno.h>
#include <uk/file.h>
#include <uk/frames.h>
#include <uk/heap.h>
#include <uk/meminfo.h>
#include <uk/spinlock.h>
#include <uk/string.h>

static size_t held;

UK_HOLDER(held, "copies of files", NULL);

/* A file of which copies are mapped. */
struct source {
	struct uk_file *file;
	uint32_t refs; /* areas, faults, and who maps it */
	struct source *next;
};

/* Those that nothing is mapped of any more: drop() must not close files. */
static struct {
	struct uk_spinlock lock;
	struct source *first;
} dead;

void uk__posix_mem_bury(void)
{
	struct source *s;

	if (!uk_load(&dead.first))
		return;
	uk_spin_lock(&dead.lock);
	s = dead.first;
	dead.first = NULL;
	uk_spin_unlock(&dead.lock);
	while (s) {
		struct source *next = s->next;

		uk_fd_put(s->file);
		uk_heap_free(s);
		s = next;
	}
}

/* How many bytes of a page the file had for it; the rest is zero. -Exxx: not all could be read. */
static long fill(struct uk_file *file, char *page, uint64_t offset)
{
	struct uk_file_iter it;
	size_t done = 0;
	long n = 1;

	memset(page, 0, UK_PAGE_SIZE);
	while (done < UK_PAGE_SIZE && n > 0) {
		n = uk_file_iter_buffer(&it, page + done, UK_PAGE_SIZE - done);
		if (n == 0)
			n = uk_file_read(file, &it, (int64_t)(offset + done));
		if (n > 0)
			done += (size_t)n;
	}
	return n < 0 ? n : (long)done;
}

static int copy_get(void *object, uint64_t offset, uk_paddr_t *pa)
{
	struct source *s = object;
	long n;

	*pa = uk_frames_alloc(0);
	if (!*pa)
		return -ENOMEM;
	n = fill(s->file, uk_phys_to_virt(*pa), offset);
	if (n > 0) {
		uk_holder_take(&held, 1);
		return 0;
	}
	uk_frames_free(*pa, 0);
	return -EIO;
}

static void copy_put(void *object uk_unused, uint64_t offset uk_unused, uk_paddr_t pa)
{
	uk_holder_give(&held, 1);
	uk_frames_free(pa, 0);
}

static void copy_hold(void *object)
{
	struct source *s = object;

	uk_fetch_add(&s->refs, 1);
}

static void copy_drop(void *object)
{
	struct source *s = object;

	if (uk_fetch_sub(&s->refs, 1) > 1)
		return;
	uk_spin_lock(&dead.lock);
	s->next = dead.first;
	dead.first = s;
	uk_spin_unlock(&dead.lock);
}

static const struct uk_vm_ops copies = {
	.get = copy_get, .put = copy_put, .hold = copy_hold, .drop = copy_drop
};

static intptr_t map_copies(struct uk_file *file, struct uk_vm_request *request)
{
	struct source *s = uk_heap_zalloc(1, sizeof(*s));
	intptr_t at;

	if (!s)
		return -ENOMEM;
	uk_file_get(file);
	s->file = file;
	s->refs = 1;
	request->ops = &copies;
	request->object = s;
	at = uk_vm_map_request(request);
	copy_drop(s);
	return at;
}

static intptr_t map_pages(const struct uk_vm_source *source, struct uk_vm_request *request,
			  bool shared)
{
	intptr_t at;

	request->ops = source->ops;
	request->object = source->object;
	if (!shared)
		request->flags |= UK_VM_PRIVATE;
	if (source->read_only)
		request->flags |= UK_VM_READ_ONLY;
	at = uk_vm_map_request(request);
	source->ops->drop(source->object);
	return at;
}

intptr_t uk__posix_mem_map_file(struct uk_file *file, struct uk_vm_request *request, bool shared)
{
	uint32_t mode = file->flags & UK_O_ACCMODE;
	struct uk_vm_source source = { .now = request->prot & UK_PROT_WRITE };
	int err;

	if (!file->ops->read)
		return -ENODEV;
	request->flags |= UK_VM_DEMAND;
	source.writes = shared && mode == UK_O_RDWR;
	err = file->ops->map ? file->ops->map(file, &source) : -ENODEV;
	if (err == -ENODEV && !(shared && source.now))
		return map_copies(file, request);
	return err ? err : map_pages(&source, request, shared);
}
