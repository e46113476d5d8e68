/* SPDX-License-Identifier: BSD-3-Clause */

/* /etc/resolv.conf for libc's resolver: the servers of the command line or of DHCP. */

#include "port.h"

#include <uk/log.h>
#include <uk/posix-fs.h>

static size_t resolv_conf(char *buf, size_t size)
{
	size_t len = 0;

	uk__lwip_lock();
	for (unsigned int i = 0; i < DNS_MAX_SERVERS; i++) {
		const ip_addr_t *server = &uk__lwip_name_servers[i];
		char text[IPADDR_STRLEN_MAX];

		if (ip_addr_isany(server) || !ipaddr_ntoa_r(server, text, sizeof(text)))
			continue;
		len += (size_t)uk_format(len < size ? buf + len : NULL, len < size ? size - len : 0,
					 "nameserver %s\n", text);
	}
	uk__lwip_unlock();
	return len;
}

UK_TABLE_ENTRY(struct uk_posix_fs_special, special)
resolv = { .path = "/etc/resolv.conf", .mode = 0100444, .text = resolv_conf };
