/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/blkdev.h>

#include <uk/errno.h>
#include <uk/string.h>
#include <uk/test.h>

/* A disk in memory with a queue of 4 that completes in reverse order. */
#define SECTORS 64u
#define DEPTH   4u

struct ram {
	struct uk_blkdev dev;
	uint8_t bytes[SECTORS * UK_BLKDEV_SECTOR];
	struct uk_blkdev_req *queue[DEPTH];
	unsigned int queued;
	unsigned int flushes;
	bool started;
};

static struct ram *of(struct uk_blkdev *dev)
{
	return UK_CONTAINER_OF(dev, struct ram, dev);
}

static int ram_start(struct uk_blkdev *dev, const struct uk_blkdev_conf *conf)
{
	(void)conf;
	if (of(dev)->started)
		return -EBUSY;
	of(dev)->started = true;
	return 0;
}

static void finish(struct ram *ram, int status)
{
	struct uk_blkdev_req *req = ram->queue[--ram->queued];

	req->status = status;
	req->done(req);
}

static void ram_stop(struct uk_blkdev *dev)
{
	while (of(dev)->queued)
		finish(of(dev), -ECANCELED);
	of(dev)->started = false;
}

static int ram_submit(struct uk_blkdev *dev, unsigned int queue, struct uk_blkdev_req **reqs,
		      unsigned int n)
{
	struct ram *ram = of(dev);
	unsigned int k = 0;

	UK_EXPECT_EQ(queue, 0);
	while (k < n && ram->queued < DEPTH)
		ram->queue[ram->queued++] = reqs[k++];
	return (int)k;
}

static void carry_out(struct ram *ram, const struct uk_blkdev_req *req)
{
	uint8_t *at = ram->bytes + req->sector * UK_BLKDEV_SECTOR;

	ram->flushes += req->op == UK_BLKDEV_FLUSH;
	for (unsigned int i = 0; i < req->segs; i++) {
		if (req->op == UK_BLKDEV_READ)
			memcpy(req->seg[i].ptr, at, req->seg[i].len);
		else
			memcpy(at, req->seg[i].ptr, req->seg[i].len);
		at += req->seg[i].len;
	}
}

static int ram_poll(struct uk_blkdev *dev, unsigned int queue, unsigned int n)
{
	struct ram *ram = of(dev);
	unsigned int k = 0;

	UK_EXPECT_EQ(queue, 0);
	for (; k < n && ram->queued; k++) {
		carry_out(ram, ram->queue[ram->queued - 1]);
		finish(ram, 0);
	}
	return (int)k;
}

static const struct uk_blkdev_ops ram_ops = {
	.start = ram_start,
	.stop = ram_stop,
	.submit = ram_submit,
	.poll = ram_poll,
};

static struct ram ram;

static void fresh(void)
{
	memset(&ram, 0, sizeof(ram));
	ram.dev = (struct uk_blkdev){
		.ops = &ram_ops,
		.driver = "ram",
		.sectors = SECTORS,
		.block = 1024,
		.max_sectors = 8,
		.max_segs = 2,
		.max_queues = 1,
		.can_flush = true,
	};
}

static unsigned int done_count;

static void done(struct uk_blkdev_req *req)
{
	done_count++;
	*(int *)req->arg = req->status;
}

UK_TEST(blkdev, requests_are_checked)
{
	uint8_t buf[2048];
	struct uk_blkdev_seg seg[3] = { { buf, 1024 }, { buf, 1024 }, { buf, 1024 } };
	struct uk_blkdev_req req = { .op = UK_BLKDEV_READ, .seg = seg, .segs = 2 };

	fresh();
	UK_EXPECT_EQ(uk_blkdev_check(&ram.dev, &req), 0);
	req.sector = 60;
	UK_EXPECT_EQ(uk_blkdev_check(&ram.dev, &req), 0);
	req.sector = 62;
	UK_EXPECT_EQ(uk_blkdev_check(&ram.dev, &req), -ENOSPC);
	req.sector = ~0ull - 1;
	UK_EXPECT_EQ(uk_blkdev_check(&ram.dev, &req), -ENOSPC);
	req.sector = 1;
	UK_EXPECT_EQ(uk_blkdev_check(&ram.dev, &req), -EINVAL); /* block size is 1024 */
	req.sector = 0;
	req.segs = 3;
	UK_EXPECT_EQ(uk_blkdev_check(&ram.dev, &req), -EINVAL);
	req.segs = 0;
	UK_EXPECT_EQ(uk_blkdev_check(&ram.dev, &req), -EINVAL);
	req.segs = 1;
	seg[0].len = 5120;
	UK_EXPECT_EQ(uk_blkdev_check(&ram.dev, &req), -EINVAL); /* more than 8 sectors */
	seg[0].len = 1000;
	UK_EXPECT_EQ(uk_blkdev_check(&ram.dev, &req), -EINVAL);
	seg[0].len = 1024;
	req.op = UK_BLKDEV_WRITE;
	UK_EXPECT_EQ(uk_blkdev_check(&ram.dev, &req), 0);
	ram.dev.read_only = true;
	UK_EXPECT_EQ(uk_blkdev_check(&ram.dev, &req), -EROFS);
	req.op = UK_BLKDEV_DISCARD;
	UK_EXPECT_EQ(uk_blkdev_check(&ram.dev, &req), -EOPNOTSUPP);
}

