/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Linux ABI: memfd_create(2), and seals of fcntl(2)
 * (include/uapi/linux/memfd.h, include/uapi/linux/fcntl.h).
 */

#define UK_MFD_CLOEXEC       1u
#define UK_MFD_ALLOW_SEALING 2u

#define UK_F_SEAL_SEAL         0x1u
#define UK_F_SEAL_SHRINK       0x2u
#define UK_F_SEAL_GROW         0x4u
#define UK_F_SEAL_WRITE        0x8u
#define UK_F_SEAL_FUTURE_WRITE 0x10u
