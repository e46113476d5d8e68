/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include <uk/netguard.h>

#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17

/* `group`: it came to more than us. */
bool uk__netguard_pass6(const struct uk_netguard *guard, const uint8_t *packet, size_t length,
			bool group);
