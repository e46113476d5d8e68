/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The live page tables: nothing is writable and executable, through whatever mapping; what
 * must not be mapped is not.
 */

#include <uk/errno.h>
#include <uk/image.h>
#include <uk/mmu.h>
#include <uk/string.h>
#include <uk/test.h>

/* Addresses that nothing else uses: behind the window of device registers. */
#define PLAYGROUND UK_MMIO_END
#define LARGE      (2ul << 20)
#define LOW_END    0x10000ul

struct search {
	struct uk_page_run run; /* what is looked for */
	unsigned int found;
};

static uk_paddr_t image_pa(const char *va)
{
	return (uintptr_t)va - UK_IMAGE_BASE;
}

static void count_writable(const struct uk_page_run *run, void *arg)
{
	struct search *s = arg;

	if ((run->prot & UK_PROT_WRITE) && run->pa < s->run.pa + s->run.len &&
	    s->run.pa < run->pa + run->len)
		s->found++;
}

/* For each executable run: how many writable mappings share a frame with it. */
static void each_executable(const struct uk_page_run *run, void *arg)
{
	struct search s = { .run = *run };

	if (!(run->prot & UK_PROT_EXEC))
		return;
	uk_page_walk(count_writable, &s);
	*(unsigned int *)arg += s.found;
}

static unsigned int writable_and_executable(void)
{
	unsigned int found = 0;

	uk_page_walk(each_executable, &found);
	return found;
}

static unsigned int writable_aliases(const char *start, const char *end)
{
	struct search s = {
		.run = { .pa = image_pa(start), .len = (size_t)(end - start) },
	};

	uk_page_walk(count_writable, &s);
	return s.found;
}

UK_TEST(pagetable, no_frame_is_writable_and_executable)
{
	UK_EXPECT_EQ(writable_and_executable(), 0);
}

UK_TEST(pagetable, constants_have_no_writable_alias)
{
	UK_EXPECT_EQ(writable_aliases(uk_image_text, uk_image_text_end), 0);
	UK_EXPECT_EQ(writable_aliases(uk_image_rodata, uk_image_rodata_end), 0);
}

/* The search above would see one. */
UK_TEST(pagetable, planted_alias_is_found)
{
	UK_REQUIRE(uk_page_map(PLAYGROUND, image_pa(uk_image_text), UK_PAGE_SIZE, UK_PROT_WRITE) ==
		   0);
	UK_EXPECT_EQ(writable_and_executable(), 1);
	UK_EXPECT_EQ(uk_page_unmap(PLAYGROUND, UK_PAGE_SIZE), 0);
	UK_EXPECT_EQ(writable_and_executable(), 0);
}

static void count_text(const struct uk_page_run *run, void *arg)
{
	if (run->prot & UK_PROT_EXEC)
		*(size_t *)arg += run->len;
}

UK_TEST(pagetable, text_alone_is_executable)
{
	size_t executable = 0;

	uk_page_walk(count_text, &executable);
	UK_EXPECT_EQ(executable, uk_image_text_end - uk_image_text);
}

static void count_low(const struct uk_page_run *run, void *arg)
{
	if (run->va < LOW_END)
		++*(unsigned int *)arg;
}

UK_TEST(pagetable, low_addresses_are_not_mapped)
{
	unsigned int found = 0;

	uk_page_walk(count_low, &found);
	UK_EXPECT_EQ(found, 0);
}

/* The stack that this runs on ends in a page that is not mapped. */
UK_TEST(pagetable, stack_has_a_guard)
{
	uintptr_t at = UK_ALIGN_DOWN((uintptr_t)__builtin_frame_address(0), UK_PAGE_SIZE);
	uk_paddr_t pa;
	unsigned int prot;
	int pages = 0;

	while (pages < 4096 && uk_page_lookup(at, &pa, &prot)) {
		UK_REQUIRE(prot == UK_PROT_WRITE);
		at -= UK_PAGE_SIZE;
		pages++;
	}
	UK_EXPECT(pages > 0 && pages < 4096);
}

