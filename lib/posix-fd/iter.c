/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Walks over buffers of the application. The lengths are checked once; because an iovec array
 * stays where the application can change it, each element is bounded again when it is read.
 */

#include <uk/errno.h>
#include <uk/file.h>
#include <uk/uaccess.h>

int uk_file_iter_buffer(struct uk_file_iter *it, const void *buf, size_t len)
{
	size_t n = UK_MIN(len, (size_t)UK_RW_MAX);

	*it = (struct uk_file_iter){ .base = (char *)(uintptr_t)buf, .len = n, .total = n };
	return uk_uaccess_ok(buf, n);
}

int uk_file_iter_vector(struct uk_file_iter *it, const struct uk_iovec *vec, long count)
{
	uint64_t sum = 0;

	if (count < 0 || count > UK_IOV_MAX)
		return -EINVAL;
	for (long i = 0; i < count; i++) {
		struct uk_iovec one;

		if (uk_uaccess_read(&one, &vec[i], sizeof(one)))
			return -EFAULT;
		if (one.iov_len > UK_SSIZE_MAX || sum + one.iov_len > UK_SSIZE_MAX)
			return -EINVAL;
		if (uk_uaccess_ok(one.iov_base, one.iov_len))
			return -EFAULT;
		sum += one.iov_len;
	}
	sum = UK_MIN(sum, UK_RW_MAX);
	*it = (struct uk_file_iter){ .next = vec, .total = sum };
	return 0;
}

long uk_file_iter_run(struct uk_file_iter *it, char **ptr)
{
	while (it->len == 0 && it->total > 0) {
		struct uk_iovec one;

		if (!it->next || uk_uaccess_read(&one, it->next, sizeof(one)))
			return -EFAULT;
		it->next++;
		it->base = one.iov_base;
		it->len = one.iov_len;
	}
	it->len = UK_MIN(it->len, it->total);
	*ptr = it->base;
	return uk_uaccess_ok(it->base, it->len) ? -EFAULT : (long)it->len;
}

void uk_file_iter_advance(struct uk_file_iter *it, size_t n)
{
	it->base += n;
	it->len -= n;
	it->total -= n;
}

/* The bytes that were not copied. */
uk_inline size_t move(char *user, char *own, size_t n, bool put)
{
	if (CONFIG_VM_DEMAND)
		return put ? uk_uaccess_copy(user, own, n) : uk_uaccess_copy(own, user, n);
	return (put ? uk_uaccess_write(user, own, n) : uk_uaccess_read(own, user, n)) ? n : 0;
}

/* Copies up to n bytes between the application and `own`; put: towards the application. */
static long copy(struct uk_file_iter *it, char *own, size_t n, bool put)
{
	size_t done = 0;

	while (done < n && it->total > 0) {
		char *ptr;
		long run = uk_file_iter_run(it, &ptr);
		size_t part = run < 0 ? 0 : UK_MIN((size_t)run, n - done);

		if (run < 0)
			return done > 0 ? (long)done : run;
		size_t left = move(ptr, own + done, part, put);

		uk_file_iter_advance(it, part - left);
		done += part - left;
		if (left > 0)
			return done > 0 ? (long)done : -EFAULT;
	}
	return (long)done;
}

long uk_file_iter_put(struct uk_file_iter *it, const void *src, size_t n)
{
	return copy(it, (char *)(uintptr_t)src, n, true);
}

long uk_file_iter_get(struct uk_file_iter *it, void *dst, size_t n)
{
	return copy(it, dst, n, false);
}
