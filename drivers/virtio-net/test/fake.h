/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* A network device that a test plays, on top of <uk/fakevirtio.h>. */

#include "../net.h"
#include <uk/fakevirtio.h>

#define RX 0
#define TX 1

#define ALL (NET_F_MAC | NET_F_CSUM | NET_F_GUEST_CSUM | NET_F_STATUS | UK_VIRTIO_F_EVENT_IDX)

/* A new honest device with an address and its link up; not registered. */
void fake_net(uint64_t features);
/* The same, registered; returns what register() said. */
int fake_begin(uint64_t features);
/* Receive: header and len bytes of data, all `fill`, into the next buffer. */
void fake_receive(const struct net_header *header, uint8_t fill, uint32_t len);
/* Complete all chains of the sending queue; returns how many. */
unsigned int fake_sent(void);
