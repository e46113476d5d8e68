/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * lwIP as we use it: the raw interface under one lock of ours (NO_SYS), memory from the kernel's
 * heap with one bound for all, checksums by the device where it can.
 */

#include <stddef.h>
#include <stdint.h>

#define NO_SYS               1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_SOCKET          0
#define LWIP_NETCONN         0
#define LWIP_RAW             0
#define LWIP_STATS           0
#define LWIP_TIMERS          1
#define LWIP_TESTMODE        0

#if !CONFIG_ASSERT
#define LWIP_NOASSERT
#endif

/* Memory: heap.c bounds it. */
void *uk__lwip_alloc(size_t size);
void *uk__lwip_zalloc(size_t n, size_t size);
void uk__lwip_free(void *ptr);
#define MEM_LIBC_MALLOC              1
#define MEMP_MEM_MALLOC              1
#define mem_clib_malloc              uk__lwip_alloc
#define mem_clib_calloc              uk__lwip_zalloc
#define mem_clib_free                uk__lwip_free
#define MEM_ALIGNMENT                8
#define LWIP_SUPPORT_CUSTOM_PBUF     1
#define PBUF_LINK_ENCAPSULATION_HLEN 16
#define PBUF_POOL_BUFSIZE            1600
#define MEMP_NUM_SYS_TIMEOUT         16

/* Timeouts are not from there (patches/06-timeouts.patch). */
void *uk__lwip_timeout_alloc(void);
void uk__lwip_timeout_free(void *timeout);

/* Answers to those who have no connection (patches/10-limits.patch): whether one more may go out.
 * Each has a count of its own. */
enum uk__lwip_answer { UK__LWIP_ECHO, UK__LWIP_ERROR, UK__LWIP_RST, UK__LWIP_ANSWERS };
int uk__lwip_may_send(enum uk__lwip_answer kind);

/* Devices. */
#define LWIP_NETIF_LINK_CALLBACK     0
#define LWIP_NETIF_HOSTNAME          1
#define LWIP_HAVE_LOOPIF             1
#define LWIP_NETIF_LOOPBACK          1
#define LWIP_LOOPBACK_MAX_PBUFS      64
#define LWIP_CHECKSUM_CTRL_PER_NETIF 1
#define LWIP_CHECKSUM_ON_COPY        0

/* Addresses and neighbours; tables are small and what is queued for them is bounded. */
#define LWIP_IPV4                     1
#define LWIP_IPV6                     CONFIG_LWIP_IPV6
#define LWIP_ARP                      1
#define ARP_TABLE_SIZE                64
#define ARP_QUEUEING                  1
#define ARP_QUEUE_LEN                 4
#define ETHARP_TRUST_IP_MAC           0
#define ETHARP_SUPPORT_STATIC_ENTRIES 0
#define LWIP_ND6_NUM_NEIGHBORS        32
#define LWIP_ND6_NUM_DESTINATIONS     32
#define MEMP_NUM_ND6_QUEUE            32
#define LWIP_IPV6_MLD                 0
#define LWIP_IPV6_DHCP6               0
#define LWIP_IPV6_AUTOCONFIG          1
#define LWIP_IPV6_NUM_ADDRESSES       4
#define LWIP_IPV6_SCOPES              1
#define LWIP_ND6_REDIRECT             0
#define LWIP_IPV6_EXTENSIONS          0 /* lib/netguard drops them */

/* IP. */
#define IP_FORWARD                0
#define IP_OPTIONS_ALLOWED        0
#define IP_REASSEMBLY             1
#define IP_REASS_MAX_PBUFS        64
#define MEMP_NUM_REASSDATA        16
#define IP_REASS_MAXAGE           15
#define IPV6_REASS_MAXAGE         15
#define LWIP_IPV6_REASS           1
#define IPV6_FRAG_COPYHEADER      1 /* its notes are longer than a fragment header: 64 bits */
#define IP_FRAG                   1
#define LWIP_IPV6_FRAG            1
#define IP_SOF_BROADCAST          1
#define IP_SOF_BROADCAST_RECV     1
#define LWIP_ICMP                 1
#define LWIP_BROADCAST_PING       0
#define LWIP_MULTICAST_PING       0
#define LWIP_AUTOIP               0
#define LWIP_IGMP                 0
#define LWIP_DHCP                 CONFIG_LWIP_DHCP
#define DHCP_DOES_ARP_CHECK       0
#define LWIP_DHCP_MAX_DNS_SERVERS 2
/* Names are resolved by libc: only the servers' addresses are kept, by setup.c. */
#define LWIP_DNS        0
#define DNS_MAX_SERVERS 2

/* UDP and TCP. */
#define LWIP_UDP                   1
#define LWIP_TCP                   1
#define SO_REUSE                   1
#define LWIP_TCP_KEEPALIVE         1
#define TCP_LISTEN_BACKLOG         1
#define TCP_DEFAULT_LISTEN_BACKLOG 255
#define TCP_MSS                    1460
#define TCP_MSS_MIN                64
#define LWIP_WND_SCALE             1
#define TCP_RCV_SCALE              5
#define TCP_WND                    (CONFIG_LWIP_TCP_WINDOW_KIB * 1024)
#define TCP_SND_BUF                TCP_WND
#define TCP_SND_QUEUELEN           (4 * (TCP_SND_BUF / TCP_MSS) + 4)
#define TCP_SNDLOWAT               (TCP_SND_BUF / 3 < 49152 ? TCP_SND_BUF / 3 : 49152)
#define TCP_SNDQUEUELOWAT          (TCP_SND_QUEUELEN / 2)
#define TCP_WND_UPDATE_THRESHOLD   (TCP_WND / 4)
#define TCP_OVERSIZE               TCP_MSS
#define TCP_QUEUE_OOSEQ            1
#define TCP_OOSEQ_MAX_PBUFS        64
#define TCP_OOSEQ_MAX_BYTES        TCP_WND
#define LWIP_TCP_SACK_OUT          1
#define LWIP_TCP_MAX_SACK_NUM      4
#define LWIP_TCP_TIMESTAMPS        0
#define MEMP_NUM_TCP_SEG           (2 * TCP_SND_QUEUELEN)
#define MEMP_NUM_TCP_PCB           1000

/* RFC 6528. */
struct ip6_addr;
#define LWIP_HOOK_FILENAME "hooks.h"
#define LWIP_HOOK_TCP_ISN  uk__lwip_isn
