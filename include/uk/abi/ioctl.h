/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Linux ABI, x86_64: ioctl(2) of terminals and of all files
 * (include/uapi/asm-generic/ioctls.h, termbits.h).
 */

#include <stdint.h>

#define UK_TCGETS     0x5401
#define UK_TCSETS     0x5402
#define UK_TCSETSW    0x5403
#define UK_TCSETSF    0x5404
#define UK_TIOCGWINSZ 0x5413
#define UK_TIOCSWINSZ 0x5414
#define UK_FIONREAD   0x541B
#define UK_FIONBIO    0x5421
#define UK_FIONCLEX   0x5450
#define UK_FIOCLEX    0x5451

struct uk_winsize {
	uint16_t ws_row;
	uint16_t ws_col;
	uint16_t ws_xpixel;
	uint16_t ws_ypixel;
};

#define UK_NCCS 19
struct uk_termios {
	uint32_t c_iflag;
	uint32_t c_oflag;
	uint32_t c_cflag;
	uint32_t c_lflag;
	uint8_t c_line;
	uint8_t c_cc[UK_NCCS];
};

#define UK_VINTR  0
#define UK_VQUIT  1
#define UK_VERASE 2
#define UK_VKILL  3
#define UK_VEOF   4
#define UK_VTIME  5
#define UK_VMIN   6

#define UK_ICRNL   0000400u
#define UK_OPOST   0000001u
#define UK_ONLCR   0000004u
#define UK_CS8     0000060u
#define UK_CREAD   0000200u
#define UK_CLOCAL  0004000u
#define UK_B115200 0010002u
#define UK_ISIG    0000001u
#define UK_ICANON  0000002u
#define UK_ECHO    0000010u
#define UK_ECHOE   0000020u
#define UK_ECHOK   0000040u
