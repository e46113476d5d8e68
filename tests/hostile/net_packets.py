# SPDX-License-Identifier: BSD-3-Clause
"""Packets that nobody should believe, and floods of them."""
import struct
import time

from battery import attack
from registry import expect
from target import target
from wire import ACK, ICMP, ICMP6, SYN, TCP, UDP, background, checksum, eth, icmp, icmp6, ip4, \
    ip6, packed, segment, tcp, udp

DEAD4 = "192.0.2.7"         # nobody: TEST-NET-1
DEAD6 = "2001:db8::7"


def is_icmp(frame, kinds, kinds6):
    """An ICMP message of the guest of one of these types."""
    if frame[12:14] == b"\x08\x00" and frame[23] == ICMP:
        return frame[34] in kinds
    return frame[12:14] == b"\x86\xdd" and frame[20] == ICMP6 and frame[54] in kinds6


@attack("land")
def land(rng):
    """LAND (CERT CA-1997-28): a SYN that comes from the guest's own address and port."""
    with target() as t:
        before = t.peek.used()
        t.wire.guest    # pylint: disable=pointless-statement
        t.wire.drain()
        for _ in range(200):
            seq = rng.getrandbits(32)
            for own, make in ((t.net.guest, ip4), (t.net.guest6, ip6)):
                packet = make(own, own, TCP, tcp(own, own, 80, 80, seq, 0, SYN))
                (t.wire.send4 if make is ip4 else t.wire.send6)(packet)
        answers = t.wire.collect(0.5, segment)
        expect(not answers, f"{len(answers)} answers", t.server.text)
        return t.outcome(before)


@attack("martians", quick=True)
def martians(rng):
    """Sources that no packet has (RFC 1122, 3.2.1.3; RFC 4291, 2.5 and 2.7) get no answer."""
    with target() as t:
        before, guest, guest6 = t.peek.used(), t.net.guest, t.net.guest6
        sources = ("127.0.0.1", "127.1.2.3", "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.9.9.9",
                   "240.0.0.1", "255.255.255.255", "10.77.0.255", "10.77.0.0", guest)
        sources6 = ("::1", "::", "ff02::1", "ff0e::7", "::ffff:10.77.0.1", guest6)
        t.wire.guest    # pylint: disable=pointless-statement
        t.wire.drain()
        for _ in range(20):
            sport, seq = rng.randrange(1024, 65536), rng.getrandbits(32)
            ping = struct.pack("!HH", sport, 1) + b"x" * 32
            for s in sources:
                t.wire.send4(ip4(s, guest, TCP, tcp(s, guest, sport, 80, seq, 0, SYN)))
                t.wire.send4(ip4(s, guest, TCP, tcp(s, guest, sport, 81, seq, 0, SYN)))
                t.wire.send4(ip4(s, guest, UDP, udp(s, guest, sport, 9, b"x")))
                t.wire.send4(ip4(s, guest, ICMP, icmp(8, 0, ping)))
            for s in sources6:
                t.wire.send6(ip6(s, guest6, TCP, tcp(s, guest6, sport, 80, seq, 0, SYN)))
                t.wire.send6(ip6(s, guest6, UDP, udp(s, guest6, sport, 9, b"x")))
                t.wire.send6(ip6(s, guest6, ICMP6, icmp6(s, guest6, 128, 0, ping)))
            for d in ("127.0.0.1", "0.0.0.0", "255.255.255.255", "10.77.0.255", "224.0.0.1"):
                t.wire.send4(ip4(t.net.host, d, TCP, tcp(t.net.host, d, sport, 80, seq, 0, SYN)))
                t.wire.send4(ip4(t.net.host, d, ICMP, icmp(8, 0, ping)))
                t.wire.send4(ip4(t.net.host, d, UDP, udp(t.net.host, d, sport, 9, b"x")))
        answers = t.wire.collect(1, lambda f: segment(f) or is_icmp(f, (0, 3, 11, 12),
                                                                    (1, 3, 4, 129)))
        expect(not answers, f"{len(answers)} answers, one: {answers[:1]}", t.server.text)
        return t.outcome(before)


