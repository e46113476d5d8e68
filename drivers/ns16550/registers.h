/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Offsets and bits: PC16550D, section 8. */

#define REG_DATA     0 /* divisor, low byte, when LCR_DLAB */
#define REG_IER      1 /* divisor, high byte */
#define IER_RECEIVED 0x01
#define REG_FCR      2
#define FCR_ENABLE   0x07 /* FIFOs on and empty */
#define REG_LCR      3
#define LCR_8N1      0x03
#define LCR_DLAB     0x80
#define REG_MCR      4
#define MCR_READY    0x0b /* DTR, RTS, and OUT2, which lets interrupts out */
#define REG_LSR      5
#define LSR_RECEIVED 0x01
#define LSR_EMPTY    0x20 /* the transmit FIFO is */

#define FIFO_SIZE 16
#define CLOCK     115200 /* divided by the divisor: bit/s */
