/* SPDX-License-Identifier: BSD-3-Clause */
/* An archive is read while memory lacks: for each allocation, and then with all of them. */

#include "index.h"
#include "test/archive.h"
#include <uk/abi/stat.h>
#include <uk/errno.h>
#include <uk/host.h>
#include <uk/test.h>

UK_TEST(cpio_host, without_memory)
{
	static struct archive a;
	struct uk_cpio_index index;
	long n = 0;

	archive_add(&a, "www", UK_S_IFDIR | 0755, NULL);
	archive_add(&a, "www/index.html", UK_S_IFREG | 0644, "<html>");
	archive_add(&a, "etc/passwd", UK_S_IFREG | 0644, "root");
	archive_end(&a);
	for (bool failed = true; failed; n++) {
		uk_host_heap_fail_at(n);

		int err = uk__cpio_index(&index, a.bytes, a.size, &uk__cpio_ops);

		failed = uk_host_heap_failed();
		uk_host_heap_fail_at(-1);
		UK_EXPECT_EQ(err, failed ? -ENOMEM : 0);
		UK_EXPECT(failed ? !index.node && !index.bucket : index.node != NULL);
		if (err == 0)
			uk__cpio_index_free(&index);
	}
	UK_EXPECT(n > 2);
}