@attack("source-route")
def source_route(rng):
    """Source routes and other IP options, routing headers (RFC 5095), extension headers in rows
    and options of impossible length."""
    with target() as t:
        before, host, guest = t.peek.used(), t.net.host, t.net.guest
        host6, guest6 = t.net.host6, t.net.guest6
        t.wire.guest    # pylint: disable=pointless-statement
        t.wire.drain()
        for _ in range(50):
            sport, seq = rng.randrange(1024, 65536), rng.getrandbits(32)
            syn = tcp(host, guest, sport, 80, seq, 0, SYN)
            for kind in (131, 137, 7, 68):
                t.wire.send4(ip4(host, guest, TCP, syn,
                                 options=bytes((kind, 7, 4)) + packed(DEAD4) + b"\0"))
                t.wire.send4(ip4(host, guest, TCP, syn, options=bytes((kind, 0, 0, 0))))
            syn6 = tcp(host6, guest6, sport, 80, seq, 0, SYN)
            routing = bytes((TCP, 2, 0, 1)) + b"\0" * 4 + packed(DEAD6)
            t.wire.send6(ip6(host6, guest6, 43, routing + syn6))
            chain = b"".join(bytes((60, 0, 1, 4)) + b"\0" * 4 for _ in range(99))
            t.wire.send6(ip6(host6, guest6, 60, chain + bytes((TCP, 0, 1, 4, 0, 0, 0, 0)) + syn6))
            junk = bytes((TCP, rng.randrange(256))) + rng.randbytes(30)
            t.wire.send6(ip6(host6, guest6, rng.choice((0, 43, 60)), junk))
        answers = t.wire.collect(0.5, segment)
        expect(not answers, f"{len(answers)} answers", t.server.text)
        return t.outcome(before)


def fragments4(t, rng, count):
    """Datagrams of which a piece never comes, overlapping ones, and ones that are too long."""
    guest = t.net.guest
    for _ in range(count):
        source = f"198.18.{rng.randrange(256)}.{rng.randrange(1, 255)}"
        ident, kind = rng.getrandbits(16), rng.randrange(4)
        if kind == 0:       # a piece in the middle
            pieces = [(rng.randrange(1, 100) * 8, True, 1400)]
        elif kind == 1:     # teardrop (CERT CA-1997-28)
            pieces = [(0, True, 40), (24, False, 8)]
        elif kind == 2:     # ping of death (CERT CA-1996-26)
            pieces = [(0, True, 1400), (65528, False, 1400)]
        else:               # tiny first pieces (RFC 1858)
            pieces = [(0, True, 8), (8, True, 8)]
        for offset, more, length in pieces:
            yield ip4(source, guest, rng.choice((TCP, UDP, ICMP)), rng.randbytes(length), ident,
                      offset, more)


def fragments6(t, rng, count):
    guest6 = t.net.guest6
    for _ in range(count):
        source = "2001:db8::" + format(rng.randrange(1, 65536), "x")
        ident, upper = rng.getrandbits(32), rng.choice((TCP, UDP, ICMP6))
        for offset, more, length in rng.choice((((rng.randrange(1, 99) * 8, 1, 1400),),
                                                ((0, 1, 40), (24, 0, 8)),
                                                ((0, 1, 1400), (65528, 0, 1400)),
                                                ((0, 1, 8), (0, 1, 8)))):
            head = struct.pack("!BBHI", upper, 0, offset | more, ident)
            yield ip6(source, guest6, 44, head + rng.randbytes(length))


@attack("fragments")
def fragments(rng):
    """6,000 datagrams whose pieces never fit: little is kept, and whole ones still pass."""
    with target() as t:
        before = t.peek.used()
        for packet in fragments4(t, rng, 3000):
            t.wire.send4(packet)
        for packet in fragments6(t, rng, 3000):
            t.wire.send6(packet)
        most = sum(t.peek.used()) - sum(before)
        expect(most < 1 << 20, f"{most} bytes are held", t.server.text)
        time.sleep(0.5)
        seconds = t.recovers()
        for address in (t.net.guest, t.net.guest6):
            done = t.net.run("ping", "-c", "5", "-i", "0.1", "-W", "3", "-s", "6000", address)
            expect(" 0 received" not in done.stdout, done.stdout, t.server.text)
        outcome = t.outcome(before, f"{most} bytes held at most")
        outcome.recovered = seconds
        return outcome


def flood(t, make, rate, seconds):
    """A function that sends what make(i) returns, at most `rate` a second."""
    frames = [make(i) for i in range(4000)]

    def run():
        start = time.monotonic()
        sent = 0
        while time.monotonic() - start < seconds:
            due = int((time.monotonic() - start) * rate)
            while sent < due:
                t.wire.send(frames[sent % len(frames)])
                sent += 1
            time.sleep(0.001)
    return run


