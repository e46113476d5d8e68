/* SPDX-License-Identifier: BSD-3-Clause */
/* A DHCP server that answers with anything, to each transaction of the guest; and time. */

#include "net.h"

struct message {
	uint16_t from, to, length, sum; /* UDP */
	uint8_t op, htype, hlen, hops;
	uint32_t xid;
	uint16_t secs, flags;
	uint8_t ciaddr[4], yiaddr[4], siaddr[4], giaddr[4], chaddr[16], sname[64], file[128];
	uint32_t cookie;
	uint8_t options[600];
};

#define FIXED 248u /* bytes before the options */

static void answer(struct input *in)
{
	struct message m = { .op = 2, .htype = 1, .hlen = 6 };
	uint8_t how = in8(in);
	size_t n = in16(in) % (sizeof(m.options) + 1);

	m.from = __builtin_bswap16(67);
	m.to = __builtin_bswap16(68);
	m.xid = how & 1 ? in32(in) : net_dhcp_xid;
	memcpy(m.chaddr, "\x52\x54\0\0\0\x02", 6);
	in_copy(in, m.yiaddr, 4);
	if (how & 2)
		in_copy(in, m.sname, sizeof(m.sname));
	if (how & 4)
		in_copy(in, m.file, sizeof(m.file));
	m.cookie = how & 8 ? in32(in) : 0x63538263;
	n = n < in->left ? n : in->left;
	in_copy(in, m.options, n);
	n += FIXED;
	if (how & 16)
		n = in16(in) % (n + 1);
	m.length = __builtin_bswap16((uint16_t)n);
	if (how & 32)
		m.length = in16(in);
	net_receive_ip4(17, 0, &m, n);
}

static void other(struct input *in)
{
	size_t n = in8(in);
	uint8_t *bytes = in_take(in, &n);

	net_receive(bytes, n, true);
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	net_begin(true);
	net_wait(10);
	for (unsigned int i = 0; in.left && i < 32; i++) {
		uint8_t op = in8(&in);

		if (op < 0xa0)
			answer(&in);
		else if (op < 0xb0)
			other(&in);
		else if (op < 0xf0)
			net_wait((op & 0x3fu) * 300);
		else
			net_fail_nth(op & 15u);
	}
	net_end();
	return 0;
}
