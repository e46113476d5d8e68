/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Sockets: the class between the socket calls and network stacks. posix-net knows nothing of a
 * stack but what stands here; a stack registers a family (or several) and makes sockets.
 *
 * No operation waits: what would is -EAGAIN (connect: -EINPROGRESS), and when it would go on
 * the stack calls uk_sock_wake(). While poll() shows ERR or HUP no operation answers -EAGAIN:
 * who waits for it would not wait. posix-net does all blocking, time limits and
 * descriptors. A wake-up may come too often and must not come too rarely; it may come from any
 * context but NMI, best after the stack's own lock was released.
 *
 * The stack serialises its operations itself: several threads may call them for one socket at
 * the same time. close() comes once, after all others have returned.
 *
 * Addresses are <uk/abi/socket.h> structures in kernel memory: `len` is what the application
 * said, between 2 and sizeof(struct uk_sockaddr_storage); the stack checks family and length.
 */

#include <uk/abi/socket.h>
#include <uk/defs.h>
#include <uk/file.h>

struct uk_sock;

struct uk_sock_msg {
	struct uk_file_iter data; /* application memory: uk_file_iter_get(), _put() */
	uint32_t flags;    /* in: UK_MSG_PEEK DONTWAIT WAITALL MORE; recv out: UK_MSG_TRUNC */
	uint32_t addr_len; /* send: bytes in addr, 0: none. recv: set by the stack, or 0 */
	struct uk_sockaddr_storage addr;
};

/* All in thread context, no lock held; return 0 or a count, else -Exxx. poll(): see below. */
struct uk_sock_ops {
	int (*bind)(struct uk_sock *sock, const struct uk_sockaddr_storage *addr, uint32_t len);
	/* -EAGAIN never; backlog is at least 0. NULL: -EOPNOTSUPP. */
	int (*listen)(struct uk_sock *sock, int backlog);
	/* Takes one connection off the queue: a socket of its own, by uk_sock_init(). -EAGAIN,
	 * -ECONNABORTED, -EINVAL (does not listen). NULL: -EOPNOTSUPP. */
	int (*accept)(struct uk_sock *sock, struct uk_sock **out);
	/*
	 * 0: connected. -EINPROGRESS: has been started; UK_POLLOUT when done, UK_POLLERR with the
	 * error in error() when it failed. -EALREADY, -EISCONN. A datagram socket only notes the
	 * peer; family UK_AF_UNSPEC forgets it.
	 */
	int (*connect)(struct uk_sock *sock, const struct uk_sockaddr_storage *addr, uint32_t len);
	/* Own address (peer false) or the peer's (-ENOTCONN); its length in *len. */
	int (*name)(struct uk_sock *sock, struct uk_sockaddr_storage *addr, uint32_t *len,
		    bool peer);
	/*
	 * Bytes taken, which may be less than msg->data.total on a stream; a datagram is taken
	 * whole or not at all (-EMSGSIZE). -EAGAIN: no room. -EPIPE: closed for sending. -ENOTCONN.
	 */
	long (*send)(struct uk_sock *sock, struct uk_sock_msg *msg);
	/*
	 * Bytes given; 0 at the end of a stream. -EAGAIN: nothing there. A datagram longer than
	 * msg->data is cut: UK_MSG_TRUNC is set in msg->flags, and if it was set on entry, the
	 * result is the datagram's full length. UK_MSG_PEEK leaves it in the queue.
	 */
	long (*recv)(struct uk_sock *sock, struct uk_sock_msg *msg);
	/* how: UK_SHUT_RD, UK_SHUT_WR or UK_SHUT_RDWR. -ENOTCONN. */
	int (*shutdown)(struct uk_sock *sock, int how);
	/* The pending error as a positive number, which is forgotten by that; 0: none. */
	int (*error)(struct uk_sock *sock);
	/*
	 * What is true now: IN (data, end of stream, a connection to accept), OUT (send would
	 * take bytes), ERR (error() is not 0), HUP (closed both ways), RDHUP (peer sends no more).
	 * May be called with a spinlock held: reads the socket's words, takes no sleeping lock.
	 */
	uint32_t (*poll)(struct uk_sock *sock);
	/*
	 * Options of any level, but not those that posix-net answers: SO_TYPE, SO_DOMAIN,
	 * SO_PROTOCOL, SO_ERROR, SO_RCVTIMEO, SO_SNDTIMEO. `val` is kernel memory, 8-byte aligned,
	 * of `len` bytes (at most UK_SOCK_OPT_MAX). getopt: *len is the room, then what was
	 * written. -ENOPROTOOPT: unknown; -EINVAL: wrong length or value.
	 */
	int (*setopt)(struct uk_sock *sock, int level, int name, const void *val, uint32_t len);
	int (*getopt)(struct uk_sock *sock, int level, int name, void *val, uint32_t *len);
	/* Bytes that recv would give (of the next datagram): for FIONREAD. NULL: -ENOTTY. */
	long (*pending)(struct uk_sock *sock);
	/* The last descriptor is gone: close the connection and free the socket. */
	void (*close)(struct uk_sock *sock);
};

#define UK_SOCK_OPT_MAX 64u

/* Embedded by the stack in a structure of its own, which it allocates and frees. */
struct uk_sock {
	struct uk_file file; /* posix-net's; the stack uses uk_sock_wake() only */
	const struct uk_sock_ops *ops;
	int family;   /* UK_AF_* */
	int type;     /* UK_SOCK_STREAM, UK_SOCK_DGRAM, UK_SOCK_RAW */
	int protocol; /* UK_IPPROTO_*, never 0 */
};

/* Before the socket is handed out or woken the first time. Any context. */
void uk_sock_init(struct uk_sock *sock, const struct uk_sock_ops *ops, int family, int type,
		  int protocol);

/* `events` (UK_POLL*) may have become true. Any context but NMI. */
uk_inline void uk_sock_wake(struct uk_sock *sock, uint32_t events)
{
	uk_poll_wake(&sock->file.poll, events);
}

struct uk_sock_family {
	int family; /* UK_AF_* */
	/* A new socket in *out. -EPROTONOSUPPORT, -ESOCKTNOSUPPORT, -ENOMEM, -ENOBUFS. */
	int (*create)(struct uk_sock_family *family, int type, int protocol, struct uk_sock **out);
	struct uk_list node; /* posix-net's */
};

/* Boot or thread context; never taken back. A second one for the same family: -EEXIST. */
int uk_sock_family_register(struct uk_sock_family *family);