def syn_flood(rng, source, rate=4000):
    """Half of the honest requests are served during a flood, all after it."""
    with target() as t:
        before, guest = t.peek.used(), t.net.guest
        mac = t.wire.guest

        def syn(_):
            s = source(rng)
            packet = ip4(s, guest, TCP, tcp(s, guest, rng.randrange(1024, 65536), 80,
                                            rng.getrandbits(32), 0, SYN, options=b"\2\4\5\xb4"))
            return eth(mac, t.wire.mac, 0x0800, packet)

        with background(flood(t, syn, rate, 12)):
            time.sleep(1)
            good, total = t.served(10)
        share = 100 * good // total
        expect(share >= 50, f"only {good} of {total} honest requests were served", t.server.text)
        return t.outcome(before, f"{share} % of {total} honest requests served")


@attack("syn-flood")
def syn_flood_far(rng):
    """SYNs of addresses beyond the gateway (RFC 4987)."""
    return syn_flood(rng, lambda r: f"198.18.{r.randrange(256)}.{r.randrange(256)}")


@attack("syn-flood-near")
def syn_flood_near(rng):
    """SYNs of neighbours that do not exist: each would need an ARP entry."""
    return syn_flood(rng, lambda r: f"10.77.0.{r.randrange(3, 255)}")


@attack("syn-flood-v6")
def syn_flood_v6(rng):
    """The same over IPv6, from the guest's own network."""
    with target() as t:
        before, guest = t.peek.used(), t.net.guest6
        mac = t.wire.guest

        def syn(_):
            s = "fd77::" + format(rng.randrange(256, 65536), "x")
            return eth(mac, t.wire.mac, 0x86dd,
                       ip6(s, guest, TCP, tcp(s, guest, rng.randrange(1024, 65536), 80,
                                              rng.getrandbits(32), 0, SYN)))

        with background(flood(t, syn, 4000, 12)):
            time.sleep(1)
            good, total = t.served(10, address=guest)
        share = 100 * good // total
        expect(share >= 50, f"only {good} of {total} honest requests were served", t.server.text)
        return t.outcome(before, f"{share} % of {total} honest requests served", guest)


def answers_of(t, make, wanted, count, seconds=3):
    """How many answers a second `count` packets a second get, at most."""
    t.wire.guest    # pylint: disable=pointless-statement
    t.wire.drain()
    start = time.monotonic()
    with background(flood(t, make, count, seconds)):
        found = len(t.wire.collect(seconds + 0.5, wanted))
    return found / (time.monotonic() - start)


@attack("icmp-flood")
def icmp_flood(rng):
    """Echo replies and ICMP errors are limited (RFC 1812, 4.3.2.8; RFC 4443, 2.4)."""
    with target() as t:
        before, guest, guest6 = t.peek.used(), t.net.guest, t.net.guest6
        mac, host, host6 = t.wire.guest, t.net.host, t.net.host6

        def four(proto, payload):
            return eth(mac, t.wire.mac, 0x0800, ip4(host, guest, proto, payload))

        def six(proto, payload):
            return eth(mac, t.wire.mac, 0x86dd, ip6(host6, guest6, proto, payload))

        ping = rng.randbytes(24)
        kinds = {
            "echo": (lambda i: four(ICMP, icmp(8, 0, struct.pack("!HH", 7, i) + ping)), 1200),
            "echo6": (lambda i: six(ICMP6, icmp6(host6, guest6, 128, 0,
                                                 struct.pack("!HH", 7, i) + ping)), 1200),
            "port": (lambda i: four(UDP, udp(host, guest, 999, 1000 + i, ping)), 200),
            "port6": (lambda i: six(UDP, udp(host6, guest6, 999, 1000 + i, ping)), 200),
            "protocol": (lambda i: four(200, ping), 200),
        }
        rates = {}
        for name, (make, most) in kinds.items():
            rates[name] = answers_of(t, make, lambda f: is_icmp(f, (0, 3), (1, 4, 129)), 4000)
            expect(0 < rates[name] <= most, f"{name}: {rates[name]:.0f} answers a second",
                   t.server.text)
        return t.outcome(before, ", ".join(f"{n} {r:.0f}/s" for n, r in rates.items()))


@attack("closed-ports")
def closed_ports(rng):
    """Resets for segments that belong to no connection are limited."""
    with target() as t:
        before, host, guest, mac = t.peek.used(), t.net.host, t.net.guest, t.wire.guest

        def syn(i):
            flags = SYN if i % 2 else ACK
            return eth(mac, t.wire.mac, 0x0800,
                       ip4(host, guest, TCP, tcp(host, guest, 2000 + i % 60000, 81 + i % 60000,
                                                 rng.getrandbits(32), rng.getrandbits(32),
                                                 flags)))

        rate = answers_of(t, syn, segment, 4000)
        expect(0 < rate <= 1200, f"{rate:.0f} resets a second", t.server.text)
        return t.outcome(before, f"{rate:.0f} resets/s")


