/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Registers of virtio over MMIO, version 2: virtio 1.2, section 4.2.2. */

#define REG_MAGIC           0x000
#define REG_VERSION         0x004
#define REG_DEVICE_ID       0x008
#define REG_DEVICE_FEATURES 0x010
#define REG_DEVICE_SELECT   0x014
#define REG_DRIVER_FEATURES 0x020
#define REG_DRIVER_SELECT   0x024
#define REG_QUEUE_SELECT    0x030
#define REG_QUEUE_MAX       0x034
#define REG_QUEUE_SIZE      0x038
#define REG_QUEUE_READY     0x044
#define REG_NOTIFY          0x050
#define REG_IRQ_STATUS      0x060
#define REG_IRQ_ACK         0x064
#define REG_STATUS          0x070
#define REG_QUEUE_DESC      0x080
#define REG_QUEUE_DRIVER    0x090
#define REG_QUEUE_DEVICE    0x0a0
#define REG_GENERATION      0x0fc
#define REG_CONFIG          0x100

#define MAGIC 0x74726976u /* "virt" */

#define IRQ_QUEUE  1u
#define IRQ_CONFIG 2u
