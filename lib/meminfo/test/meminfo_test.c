/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/frames.h>
#include <uk/meminfo.h>
#include <uk/test.h>

static size_t held;
UK_HOLDER(held, "test", NULL);

/* Pages that are free or have a name. */
static uint64_t known(void)
{
	struct uk_frames_stats stats;
	uint64_t pages;

	uk_frames_stats(&stats);
	pages = stats.total - stats.opened + stats.free;
	UK_TABLE_FOREACH(struct uk_holder, holder, holder)
		pages += uk_load(holder->pages);
	return pages;
}

static uint64_t total(void)
{
	struct uk_frames_stats stats;

	uk_frames_stats(&stats);
	return stats.total;
}

/* Nothing takes frames without a name: this is run behind the tests of most libraries. */
UK_TEST(meminfo, all_frames_have_holders)
{
	UK_EXPECT_EQ(known(), total());
}

UK_TEST(meminfo, what_is_taken_is_held)
{
	uint64_t before = known();
	uk_paddr_t pa = uk_frames_alloc(3);

	UK_EXPECT(pa);
	UK_EXPECT_EQ(known(), before - 8);
	uk_holder_take(&held, 8);
	UK_EXPECT_EQ(known(), before);
	uk_holder_give(&held, 8);
	uk_frames_free(pa, 3);
	UK_EXPECT_EQ(known(), before);
}

/* The wish is no shortage: no report, and the next one still comes. */
UK_TEST(meminfo, an_absurd_wish_is_not_told)
{
	uk_meminfo_lack(SIZE_MAX);
	UK_EXPECT_EQ(known(), total());
}
