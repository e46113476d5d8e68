/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Linux ABI, 64-bit: sockets (include/uapi/linux/socket.h, include/linux/socket.h,
 * include/uapi/asm-generic/socket.h) and internet addresses (include/uapi/linux/in.h, in6.h).
 * Ports and addresses are in network byte order.
 */

#include <stddef.h>
#include <stdint.h>
#include <uk/abi/uio.h>

#define UK_AF_UNSPEC 0
#define UK_AF_UNIX   1
#define UK_AF_INET   2
#define UK_AF_INET6  10

#define UK_SOCK_STREAM   1
#define UK_SOCK_DGRAM    2
#define UK_SOCK_RAW      3
#define UK_SOCK_TYPE     0xf /* mask: the rest are flags */
#define UK_SOCK_CLOEXEC  02000000
#define UK_SOCK_NONBLOCK 00004000

struct uk_sockaddr {
	uint16_t sa_family;
	char sa_data[14];
};

struct uk_sockaddr_in {
	uint16_t sin_family;
	uint16_t sin_port;
	uint32_t sin_addr;
	uint8_t sin_zero[8];
};

struct uk_sockaddr_in6 {
	uint16_t sin6_family;
	uint16_t sin6_port;
	uint32_t sin6_flowinfo;
	uint8_t sin6_addr[16];
	uint32_t sin6_scope_id;
};

struct uk_sockaddr_storage {
	uint16_t ss_family;
	char data[118];
	uint64_t align;
};
_Static_assert(sizeof(struct uk_sockaddr_storage) == 128, "struct sockaddr_storage");

/* As libc has it, where lengths are 32-bit with padding, which counts here as zero bits of 64. */
struct uk_msghdr {
	void *msg_name;
	uint32_t msg_namelen;
	uint32_t pad0;
	struct uk_iovec *msg_iov;
	uint64_t msg_iovlen;
	void *msg_control;
	uint64_t msg_controllen;
	uint32_t msg_flags;
	uint32_t pad1;
};
_Static_assert(sizeof(struct uk_msghdr) == 56, "struct msghdr");

#define UK_MSG_OOB          0x0001u
#define UK_MSG_PEEK         0x0002u
#define UK_MSG_DONTROUTE    0x0004u
#define UK_MSG_CTRUNC       0x0008u
#define UK_MSG_TRUNC        0x0020u
#define UK_MSG_DONTWAIT     0x0040u
#define UK_MSG_EOR          0x0080u
#define UK_MSG_WAITALL      0x0100u
#define UK_MSG_NOSIGNAL     0x4000u
#define UK_MSG_MORE         0x8000u
#define UK_MSG_CMSG_CLOEXEC 0x40000000u

#define UK_SHUT_RD   0
#define UK_SHUT_WR   1
#define UK_SHUT_RDWR 2

#define UK_SOL_SOCKET    1
#define UK_SO_DEBUG      1
#define UK_SO_REUSEADDR  2
#define UK_SO_TYPE       3
#define UK_SO_ERROR      4
#define UK_SO_BROADCAST  6
#define UK_SO_SNDBUF     7
#define UK_SO_RCVBUF     8
#define UK_SO_KEEPALIVE  9
#define UK_SO_OOBINLINE  10
#define UK_SO_LINGER     13
#define UK_SO_REUSEPORT  15
#define UK_SO_RCVLOWAT   18
#define UK_SO_SNDLOWAT   19
#define UK_SO_RCVTIMEO   20
#define UK_SO_SNDTIMEO   21
#define UK_SO_ACCEPTCONN 30
#define UK_SO_PROTOCOL   38
#define UK_SO_DOMAIN     39

struct uk_linger {
	int32_t l_onoff;
	int32_t l_linger; /* seconds */
};

#define UK_IPPROTO_IP     0
#define UK_IPPROTO_ICMP   1
#define UK_IPPROTO_TCP    6
#define UK_IPPROTO_UDP    17
#define UK_IPPROTO_IPV6   41
#define UK_IPPROTO_ICMPV6 58

#define UK_IP_TOS            1
#define UK_IP_TTL            2
#define UK_IPV6_UNICAST_HOPS 16
#define UK_IPV6_V6ONLY       26

#define UK_TCP_NODELAY      1
#define UK_TCP_MAXSEG       2
#define UK_TCP_CORK         3
#define UK_TCP_KEEPIDLE     4
#define UK_TCP_KEEPINTVL    5
#define UK_TCP_KEEPCNT      6
#define UK_TCP_DEFER_ACCEPT 9
#define UK_TCP_QUICKACK     12
#define UK_TCP_USER_TIMEOUT 18