def spoil(rng, frame):
    """A frame with some bytes changed, cut or lengthened; its checksums are mostly mended, so
    that it gets past them."""
    data = bytearray(frame)
    for _ in range(rng.randrange(1, 5)):
        at = rng.randrange(12, len(data))
        data[at] = rng.choice((0, 1, 0x7f, 0x80, 0xff, rng.getrandbits(8)))
    if rng.random() < 0.3:
        data = data[:rng.randrange(14, len(data) + 1)]
    if rng.random() < 0.1:
        data += rng.randbytes(rng.randrange(1, 1514 - len(data)))
    if data[12:14] == b"\x08\0" and len(data) >= 34 and rng.random() < 0.8:
        words = (data[14] & 15) * 4
        if 20 <= words <= len(data) - 14:
            data[24:26] = b"\0\0"
            data[24:26] = struct.pack("!H", checksum(bytes(data[14:14 + words])))
    return bytes(data)


def seeds_of_frames(t, rng):
    """Good frames of every kind that the guest reads."""
    host, guest, host6, guest6 = t.net.host, t.net.guest, t.net.host6, t.net.guest6
    mac, own = t.wire.guest, t.wire.mac
    options = bytes.fromhex("020405b40402080a0000000100000000010303070101")
    options += b"\1" * (-len(options) % 4)
    link = b"\1\1" + own
    four = [ip4(host, guest, TCP, tcp(host, guest, 4000, 80, 1, 0, SYN, options=options)),
            ip4(host, guest, TCP, tcp(host, guest, 4000, 80, 1, 1, ACK, b"GET / HTTP/1.1\r\n")),
            ip4(host, guest, UDP, udp(host, guest, 67, 68, rng.randbytes(300))),
            ip4(host, guest, ICMP, icmp(8, 0, rng.randbytes(60))),
            ip4(host, guest, UDP, rng.randbytes(64), 7, 0, True),
            ip4(host, guest, 2, rng.randbytes(16), options=b"\x94\4\0\0")]
    six = [ip6(host6, guest6, TCP, tcp(host6, guest6, 4000, 80, 1, 0, SYN, options=options)),
           ip6(host6, guest6, ICMP6, icmp6(host6, guest6, 128, 0, rng.randbytes(60))),
           ip6(host6, guest6, ICMP6, icmp6(host6, guest6, 135, 0, b"\0" * 4 + packed(guest6)
                                           + link), 255),
           ip6(host6, guest6, ICMP6, icmp6(host6, guest6, 136, 0, b"\x60\0\0\0" + packed(host6)
                                           + link), 255),
           ip6("fe80::1", "ff02::1", ICMP6, icmp6("fe80::1", "ff02::1", 134, 0, b"\x40\0\7\x08"
                                                  + b"\0" * 8 + link), 255),
           ip6(host6, guest6, ICMP6, icmp6(host6, guest6, 2, 0, struct.pack("!I", 1280)
                                           + rng.randbytes(60))),
           ip6(host6, guest6, 44, struct.pack("!BBHI", TCP, 0, 1, 9) + rng.randbytes(64)),
           ip6(host6, guest6, 0, bytes((TCP, 0, 5, 2, 0, 0, 1, 0)) + rng.randbytes(40))]
    return [*(eth(mac, own, 0x0800, p) for p in four), *(eth(mac, own, 0x86dd, p) for p in six),
            eth(mac, own, 0x0806, struct.pack("!HHBBH", 1, 0x800, 6, 4, 1) + own + packed(host)
                + b"\0" * 6 + packed(guest)),
            eth(mac, own, rng.getrandbits(16), rng.randbytes(100))]


def bad_frames(t, rng, count, rate):
    """Sends about `count` spoiled frames and returns how many."""
    seeds = seeds_of_frames(t, rng)
    frames = [spoil(rng, rng.choice(seeds)) for _ in range(min(count, 50000))]
    start = time.monotonic()
    for i in range(count):
        t.wire.send(frames[i % len(frames)])
        if i % 64 == 0:
            time.sleep(max(0, start + i / rate - time.monotonic()))
    return count


@attack("bad-frames", quick=True)
def some_bad_frames(rng):
    """8,000 spoiled frames of every kind."""
    with target() as t:
        before = t.peek.used()
        bad_frames(t, rng, 8000, 8000)
        return t.outcome(before, "8,000 frames")


@attack("million-frames")
def million_frames(rng):
    """A million spoiled frames."""
    with target() as t:
        before = t.peek.used()
        count = bad_frames(t, rng, 1000000, 20000)
        return t.outcome(before, f"{count} frames")
