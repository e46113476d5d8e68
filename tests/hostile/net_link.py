# SPDX-License-Identifier: BSD-3-Clause
"""Attackers on the same link: ARP, neighbour discovery, routers."""
import struct
import time

from battery import attack
from build import image
from guest import Server
from net import Net
from registry import expect
from target import target
from wire import ARP, BROADCAST, ICMP, ICMP6, SYN, TCP, Wire, arp, background, eth, icmp, icmp6, \
    ip4, ip6, packed, segment, tcp

THIEF = b"\x02\xba\xdb\xad\x00\x01"
FAR = "198.18.0.9"      # answers to it go to the gateway
ALL_NODES = "ff02::1"
ALL_NODES_MAC = b"\x33\x33\0\0\0\1"


def knock(t, source, rng):
    """Where the guest sends its answer to a SYN of `source`: a MAC, or None."""
    six = ":" in source
    own = t.net.guest6 if six else t.net.guest
    packet = tcp(source, own, rng.randrange(1024, 65536), 80, rng.getrandbits(32), 0, SYN)
    t.wire.drain()
    if six:
        t.wire.send6(ip6(source, own, TCP, packet))
    else:
        t.wire.send4(ip4(source, own, TCP, packet))
    found = t.wire.collect(1.5, lambda f: segment(f) and packed(source) in f[14:54], most=1)
    return found[0][:6] if found else None


def all_lies(t):
    """Every ARP message by which somebody can say that the gateway and the guest's peer is he."""
    guest, mac = t.net.guest, t.wire.guest
    for claimed in (t.net.host, "10.77.0.50"):
        for to, target_mac, target_ip in ((mac, mac, guest), (BROADCAST, BROADCAST, claimed),
                                          (BROADCAST, b"\0" * 6, claimed), (mac, b"\0" * 6, guest),
                                          (BROADCAST, b"\0" * 6, guest)):
            for op in (1, 2):
                yield eth(to, THIEF, ARP, arp(op, THIEF, claimed, target_mac, target_ip))


@attack("arp-takeover", quick=True)
def arp_takeover(rng):
    """Gratuitous and unsolicited ARP of the gateway's address: packets still go to the gateway,
    also when the guest has not asked for it yet."""
    with target() as t:
        before = t.peek.used()
        lies = list(all_lies(t))
        for _ in range(3):
            for lie in lies:
                t.wire.send(lie)
        for source in (FAR, t.net.host):
            to = knock(t, source, rng)
            expect(to == t.wire.mac, f"an answer to {source} went to {to and to.hex(':')}",
                   t.server.text)
        for _ in range(10):
            for lie in lies:
                t.wire.send(lie)
            time.sleep(0.3)
        to = knock(t, FAR, rng)
        expect(to == t.wire.mac, f"the gateway is now {to and to.hex(':')}", t.server.text)
        return t.outcome(before)


@attack("arp-takeover-early")
def arp_takeover_early(rng):
    """The same before the guest has ever needed its gateway (here one that serves nobody yet)."""
    with target() as t:
        before = t.peek.used()
        # 10.77.0.1 is known since the first request; 10.77.0.50 is not.
        for lie in all_lies(t):
            t.wire.send(lie)
        time.sleep(0.2)
        t.wire.drain()
        t.wire.send4(ip4("10.77.0.50", t.net.guest, TCP,
                         tcp("10.77.0.50", t.net.guest, 4000, 80, rng.getrandbits(32), 0, SYN)))
        asked = t.wire.collect(1.5, lambda f: f[12:14] == b"\x08\x06" and f[20:22] == b"\0\1"
                               and f[38:42] == packed("10.77.0.50"), most=1)
        expect(asked, "the guest believed an answer that it had not asked for", t.server.text)
        return t.outcome(before)


