/* SPDX-License-Identifier: BSD-3-Clause */
/* Who allocates: chains of callers, each kept once, found by a hash of it. */

#include "internal.h"
#include <uk/string.h>

#define MOST CONFIG_HEAP_DEBUG_SITES
#define HASH 256u

/* The first stands for all that are unknown. Lock. */
struct uk__heap_debug_site uk__heap_debug_sites[MOST];
uint32_t uk__heap_debug_nsites = 1;
static uint32_t first[HASH];

static unsigned int hash_of(const uintptr_t *at)
{
	uintptr_t sum = 0;

	for (unsigned int i = 0; i < UK_CALLERS_MAX; i++)
		sum = sum * 0x9e3779b97f4a7c15ul + at[i];
	return (unsigned int)(sum >> 40) % HASH;
}

uint32_t uk__heap_debug_site(const void *fp)
{
	uintptr_t at[UK_CALLERS_MAX] = { 0 };

	if (uk_callers(fp, at, UK_CALLERS_MAX) == 0)
		return 0;

	uint32_t *head = &first[hash_of(at)];

	for (uint32_t i = *head; i; i = uk__heap_debug_sites[i].next) {
		if (memcmp(uk__heap_debug_sites[i].at, at, sizeof(at)) == 0)
			return i;
	}
	if (uk__heap_debug_nsites == MOST)
		return 0;

	struct uk__heap_debug_site *site = &uk__heap_debug_sites[uk__heap_debug_nsites];

	memcpy(site->at, at, sizeof(at));
	site->next = *head;
	*head = uk__heap_debug_nsites++;
	return *head;
}
