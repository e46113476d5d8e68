/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A TCP peer: segments with any flags, options, windows and data, whose numbers are relative to
 * what the guest said last, so that connections come about and live; the application's side between
 * them.
 */

#include "net.h"

struct segment {
	uint16_t from, to;
	uint32_t seq, ack;
	uint8_t offset, flags;
	uint16_t window, sum, urgent;
	uint8_t rest[40 + 1400];
};

/* Mostly what is expected. */
static uint32_t near(struct input *in)
{
	uint8_t how = in8(in);

	if (how < 0x80)
		return 0;
	return how < 0xf0 ? (uint32_t)(int16_t)in16(in) : in32(in);
}

static void begin_segment(struct segment *s, struct input *in, bool *v6)
{
	uint8_t which = in8(in);
	const struct net_flow *f = &net_flows[which % NET_FLOWS];

	memset(s, 0, sizeof(*s));
	*v6 = which & 0x40;
	if (which & 0x80 || !f->used) {
		s->from = __builtin_bswap16(2000 + which % 8);
		s->to = __builtin_bswap16(80);
		s->seq = near(in);
		s->ack = near(in);
		return;
	}
	*v6 = f->v6;
	s->from = __builtin_bswap16(f->peer);
	s->to = __builtin_bswap16(f->guest);
	s->seq = __builtin_bswap32(f->ack + near(in));
	s->ack = __builtin_bswap32(f->next + near(in));
}

static void segment(struct input *in)
{
	struct segment s;
	size_t options, n;
	bool v6;

	begin_segment(&s, in, &v6);
	s.flags = in8(in);
	s.window = in16(in);
	s.urgent = s.flags & 0x20 ? in16(in) : 0;
	options = in8(in) % 11;
	in_copy(in, s.rest, options * 4);
	s.offset = (uint8_t)((5 + options) << 4);
	n = in8(in);
	/* Few bytes of the input, up to a full segment. */
	n = n < 0x80 ? n : (n - 0x80) * 11;
	n = n < 1400 ? n : 1400;
	in_copy(in, s.rest + options * 4, n < 16 ? n : 16);
	/* Now and then a header that says too much. */
	if (in8(in) == 0xff)
		s.offset = in8(in);
	n += 20 + options * 4;
	if (v6)
		net_receive_ip6(6, 0, &s, n);
	else
		net_receive_ip4(6, 0, &s, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	net_begin(false);
	net_open();
	for (unsigned int i = 0; in.left && i < 100; i++) {
		uint8_t op = in8(&in);

		if (op < 0x80)
			segment(&in);
		else if (op < 0xe0)
			net_app(&in);
		else if (op < 0xfe)
			net_wait((op & 0x1fu) * 500);
		else
			net_fail_nth(in8(&in));
	}
	net_close();
	net_end();
	return 0;
}
