/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Connections that have ended stay for two minutes in TIME_WAIT. lwIP bounds them only by memory,
 * and so they would take all of it; the oldest go first, as they do on other systems.
 */

#include "sock.h"

#include <lwip/priv/tcp_priv.h>

#define QUARTER  (CONFIG_LWIP_MEMORY_KIB * 1024ul / 4)
#define KEPT_MAX UK_MIN(1024ul, QUARTER / sizeof(struct tcp_pcb))

void uk__lwip_tcp_trim(void)
{
	static unsigned int since;
	struct tcp_pcb **at = &tcp_tw_pcbs, *pcb;

	/* Counting takes as long as there are many: not for each connection. */
	if (++since < KEPT_MAX / 4)
		return;
	since = 0;
	for (size_t n = 0; *at && n < KEPT_MAX; n++)
		at = &(*at)->next;
	while ((pcb = *at)) {
		*at = pcb->next;
		tcp_pcb_purge(pcb);
		tcp_free(pcb);
	}
}
