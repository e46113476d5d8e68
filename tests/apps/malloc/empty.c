/* SPDX-License-Identifier: BSD-3-Clause */
/* A lack of memory, by blocks of several sizes; all come back. */

#include "check.h"
#include <errno.h>
#include <string.h>

struct link {
	struct link *next;
};

/* How many of that size there are. */
static unsigned long fill(size_t size)
{
	struct link *all = NULL, *one;
	unsigned long count = 0;

	errno = 0;
	while ((one = check_malloc(size))) {
		memset(one, 0xa5, size);
		one->next = all;
		all = one;
		count++;
	}
	EXPECT(errno == ENOMEM);
	errno = 0;
	one = check_calloc(1, 64u << 20);
	EXPECT(!one && errno == ENOMEM);
	while (all) {
		one = all;
		all = all->next;
		free(one);
	}
	return count;
}

void check_empty(void)
{
	static const size_t sizes[] = { 1u << 20, 100, 70000, 3000, 16 };

	/* There are so many addresses, but not so much memory. */
	errno = 0;
	EXPECT(!check_malloc((size_t)1 << 46) && errno == ENOMEM);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			unsigned long count = fill(sizes[i]);

			printf("malloc: %lu blocks of %zu bytes\n", count, sizes[i]);
			EXPECT(count * sizes[i] > 4u << 20); /* of 24 MiB or more */
		}
	}
}
