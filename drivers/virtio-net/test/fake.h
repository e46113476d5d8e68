/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* A virtio network device that a test plays: it sees the rings as a device does. */

#include "../net.h"

struct fake {
	struct uk_virtio_dev virtio;
	uint64_t features; /* offered */
	uint8_t config[12];
	uint8_t status;
	bool stuck;                /* does not reset */
	bool picky;                /* does not accept features */
	struct uk_virtq *queue[2]; /* as enabled by the driver */
	uk_virtio_handler fn[2];
	void *arg[2];
	uk_virtio_handler config_fn;
	void *config_arg;
	uint16_t seen[2]; /* avail->idx up to which chains were taken */
	uint32_t doorbell;
};

extern struct fake fake;

#define RX 0
#define TX 1

/* A new device with these features (and VERSION_1), registered; returns what register() said. */
int fake_begin(uint64_t features);
/* Memory that a descriptor names. */
void *fake_memory(uint64_t addr);
/* Head of the next chain that the driver offered, or -1. */
int fake_take(int q);
/* Put a used element; the index moves on. */
void fake_complete(int q, uint32_t id, uint32_t len);
/* Receive: header and len bytes of data, all `fill`, into the next buffer. */
void fake_receive(const struct net_header *header, uint8_t fill, uint32_t len);
/* Complete all chains of the sending queue; returns how many. */
unsigned int fake_sent(void);
