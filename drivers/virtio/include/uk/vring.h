/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The split virtqueue in memory, shared with the device: virtio 1.2, section 2.7. All fields
 * are little-endian. Behind avail->ring[size] lies used_event, behind used->ring[size]
 * avail_event (with VIRTIO_F_EVENT_IDX).
 */

#include <stdint.h>

#define UK_VRING_DESC_NEXT     1u
#define UK_VRING_DESC_WRITE    2u
#define UK_VRING_DESC_INDIRECT 4u

#define UK_VRING_USED_NO_NOTIFY     1u
#define UK_VRING_AVAIL_NO_INTERRUPT 1u

struct uk_vring_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

struct uk_vring_avail {
	uint16_t flags;
	uint16_t idx;
	uint16_t ring[];
};

struct uk_vring_used_elem {
	uint32_t id;
	uint32_t len;
};

struct uk_vring_used {
	uint16_t flags;
	uint16_t idx;
	struct uk_vring_used_elem ring[];
};
