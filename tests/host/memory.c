/* SPDX-License-Identifier: BSD-3-Clause */
/* Contract mmu.h on the host: see <uk/member/mmu.h> beside this file. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <uk/errno.h>
#include <uk/host.h>
#include <uk/mmu.h>
#include <uk/panic.h>

#define RAM_SIZE (64ull << 30)
#define SLOTS    (1u << 20) /* pages that the model can hold */
#define LARGE    (2ul << 20)
#define REGIONS  (1u << 14) /* of 2 MiB that ever had a mapping */

struct slot {
	uintptr_t va; /* 0: empty, 1: was used */
	uk_paddr_t pa;
	unsigned int prot;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *ram;
static bool has_directory[RAM_SIZE >> 30]; /* tables of the direct map that exist */
static bool has_table[RAM_SIZE / LARGE];
static uintptr_t regions[REGIONS]; /* numbers from 1 on */
static bool is_large[REGIONS];     /* one page fills it */
static unsigned char *open_frames; /* a bit for each frame, mapped on demand by the host */
static struct slot *slots;
static unsigned long nmapped;
static uk_paddr_t (*table_source)(void);
static long fail_after = -1;

static void *reserve(size_t size, int prot)
{
	void *at = mmap(NULL, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		abort();
	return at;
}

static void init(void)
{
	if (ram)
		return;
	ram = reserve(RAM_SIZE, PROT_NONE);
	open_frames = reserve(RAM_SIZE / UK_PAGE_SIZE / 8, PROT_READ | PROT_WRITE);
	slots = reserve(SLOTS * sizeof(*slots), PROT_READ | PROT_WRITE);
}

void uk_host_memory_reset(void)
{
	if (ram) {
		munmap(ram, RAM_SIZE);
		munmap(open_frames, RAM_SIZE / UK_PAGE_SIZE / 8);
		munmap(slots, SLOTS * sizeof(*slots));
		ram = NULL;
	}
	memset(has_directory, 0, sizeof(has_directory));
	memset(has_table, 0, sizeof(has_table));
	memset(regions, 0, sizeof(regions));
	memset(is_large, 0, sizeof(is_large));
	nmapped = 0;
	table_source = NULL;
	fail_after = -1;
	init();
}

unsigned long uk_host_mapped_pages(void)
{
	return nmapped;
}

void uk_host_fail_tables_after(long n)
{
	fail_after = n;
}

/* As arch does: a table page now and then, from frames once it has said so. */
static bool take_table(void)
{
	if (fail_after == 0)
		return false;
	if (fail_after > 0)
		fail_after--;
	if (!table_source)
		return true;

	uk_paddr_t pa = table_source();

	if (pa == 0)
		return false;
	for (size_t i = 0; i < UK_PAGE_SIZE; i++)
		UK_ASSERT(ram[pa + i] == 0);
	return true;
}

void uk_paging_set_source(uk_paddr_t (*source)(void))
{
	table_source = source;
}

bool uk_host_is_open(uk_paddr_t pa)
{
	uint64_t frame = pa / UK_PAGE_SIZE;

	return open_frames[frame / 8] >> frame % 8 & 1;
}

/* A directory for each GiB; a table where not all of 2 MiB is opened at a time. */
static bool take_tables(uk_paddr_t start, uk_paddr_t end)
{
	for (uk_paddr_t at = start; at < end; at = UK_ALIGN_DOWN(at + LARGE, LARGE)) {
		bool whole = UK_IS_ALIGNED(at, LARGE) && end - at >= LARGE;

		if (!has_directory[at >> 30] && !take_table())
			return false;
		has_directory[at >> 30] = true;
		if (whole || uk_host_is_open(at))
			continue;
		if (!has_table[at / LARGE] && !take_table())
			return false;
		has_table[at / LARGE] = true;
	}
	return true;
}

int uk_directmap_open(uk_paddr_t pa, size_t len)
{
	init();

	uk_paddr_t start = UK_ALIGN_DOWN(pa, UK_PAGE_SIZE);
	uk_paddr_t end = UK_ALIGN_UP(pa + len, UK_PAGE_SIZE);

	if (end > RAM_SIZE)
		uk_panic("the host model has less RAM");
	if (!take_tables(start, end))
		return -ENOMEM;
	for (uk_paddr_t at = start; at < end; at += UK_PAGE_SIZE)
		open_frames[at / UK_PAGE_SIZE / 8] |= (unsigned char)(1u << at / UK_PAGE_SIZE % 8);
	return mprotect(ram + start, end - start, PROT_READ | PROT_WRITE) ? -ENOMEM : 0;
}

void *uk_phys_to_virt(uk_paddr_t pa)
{
	init();
	UK_ASSERT(pa < RAM_SIZE);
	return ram + pa;
}

uk_paddr_t uk_virt_to_phys(const void *ptr)
{
	init();
	return (uk_paddr_t)((const char *)ptr - ram);
}

uint64_t uk_dma_addr(const void *ptr)
{
	return uk_virt_to_phys(ptr);
}

/* The slot of va, or the one where it goes. */
static struct slot *find(uintptr_t va)
{
	size_t i = (va / UK_PAGE_SIZE * 0x9e3779b97f4a7c15ull) >> 44;
	struct slot *free = NULL;

	for (size_t n = 0; n < SLOTS; n++, i = (i + 1) % SLOTS) {
		if (slots[i].va == va)
			return &slots[i];
		if (slots[i].va == 1 && !free)
			free = &slots[i];
		if (slots[i].va == 0)
			return free ? free : &slots[i];
	}
	if (!free)
		uk_panic("the host model holds fewer pages");
	return free;
}

/* A table for each 2 MiB of addresses, once; none if a single large page fills it. */
static bool take_table_for(uintptr_t va)
{
	size_t i = (va / LARGE * 0x9e3779b97f4a7c15ull) >> 50;

	for (; regions[i] != 0; i = (i + 1) % REGIONS) {
		if (regions[i] == va / LARGE + 1)
			return true;
	}
	if (!take_table())
		return false;
	regions[i] = va / LARGE + 1;
	return true;
}

/* NULL: nothing was ever mapped there. */
static bool *large_at(uintptr_t va)
{
	size_t i = (va / LARGE * 0x9e3779b97f4a7c15ull) >> 50;

	for (; regions[i] != 0; i = (i + 1) % REGIONS) {
		if (regions[i] == va / LARGE + 1)
			return &is_large[i];
	}
	return NULL;
}

/* Large pages that [va, va + len) is a part of become small ones. Their tables were taken when they
 * were mapped. */
static int split(uintptr_t va, size_t len)
{
	for (uintptr_t at = UK_ALIGN_DOWN(va, LARGE); at < va + len; at += LARGE) {
		bool *large = large_at(at);

		if (!large || !*large || (at >= va && va + len - at >= LARGE))
			continue;
		if (fail_after == 0)
			return -ENOMEM;
		*large = false;
	}
	return 0;
}

static int check(uintptr_t va, size_t len, unsigned int prot)
{
	bool both = (prot & UK_PROT_WRITE) && (prot & UK_PROT_EXEC);

	return both || (va | len) % UK_PAGE_SIZE ? -EINVAL : 0;
}

static unsigned int made(unsigned int prot)
{
	return prot & UK_PROT_COPY ? prot & ~UK_PROT_WRITE : prot;
}

int uk_page_map(uintptr_t va, uk_paddr_t pa, size_t len, unsigned int prot)
{
	int err = check(va, len, prot);

	init();
	for (size_t at = 0; !err && at < len; at += UK_PAGE_SIZE)
		err = find(va + at)->va == va + at ? -EEXIST : 0;
	for (size_t at = 0; !err && at < len; at += LARGE)
		err = take_table_for(va + at) ? 0 : -ENOMEM;
	if (err)
		return err;
	pthread_mutex_lock(&lock);
	for (size_t at = 0; at < len; at += UK_PAGE_SIZE)
		*find(va + at) = (struct slot){ va + at, pa + at, made(prot) };
	for (size_t at = 0; at < len; at += LARGE)
		*large_at(va + at) =
			UK_IS_ALIGNED((va + at) | (pa + at), LARGE) && len - at >= LARGE;
	nmapped += len / UK_PAGE_SIZE;
	pthread_mutex_unlock(&lock);
	return 0;
}

int uk_page_unmap(uintptr_t va, size_t len)
{
	init();
	pthread_mutex_lock(&lock);
	int err = split(va, len);

	for (size_t at = 0; !err && at < len; at += UK_PAGE_SIZE) {
		struct slot *slot = find(va + at);

		if (slot->va == va + at) {
			slot->va = 1;
			nmapped--;
		}
	}
	pthread_mutex_unlock(&lock);
	return err;
}

int uk_page_protect(uintptr_t va, size_t len, unsigned int prot)
{
	int err = check(va, len, prot);

	init();
	pthread_mutex_lock(&lock);
	if (!err)
		err = split(va, len);
	for (size_t at = 0; !err && at < len; at += UK_PAGE_SIZE) {
		if (find(va + at)->va == va + at)
			find(va + at)->prot = made(prot | (find(va + at)->prot & UK_PROT_COPY));
	}
	pthread_mutex_unlock(&lock);
	return err;
}

bool uk_page_lookup(uintptr_t va, uk_paddr_t *pa, unsigned int *prot)
{
	init();
	pthread_mutex_lock(&lock);

	uintptr_t page = UK_ALIGN_DOWN(va, UK_PAGE_SIZE);
	struct slot *slot = find(page);
	bool found = slot->va == page && page > 1;

	if (found) {
		*pa = slot->pa + (va - page);
		*prot = slot->prot;
	}
	pthread_mutex_unlock(&lock);
	return found;
}

size_t uk_page_hole(uintptr_t va)
{
	unsigned int prot;
	uk_paddr_t pa;

	return uk_page_lookup(va, &pa, &prot) ? 0 : UK_PAGE_SIZE - va % UK_PAGE_SIZE;
}

volatile void *uk_mmio_map(uk_paddr_t pa, size_t len)
{
	(void)pa;
	return calloc(1, len);
}