@attack("arp-flood")
def arp_flood(rng):
    """Requests and answers of 60,000 neighbours: the table is bounded, the gateway stays in it."""
    with target() as t:
        before, mac, guest = t.peek.used(), t.wire.guest, t.net.guest
        t.wire.drain()

        def frames():
            for i in range(60000):
                source = struct.pack("!BBBB", 10, 77, 0, 2 + i % 253) if i % 2 else \
                    struct.pack("!I", rng.getrandbits(32))
                yield eth(mac, THIEF, ARP, arp(1 + i % 4 // 2, THIEF, source, mac, guest))
        start = time.monotonic()
        for i, frame in enumerate(frames()):
            t.wire.send(frame)
            if i % 64 == 0:
                time.sleep(max(0, start + i / 10000 - time.monotonic()))
        to = knock(t, FAR, rng)
        expect(to == t.wire.mac, f"the gateway is now {to and to.hex(':')}", t.server.text)
        return t.outcome(before)


def link_option(kind, mac):
    return bytes((kind, 1)) + mac


def advert(t, claimed, flags, to=None, option=None, hops=255):
    """A neighbour advertisement of the thief's (RFC 4861, 4.4)."""
    to = to or t.net.guest6
    body = struct.pack("!I", flags << 24) + packed(claimed) \
        + (link_option(2, THIEF) if option is None else option)
    packet = ip6(claimed if hops == 255 else "fe80::bad", to, ICMP6,
                 icmp6(claimed if hops == 255 else "fe80::bad", to, 136, 0, body), hops)
    return eth(ALL_NODES_MAC if to == ALL_NODES else t.wire.guest, THIEF, 0x86dd, packet)


def solicit(t, source, option=None):
    body = b"\0" * 4 + packed(t.net.guest6) + (link_option(1, THIEF) if option is None else option)
    return eth(t.wire.guest, THIEF, 0x86dd, ip6(source, t.net.guest6, ICMP6,
                                                icmp6(source, t.net.guest6, 135, 0, body), 255))


@attack("neighbour-takeover", quick=True)
def neighbour_takeover(rng):
    """Unsolicited neighbour advertisements and solicitations of a known neighbour's address; a
    claim of the guest's own address; options of length 0."""
    with target() as t:
        before, host6 = t.peek.used(), t.net.host6
        expect(t.fetch(t.net.guest6), "not served", t.server.text)
        for _ in range(10):
            for flags in (0x20, 0x60, 0xe0, 0xa0):
                t.wire.send(advert(t, host6, flags))
                t.wire.send(advert(t, host6, flags, ALL_NODES))
                for claimed in (t.net.guest6, host6):
                    t.wire.send(advert(t, claimed, flags, ALL_NODES))
                    t.wire.send(advert(t, claimed, flags, option=b"\2\0"))
                    t.wire.send(advert(t, claimed, flags, option=b""))
                    t.wire.send(advert(t, claimed, flags, hops=254))
            t.wire.send(solicit(t, host6))
            t.wire.send(solicit(t, host6, b"\1\0"))
            time.sleep(0.1)
            to = knock(t, host6, rng)
            expect(to == t.wire.mac, f"the neighbour is now {to and to.hex(':')}", t.server.text)
        return t.outcome(before, address=t.net.guest6)


@attack("neighbour-flood")
def neighbour_flood(rng):
    """Solicitations of 20,000 neighbours and SYNs of as many that do not answer: honest ones are
    still served."""
    with target() as t:
        before, guest6 = t.peek.used(), t.net.guest6

        def run():
            start = time.monotonic()
            for i in range(20000):
                source = "fd77::" + format(0x100 + rng.randrange(0xfe00), "x")
                if i % 2:
                    t.wire.send(solicit(t, source))
                else:
                    t.wire.send6(ip6(source, guest6, TCP, tcp(source, guest6, 4000, 80, i, 0,
                                                              SYN)))
                time.sleep(max(0, start + i / 3000 - time.monotonic()))
        t.wire.guest    # pylint: disable=pointless-statement
        with background(run):
            time.sleep(0.5)
            good, total = t.served(5, address=guest6)
        expect(good * 2 >= total, f"only {good} of {total} honest requests were served",
               t.server.text)
        return t.outcome(before, f"{good} of {total} honest requests served", guest6)


LINK_LOCAL = "fe80::5054:ff:fe12:3456"      # made of the address that QEMU gives its first device


def claims(wire, address):
    """Whether the guest says that the address is its own."""
    group = b"\xff\2" + b"\0" * 9 + b"\1\xff" + packed(address)[13:]
    body = b"\0" * 4 + packed(address) + link_option(1, wire.mac)
    ask = ip6(wire.net.host6, group, ICMP6, icmp6(wire.net.host6, group, 135, 0, body), 255)
    wire.drain()
    wire.send(eth(b"\x33\x33" + group[12:], wire.mac, 0x86dd, ask))
    return bool(wire.collect(1, lambda f: is_about(f, 136, address), most=1))


def is_about(frame, kind, address):
    """Neighbour discovery's question (135) or answer (136) about this address."""
    return frame[12:14] == b"\x86\xdd" and frame[20] == ICMP6 and frame[54] == kind \
        and frame[62:78] == packed(address)


@attack("address-in-use", quick=True)
def address_in_use(rng):
    """An address that a neighbour has and defends is not taken (RFC 4862, 5.4); a free one is."""
    for used in (False, True):
        with Net() as net, Wire(net) as wire:
            if used:
                done = net.run("ip", "addr", "add", LINK_LOCAL + "/64", "dev", net.tap, "nodad")
                expect(done.returncode == 0, done.stderr)
            with Server(image("apps/httpd"), prefix=net.prefix, ready="httpd: serving",
                        NET=f"tap:{net.tap}", PARAMS=net.params) as guest:
                asked = wire.collect(10, lambda f: is_about(f, 135, LINK_LOCAL), most=1)
                expect(asked, "the guest does not ask who has its address", guest.text)
                time.sleep(5)       # it asks once, and takes the address a second later
                expect(claims(wire, LINK_LOCAL) != used,
                       "an address in use was taken" if used else "a free address was not taken",
                       guest.text)


def router_advert(source, options, lifetime=1800, hops=255):
    body = struct.pack("!BBHII", 64, 0, lifetime, 0, 0) + options
    return eth(ALL_NODES_MAC, THIEF, 0x86dd,
               ip6(source, ALL_NODES, ICMP6, icmp6(source, ALL_NODES, 134, 0, body), hops))


def prefix(address, lifetime=0xffffffff):
    return struct.pack("!BBBBIII", 3, 4, 64, 0xc0, lifetime, lifetime, 0) + packed(address)


@attack("router-flood")
def router_flood(rng):
    """5,000 routers with prefixes of their own (RFC 6104), some with broken options: addresses,
    prefixes and routers are bounded, the guest's own address stays."""
    with target() as t:
        before = t.peek.used()
        for i in range(5000):
            source = "fe80::" + format(rng.randrange(1, 65536), "x")
            options = link_option(1, THIEF)
            for _ in range(rng.randrange(1, 5)):
                options += prefix(f"2001:db8:{rng.randrange(65536):x}:{rng.randrange(65536):x}::")
            if i % 5 == 0:
                options += bytes((rng.choice((1, 3, 5, 24, 25)), rng.randrange(3)))
            if i % 7 == 0:
                options += struct.pack("!BBHI", 5, 1, 0, rng.choice((0, 1, 68, 1280, 1 << 31)))
            t.wire.send(router_advert(source, options, rng.choice((0, 1800, 65535)),
                                      254 if i % 11 == 0 else 255))
            if i % 16 == 0:
                time.sleep(0.005)
        to = knock(t, t.net.host6, rng)
        expect(to == t.wire.mac, f"the neighbour is now {to and to.hex(':')}", t.server.text)
        return t.outcome(before, address=t.net.guest6)


@attack("redirect")
def redirect(rng):
    """ICMP and ICMPv6 redirects change no route (RFC 4861, 8.1)."""
    with target() as t:
        before, guest6, host6 = t.peek.used(), t.net.guest6, t.net.host6
        expect(t.fetch(guest6), "not served", t.server.text)
        for source in ("fe80::1", "fe80::bad", host6):
            for goal in ("fe80::bad", host6):
                body = b"\0" * 4 + packed(goal) + packed(host6) + link_option(2, THIEF)
                t.wire.send6(ip6(source, guest6, ICMP6, icmp6(source, guest6, 137, 0, body), 255),
                             THIEF)
        about = ip4(t.net.guest, t.net.host, TCP, tcp(t.net.guest, t.net.host, 80, 4000, 1, 1, 16))
        body = packed("10.77.0.66") + about[:28]
        t.wire.send4(ip4(t.net.host, t.net.guest, ICMP, icmp(5, 1, body)))
        for source in (host6, t.net.host):
            to = knock(t, source, rng)
            expect(to == t.wire.mac, f"{source} is now {to and to.hex(':')}", t.server.text)
        return t.outcome(before, address=guest6)