UK_TEST(blkdev, write_then_read)
{
	static uint8_t out[2048];
	static uint8_t in[2048];
	struct uk_blkdev_seg out_seg = { out, 2048 };
	struct uk_blkdev_seg in_seg[2] = { { in + 1024, 1024 }, { in, 1024 } };
	int status[2] = { 1, 1 };
	struct uk_blkdev_req w = { .op = UK_BLKDEV_WRITE,
				   .sector = 4,
				   .seg = &out_seg,
				   .segs = 1,
				   .done = done,
				   .arg = &status[0] };
	struct uk_blkdev_req r = { .op = UK_BLKDEV_READ,
				   .sector = 4,
				   .seg = in_seg,
				   .segs = 2,
				   .done = done,
				   .arg = &status[1] };
	struct uk_blkdev_req *reqs[1] = { &w };
	struct uk_blkdev_conf conf = { .queues = 1 };

	fresh();
	for (unsigned int i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)(i / 8);
	UK_EXPECT_EQ(uk_blkdev_start(&ram.dev, &conf), 0);
	UK_EXPECT_EQ(uk_blkdev_start(&ram.dev, &conf), -EBUSY);
	UK_EXPECT_EQ(uk_blkdev_submit(&ram.dev, 0, reqs, 1), 1);
	UK_EXPECT_EQ(status[0], 1);
	UK_EXPECT_EQ(uk_blkdev_poll(&ram.dev, 0, 8), 1);
	UK_EXPECT_EQ(status[0], 0);
	reqs[0] = &r;
	UK_EXPECT_EQ(uk_blkdev_submit(&ram.dev, 0, reqs, 1), 1);
	UK_EXPECT_EQ(uk_blkdev_poll(&ram.dev, 0, 8), 1);
	UK_EXPECT(memcmp(in + 1024, out, 1024) == 0 && memcmp(in, out + 1024, 1024) == 0);
	uk_blkdev_stop(&ram.dev);
}

UK_TEST(blkdev, queue_takes_what_fits_and_stop_cancels)
{
	struct uk_blkdev_req reqs[6];
	struct uk_blkdev_req *list[6];
	struct uk_blkdev_conf conf = { .queues = 2 };
	int status = 1;

	fresh();
	for (unsigned int i = 0; i < 6; i++) {
		reqs[i] = (struct uk_blkdev_req){ .op = UK_BLKDEV_FLUSH,
						  .done = done,
						  .arg = &status };
		list[i] = &reqs[i];
	}
	UK_EXPECT_EQ(uk_blkdev_start(&ram.dev, &conf), -EINVAL);
	conf.queues = 1;
	UK_EXPECT_EQ(uk_blkdev_start(&ram.dev, &conf), 0);
	done_count = 0;
	UK_EXPECT_EQ(uk_blkdev_submit(&ram.dev, 0, list, 6), 4);
	UK_EXPECT_EQ(uk_blkdev_poll(&ram.dev, 0, 3), 3);
	UK_EXPECT_EQ(ram.flushes, 3);
	uk_blkdev_stop(&ram.dev);
	UK_EXPECT_EQ(done_count, 4);
	UK_EXPECT_EQ(status, -ECANCELED);
}

UK_TEST(blkdev, registration)
{
	unsigned int before = uk_blkdev_count();

	fresh();
	uk_blkdev_register(&ram.dev);
	UK_EXPECT_EQ(uk_blkdev_count(), before + 1);
	UK_EXPECT(uk_blkdev_get(before) == &ram.dev);
	UK_EXPECT(uk_blkdev_get(before + 1) == NULL);
}
