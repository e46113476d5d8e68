/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* A virtio device that a test plays: it sees registers and rings as a device does, and may lie. */

#include <uk/virtio.h>

#define FAKE_QUEUES 4
#define FAKE_CONFIG 64u

struct fake {
	struct uk_virtio_dev virtio;

	/* What it has and offers; set before fake_register(). */
	uint64_t features;
	unsigned int queues;
	unsigned int queue_max;
	uint8_t config[FAKE_CONFIG];

	/* As the driver left it. */
	uint32_t reg[UK_VIRTIO_REGS];
	uint64_t accepted; /* features */
	struct uk_virtq *queue[FAKE_QUEUES];
	uk_virtio_handler fn[FAKE_QUEUES];
	void *arg[FAKE_QUEUES];
	uk_virtio_handler config_fn;
	void *config_arg;
	uint32_t doorbell;
	unsigned long reads; /* of registers */

	uint16_t seen[FAKE_QUEUES]; /* avail->idx up to which chains were taken */

	/* Its lies. What the driver reads passes through these, if they are set. */
	uint32_t (*lie)(enum uk_virtio_reg reg, uint32_t value);
	uint32_t (*lie_config)(size_t offset, uint32_t value);
	int attach_error; /* of the transport, for queues and interrupts */
	bool stuck;       /* does not reset */
};

extern struct fake fake;

/* A new honest device of this type with these features and VERSION_1, and two queues of 64. */
void fake_init(uint32_t type, uint64_t features);
/* Offer it to the drivers; returns what uk_virtio_register() said. */
int fake_register(void);

/* Status register. */
uint32_t fake_status(void);
/* Memory that a descriptor names. */
void *fake_memory(uint64_t addr);
/* Head of the next chain that the driver offered, or -1. */
int fake_take(int q);
/* Put a used element; the index moves on. */
void fake_complete(int q, uint32_t id, uint32_t len);
