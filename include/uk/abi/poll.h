/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Linux ABI, x86_64: poll(2), select(2), epoll(7), eventfd(2)
 * (include/uapi/asm-generic/poll.h, include/uapi/linux/eventpoll.h).
 */

#include <stdint.h>

struct uk_pollfd {
	int32_t fd;
	int16_t events;
	int16_t revents;
};

/* The bits of poll and of epoll are the same numbers. */
#define UK_POLLIN     0x0001u
#define UK_POLLPRI    0x0002u
#define UK_POLLOUT    0x0004u
#define UK_POLLERR    0x0008u
#define UK_POLLHUP    0x0010u
#define UK_POLLNVAL   0x0020u
#define UK_POLLRDNORM 0x0040u
#define UK_POLLRDBAND 0x0080u
#define UK_POLLWRNORM 0x0100u
#define UK_POLLWRBAND 0x0200u
#define UK_POLLRDHUP  0x2000u

#define UK_EPOLLEXCLUSIVE (1u << 28)
#define UK_EPOLLWAKEUP    (1u << 29)
#define UK_EPOLLONESHOT   (1u << 30)
#define UK_EPOLLET        (1u << 31)

#define UK_EPOLL_CTL_ADD 1
#define UK_EPOLL_CTL_DEL 2
#define UK_EPOLL_CTL_MOD 3
#define UK_EPOLL_CLOEXEC 02000000

/* Packed on x86_64 only, so that 32-bit and 64-bit agree there. */
struct uk_epoll_event {
	uint32_t events;
	uint64_t data;
}
#ifdef __x86_64__
__attribute__((packed))
#endif
;

#define UK_EFD_SEMAPHORE 1
#define UK_EFD_CLOEXEC   02000000
#define UK_EFD_NONBLOCK  00004000

#define UK_FD_SETSIZE 1024
struct uk_fd_set {
	uint64_t bits[UK_FD_SETSIZE / 64];
};
