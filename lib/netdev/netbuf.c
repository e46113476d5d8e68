/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/netbuf.h>

#include <uk/panic.h>
#include <uk/string.h>

/* True if the caller was the last holder. */
static bool let_go(struct uk_netbuf *nb)
{
	/* The only holder needs no locked instruction: nobody else can add one. */
	if (!uk_netbuf_shared(nb))
		return true;

	uint32_t before = uk_fetch_sub(&nb->refs, 1);

	UK_ASSERT(before > 0);
	return before == 1;
}

void uk_netbuf_put(struct uk_netbuf *nb)
{
	while (nb && let_go(nb)) {
		struct uk_netbuf *next = nb->next;

		nb->next = NULL;
		nb->release(nb, nb->release_arg);
		nb = next;
	}
}

size_t uk_netbuf_length(const struct uk_netbuf *nb)
{
	size_t n = 0;

	for (; nb; nb = nb->next)
		n += nb->len;
	return n;
}

unsigned int uk_netbuf_count(const struct uk_netbuf *nb)
{
	unsigned int n = 0;

	for (; nb; nb = nb->next)
		n++;
	return n;
}

void uk_netbuf_chain(struct uk_netbuf *nb, struct uk_netbuf *tail)
{
	while (nb->next)
		nb = nb->next;
	nb->next = tail;
}

size_t uk_netbuf_read(const struct uk_netbuf *nb, size_t offset, void *dst, size_t n)
{
	size_t done = 0;

	for (; nb && done < n; nb = nb->next) {
		if (offset >= nb->len) {
			offset -= nb->len;
			continue;
		}

		size_t k = UK_MIN(nb->len - offset, n - done);

		memcpy((uint8_t *)dst + done, nb->data + offset, k);
		done += k;
		offset = 0;
	}
	return done;
}

uint8_t *uk_netbuf_push(struct uk_netbuf *nb, size_t n)
{
	UK_ASSERT(n <= uk_netbuf_headroom(nb));
	nb->data -= n;
	nb->len += (uint32_t)n;
	return nb->data;
}

uint8_t *uk_netbuf_pull(struct uk_netbuf *nb, size_t n)
{
	UK_ASSERT(n <= nb->len);
	nb->data += n;
	nb->len -= (uint32_t)n;
	return nb->data;
}
