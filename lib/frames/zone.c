/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From ranges of RAM to zones, and how they are opened. The state bytes of a range lie at its
 * first 2 MiB boundary, where the first piece to be opened lies too, so a machine with much RAM
 * pays for one entry of one table. They are cleared with the frames that they describe.
 */

#include "internal.h"
#include <uk/bootinfo.h>
#include <uk/string.h>

#define LARGE ((uint64_t)1 << UK_FRAMES_ORDER_LARGE)
#define SMALL ((uint64_t)32) /* where single pages must be mapped: this many at a time */

struct zone uk__frames_zones[ZONES_MAX];
unsigned int uk__frames_nzones;
uint64_t uk__frames_nopened;

static uint64_t pages_of_state(uint64_t frames)
{
	return (frames + UK_PAGE_SIZE - 1) / UK_PAGE_SIZE;
}

static void add(uint64_t first, uint64_t end, uint64_t map_first, uk_paddr_t state_pa,
		uint64_t unit)
{
	if (first >= end)
		return;
	uk__frames_zones[uk__frames_nzones++] = (struct zone){
		.first = first,
		.next = first,
		.end = end,
		.map_first = map_first,
		.state_pa = state_pa,
		.unit = unit,
	};
}

/*
 * One range. `large`: its part in whole 2 MiB pages; else the rest. All zones of a range share
 * one array of state bytes, which begins at frame `at`.
 */
static void add_range(uint64_t first, uint64_t end, bool large)
{
	uint64_t low = UK_ALIGN_UP(first, LARGE);
	uint64_t high = UK_ALIGN_DOWN(end, LARGE);
	bool has_large = low < high;
	uint64_t at = has_large ? low : first;
	uint64_t behind = at + pages_of_state(end - first);
	uk_paddr_t state = at * UK_PAGE_SIZE;

	if (has_large && large) {
		add(behind, high, low, state + (behind - first), LARGE);
	} else if (has_large) {
		add(first, low, first, state, SMALL);
		add(high, end, high, state + (high - first), SMALL);
	} else if (!large) {
		add(behind, end, first, state + (behind - first), SMALL);
	}
}

void uk__frames_zones_make(void)
{
	const struct uk_bootinfo *info = &uk_plat_bootinfo;

	for (int large = 1; large >= 0; large--) {
		for (unsigned int i = 0; i < info->nram; i++) {
			const struct uk_boot_range *ram = &info->ram[i];
			uint64_t first = UK_ALIGN_UP(ram->start, UK_PAGE_SIZE) / UK_PAGE_SIZE;
			uint64_t end = (ram->start + ram->size) / UK_PAGE_SIZE;

			/* Frame 0 is nobody's: its address means "none". */
			add_range(UK_MAX(first, (uint64_t)1), end, large);
		}
	}
}

struct zone *uk__frames_zone_of(uint64_t frame)
{
	for (unsigned int i = 0; i < uk__frames_nzones; i++) {
		struct zone *zone = &uk__frames_zones[i];

		if (frame >= zone->first && frame < uk_load(&zone->next))
			return zone;
	}
	return NULL;
}

static int open_frames(uint64_t first, uint64_t end)
{
	return uk_directmap_open(first * UK_PAGE_SIZE, (end - first) * UK_PAGE_SIZE);
}

/* The pages that hold the state of frames [zone->next, end). Opening is idempotent. */
static int open_state(struct zone *zone, uint64_t end)
{
	uk_paddr_t from = zone->state_pa + (zone->next - zone->first);
	uk_paddr_t to = zone->state_pa + (end - zone->first);
	uint64_t unit = zone->unit;
	uint64_t first = UK_ALIGN_DOWN(from / UK_PAGE_SIZE, unit);
	uint64_t last = (to + UK_PAGE_SIZE - 1) / UK_PAGE_SIZE;

	if (first < zone->map_first || unit == SMALL)
		first = from / UK_PAGE_SIZE;
	return open_frames(first, unit == SMALL ? last : UK_ALIGN_UP(last, unit));
}

static int grow(struct zone *zone)
{
	uint64_t from = zone->next;
	uint64_t first = UK_ALIGN_DOWN(from, zone->unit);
	uint64_t end = UK_MIN(first + zone->unit, zone->end);
	int err = open_state(zone, end);

	if (!err)
		err = open_frames(UK_MAX(first, zone->map_first), end);
	if (err)
		return err;
	if (!zone->state)
		zone->state = uk_phys_to_virt(zone->state_pa);
	memset(uk__frames_state(zone, from), STATE_NONE, end - from);
	uk_store(&zone->next, end);
	uk__frames_nopened += end - from;
	uk__frames_buddy_free_all(zone, from, end);
	return 0;
}

bool uk__frames_zone_open(struct zone *zone)
{
	uk__frames_growing(true);
	bool done = zone->next < zone->end && grow(zone) == 0;

	uk__frames_growing(false);
	if (done)
		uk__frames_tables_fill();
	return done;
}

/* Some aligned block of that size is not open in whole yet. */
static bool may_hold(const struct zone *zone, unsigned int order)
{
	uint64_t size = (uint64_t)1 << order;
	uint64_t low = zone->next > size ? zone->next - size + 1 : 0;
	uint64_t block = UK_ALIGN_UP(UK_MAX(zone->first, low), size);

	return zone->next < zone->end && block + size <= zone->end;
}

bool uk__frames_zone_grow(unsigned int order)
{
	bool done = false;

	for (unsigned int i = 0; i < uk__frames_nzones && !done; i++) {
		struct zone *zone = &uk__frames_zones[i];

		done = may_hold(zone, order) && uk__frames_zone_open(zone);
	}
	return done;
}
