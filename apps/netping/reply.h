/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uk/netdev.h>

/* Who we are; address in network order. */
struct self {
	uint8_t ip[4];
	uint8_t mac[6];
	bool tx_csum;
};

enum reply { REPLY_NONE, REPLY_ARP, REPLY_PING, REPLY_UDP };

/* Turn the packet, which is ours alone, into its answer; NONE: it is not for us. */
enum reply reply_make(const struct self *self, struct uk_netbuf *nb);
