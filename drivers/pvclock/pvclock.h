/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include <stdint.h>

/* KVM's clock: Hz of the cycle counter, or 0 if there is no such clock; also registers the date.
 * `leaf` is the highest hypervisor leaf. Boot context. */
uint64_t uk__pvclock_kvm(uint32_t leaf);
