/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames of all kinds, a list of records: ARP, IPv4 and IPv6 with their options, extension headers
 * and fragments, ICMP, neighbour discovery, UDP; between them time passes and the application
 * works.
 */

#include "net.h"

static void frame(struct input *in, bool addressed)
{
	size_t n = in16(in) & 0x7ff;
	uint8_t *bytes = in_take(in, &n);

	if (addressed && n >= 12)
		memcpy(bytes, "\x52\x54\0\0\0\x02\x52\x54\0\0\0\x01", 12);
	net_receive(bytes, n, in8(in) & 1);
	free(bytes);
}

static void packet(struct input *in, bool v6)
{
	uint8_t proto = in8(in);
	uint16_t frag = v6 ? in8(in) : in16(in);
	size_t n = in16(in) & 0x7ff;
	uint8_t *payload = in_take(in, &n);

	if (v6)
		net_receive_ip6(proto, (uint8_t)frag, payload, n);
	else
		net_receive_ip4(proto, frag, payload, n);
	free(payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	net_begin(false);
	net_open();
	for (unsigned int i = 0; in.left && i < 64; i++) {
		switch (in8(&in) % 8) {
		case 0: frame(&in, false); break;
		case 1: frame(&in, true); break;
		case 2:
		case 3: packet(&in, false); break;
		case 4:
		case 5: packet(&in, true); break;
		case 6: net_app(&in); break;
		default: {
			uint8_t wait = in8(&in);

			if (wait < 0xf0)
				net_wait(wait * 40u);
			else
				net_fail_nth(wait - 0xf0u);
		}
		}
	}
	net_close();
	net_end();
	return 0;
}
