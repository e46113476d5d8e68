/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/atomic.h>
#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/log.h>
#include <uk/mmu.h>
#include <uk/rng.h>
#include <uk/string.h>
#include <uk/virtio.h>

/* Entropy device: virtio 1.2, section 5.4: one queue; what it gets comes back filled. */
#define QUEUE    0u
#define REQUEST  64u      /* bytes per request */
#define PATIENCE 2000000u /* turns of waiting; the host's pool may be slow, or never answer */

struct rng {
	struct uk_rng_source source;
	struct uk_virtio_dev *virtio;
	uint32_t busy; /* who has set it owns what follows; the device writes buf */
	struct uk_virtq *vq;
	bool asked;
	bool slow; /* it let us wait in vain: from then on it is only looked at */
	uint8_t buf[REQUEST] uk_aligned(64); /* within one page */
};

static int ask(struct rng *rng)
{
	struct uk_virtq_seg seg = { uk_dma_addr(rng->buf), REQUEST };

	if (rng->asked)
		return 0; /* from the last time: it did not answer in time */
	if (rng->vq->broken || uk_virtq_add(rng->vq, &seg, 0, 1, rng) != 0)
		return -EIO;
	rng->asked = true;
	uk_virtq_kick(rng->vq);
	return 0;
}

/* Bytes in buf; 0: no answer yet. */
static uint32_t answer(struct rng *rng)
{
	unsigned int patience = rng->slow ? 1 : PATIENCE;
	uint32_t got;

	for (unsigned int i = 0; i < patience && !rng->vq->broken; i++) {
		if (uk_virtq_pop(rng->vq, &got)) {
			rng->asked = false;
			rng->slow = false;
			return got;
		}
		uk_cpu_relax();
	}
	if (!rng->slow && !rng->vq->broken)
		uk_warn("%s: gives no answer", rng->virtio->name);
	rng->slow = true;
	return 0;
}

/* What it says that it wrote and did not is what we left there. */
static bool all_zero(const uint8_t *p, size_t n)
{
	uint8_t bits = 0;

	for (size_t i = 0; i < n; i++)
		bits |= p[i];
	return bits == 0;
}

static int take(struct rng *rng, uint8_t *dst, size_t len)
{
	size_t done = 0;
	int err = 0;

	while (done < len && (err = ask(rng)) == 0) {
		uint32_t got = answer(rng);
		size_t n = UK_MIN((size_t)got, len - done);

		if (n == 0)
			break;
		memcpy(dst + done, rng->buf, n);
		memset(rng->buf, 0, REQUEST);
		/* Of 8 random bytes and more it is never so. */
		if (n >= 8 && all_zero(dst + done, n)) {
			uk_virtio_fail(rng->virtio, "all its random bytes are zero");
			rng->vq->broken = true;
			break;
		}
		done += n;
	}
	return err != 0 && done == 0 ? err : (int)done;
}

/* Two at a time: the second one gets nothing here, as from a slow device. */
static int rng_read(struct uk_rng_source *source, void *dst, size_t len)
{
	struct rng *rng = UK_CONTAINER_OF(source, struct rng, source);

	/* Acquire and release: what `busy` guards. */
	if (uk_exchange(&rng->busy, 1))
		return 0;

	int n = take(rng, dst, len);

	uk_store_release(&rng->busy, 0);
	return n;
}

static int rng_probe(struct uk_virtio_dev *virtio)
{
	int err = uk_virtio_negotiate(virtio, 0);

	if (err != 0)
		return err;

	struct rng *rng = uk_heap_aligned_alloc(64, sizeof(*rng));

	if (!rng)
		return -ENOMEM;
	memset(rng, 0, sizeof(*rng));
	err = uk_virtio_queue_create(virtio, QUEUE, 8, NULL, NULL, &rng->vq);
	if (err != 0) {
		uk_heap_free(rng);
		return err;
	}
	rng->virtio = virtio;
	rng->source.read = rng_read;
	virtio->driver_data = rng;
	uk_virtio_ready(virtio);
	uk_rng_source_register(&rng->source);
	return 0;
}

UK_VIRTIO_DRIVER(rng) = { .name = "rng", .type = UK_VIRTIO_RNG, .probe = rng_probe };
