/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include "place.h"

/* Look at what is there and, if it is a device of version 2 (ID 0: an empty slot), register it. */
void uk__virtio_mmio_probe(const struct place *place);