UK_TEST(paging, refuses_what_is_wrong)
{
	UK_EXPECT_EQ(uk_page_map(PLAYGROUND, 0, UK_PAGE_SIZE, UK_PROT_WRITE | UK_PROT_EXEC),
		     -EINVAL);
	UK_EXPECT_EQ(uk_page_map(PLAYGROUND + 1, 0, UK_PAGE_SIZE, UK_PROT_READ), -EINVAL);
	UK_EXPECT_EQ(uk_page_map(PLAYGROUND, 0x10, UK_PAGE_SIZE, UK_PROT_READ), -EINVAL);
	UK_EXPECT_EQ(uk_page_map(PLAYGROUND, 0, 100, UK_PROT_READ), -EINVAL);
	UK_EXPECT_EQ(uk_page_protect((uintptr_t)uk_image_text, UK_PAGE_SIZE,
				     UK_PROT_WRITE | UK_PROT_EXEC),
		     -EINVAL);
	UK_EXPECT_EQ(uk_page_map((uintptr_t)uk_image_text, 0, UK_PAGE_SIZE, UK_PROT_READ), -EEXIST);
}

/* A large leaf is made, split by protecting a part, and taken away in pieces. No access: the
 * frames are not ours. */
UK_TEST(paging, large_pages_split)
{
	uk_paddr_t pa;
	unsigned int prot;

	UK_REQUIRE(uk_page_map(PLAYGROUND, 64 * LARGE, 2 * LARGE, UK_PROT_WRITE) == 0);
	UK_REQUIRE(uk_page_lookup(PLAYGROUND + LARGE + 5 * UK_PAGE_SIZE + 7, &pa, &prot));
	UK_EXPECT_EQ(pa, 65 * LARGE + 5 * UK_PAGE_SIZE + 7);
	UK_EXPECT_EQ(prot, UK_PROT_WRITE);

	UK_EXPECT_EQ(uk_page_protect(PLAYGROUND + UK_PAGE_SIZE, UK_PAGE_SIZE, UK_PROT_READ), 0);
	UK_EXPECT(uk_page_lookup(PLAYGROUND, &pa, &prot) && prot == UK_PROT_WRITE);
	UK_EXPECT(uk_page_lookup(PLAYGROUND + UK_PAGE_SIZE, &pa, &prot) && prot == UK_PROT_READ);
	UK_EXPECT_EQ(pa, 64 * LARGE + UK_PAGE_SIZE);
	UK_EXPECT(uk_page_lookup(PLAYGROUND + 2 * UK_PAGE_SIZE, &pa, &prot) &&
		  prot == UK_PROT_WRITE);

	UK_EXPECT_EQ(uk_page_unmap(PLAYGROUND + UK_PAGE_SIZE, LARGE), 0);
	UK_EXPECT(uk_page_lookup(PLAYGROUND, &pa, &prot));
	UK_EXPECT(!uk_page_lookup(PLAYGROUND + UK_PAGE_SIZE, &pa, &prot));
	UK_EXPECT(!uk_page_lookup(PLAYGROUND + LARGE, &pa, &prot));
	UK_EXPECT(uk_page_lookup(PLAYGROUND + LARGE + UK_PAGE_SIZE, &pa, &prot));
	UK_EXPECT_EQ(uk_page_unmap(PLAYGROUND, 2 * LARGE), 0);
	UK_EXPECT(!uk_page_lookup(PLAYGROUND, &pa, &prot));
	UK_EXPECT(!uk_page_lookup(PLAYGROUND + LARGE + UK_PAGE_SIZE, &pa, &prot));

	/* The small tables are still there: a large mapping fills them. */
	UK_EXPECT_EQ(uk_page_map(PLAYGROUND, 64 * LARGE, LARGE, UK_PROT_READ), 0);
	UK_EXPECT(uk_page_lookup(PLAYGROUND + LARGE - 1, &pa, &prot) && pa == 65 * LARGE - 1);
	UK_EXPECT_EQ(uk_page_unmap(PLAYGROUND, LARGE), 0);
}

/* Nothing is changed where something is in the way. */
UK_TEST(paging, occupied)
{
	uk_paddr_t pa;
	unsigned int prot;

	UK_REQUIRE(uk_page_map(PLAYGROUND + 3 * UK_PAGE_SIZE, 0, UK_PAGE_SIZE, 0) == 0);
	UK_EXPECT_EQ(uk_page_map(PLAYGROUND, 0, 8 * UK_PAGE_SIZE, UK_PROT_WRITE), -EEXIST);
	UK_EXPECT(!uk_page_lookup(PLAYGROUND, &pa, &prot));
	UK_EXPECT(uk_page_lookup(PLAYGROUND + 3 * UK_PAGE_SIZE, &pa, &prot) && prot == 0);
	UK_EXPECT_EQ(uk_page_unmap(PLAYGROUND, 8 * UK_PAGE_SIZE), 0);
}
