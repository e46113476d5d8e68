# SPDX-License-Identifier: BSD-3-Clause
"""Hostile servers of DHCP and DNS, and what an attacker's scan shows."""
import contextlib
import re
import socket
import struct
import subprocess
import threading
import time

from battery import Outcome, attack
from build import image
from guest import Server, boot
from guestmem import Monitor, Peek
from net import Net
from registry import expect
from target import MIB, Target, target
from wire import BROADCAST, ICMP, UDP, Wire, eth, inside, ip4, packed, udp

OFFER, ACK, NAK = 2, 5, 6
DISCOVER, REQUEST = 1, 3
GOOD, OTHER = "10.77.0.1", "10.77.0.66"
COOKIE = b"\x63\x82\x53\x63"


def option(code, value):
    return bytes((code, len(value))) + value


def usual(kind, server=GOOD, lease=3600, mask="255.255.255.0", router="192.0.2.1"):
    """The options of a decent answer, but for a gateway that is not in the network."""
    return option(53, bytes((kind,))) + option(54, packed(server)) \
        + option(51, struct.pack("!I", lease)) + option(1, packed(mask)) \
        + option(3, packed(router)) + option(6, packed("127.0.0.1")) + b"\xff"


class Dhcp:
    """A DHCP server that lies first and tells the truth last, in a thread of its own."""

    def __init__(self, net, rng):
        self.net, self.rng = net, rng
        self.wire = Wire(net)
        self.chosen = []    # servers and addresses that the guest asked for
        self.stop = False
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def message(self, ask, address, options, cookie=COOKIE, source=GOOD):
        body = struct.pack("!BBBBIHH", 2, 1, 6, 0, ask["xid"], 0, 0) + b"\0" * 4 \
            + packed(address) + packed(source) + b"\0" * 4 + ask["mac"] + b"\0" * 10 \
            + b"\0" * 192 + cookie + options
        self.raw(source, body)

    def raw(self, source, body):
        packet = ip4(source, "255.255.255.255", UDP,
                     udp(source, "255.255.255.255", 67, 68, body))
        self.wire.send(eth(BROADCAST, self.wire.mac, 0x0800, packet))

    def lies(self, ask, kind):
        """Messages of which none may count."""
        good = self.net.guest
        for address in ("0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "240.1.1.1",
                        "10.77.0.0", "10.77.0.255"):
            self.message(ask, address, usual(kind))
        self.message(ask, "10.77.0.77", usual(kind, lease=0))
        self.message(ask, "10.77.0.78", usual(kind, mask="255.0.255.0"))
        self.message(ask, "10.77.0.79", usual(kind), cookie=b"\1\2\3\4")
        self.message(ask, "10.77.0.80", usual(kind, server="0.0.0.0"))
        self.message(ask, "10.77.0.81", option(53, bytes((kind,))) + b"\xff")
        for code in (1, 3, 6, 51, 53, 54, 58, 59, 52):
            for length in (0, 1, 3, 5, 200, 255):
                cut = option(53, bytes((kind,))) + bytes((code, length)) + b"\1" * min(length, 6)
                self.message(ask, good, cut)
        # Options that overlap: overload into fields that again say overload, without an end.
        for which in (1, 2, 3, 9):
            self.message(ask, good, option(53, bytes((kind,))) + option(52, bytes((which,)))
                         + b"\xff")
        wrong = dict(ask, xid=ask["xid"] ^ 1)
        self.message(wrong, "10.77.0.82", usual(kind))
        wrong = dict(ask, mac=b"\2\2\2\2\2\2")
        self.message(wrong, "10.77.0.83", usual(kind))
        for _ in range(50):
            self.message(ask, good, option(53, bytes((kind,)))
                         + self.rng.randbytes(self.rng.randrange(1, 300)).replace(b"\x36", b"\0"))
            self.raw(GOOD, self.rng.randbytes(self.rng.randrange(1, 400)))

    def answer(self, ask):
        if ask["kind"] == DISCOVER:
            self.lies(ask, OFFER)
            self.message(ask, self.net.guest, usual(OFFER))
        elif ask["kind"] == REQUEST:
            self.chosen.append((ask.get(54), ask.get(50)))
            for kind in (ACK, NAK):
                self.message(ask, "10.77.0.99", usual(kind, server=OTHER), source=OTHER)
            self.message(ask, "10.77.0.99", option(53, bytes((NAK,))) + b"\xff")
            self.lies(ask, ACK)
            self.message(ask, self.net.guest, usual(ACK))

    def _serve(self):
        while not self.stop:
            with contextlib.suppress(OSError, struct.error, IndexError):
                for frame in self.wire.frames(0.5):
                    ask = parsed(frame)
                    if ask:
                        self.last = ask
                        self.answer(ask)


def parsed(frame):
    """A client's DHCP message: xid, mac, kind and options, or None."""
    if frame[12:14] != b"\x08\0" or frame[23] != UDP or frame[36:38] != b"\0\x43":
        return None
    body = frame[42:]
    ask = {"xid": struct.unpack_from("!I", body, 4)[0], "mac": body[28:34]}
    at = 240
    while body[at] != 255:
        ask[body[at]] = body[at + 2:at + 2 + body[at + 1]]
        at += 2 + body[at + 1]
    ask["kind"] = ask[53][0]
    return ask


@attack("dhcp", quick=True)
def dhcp(rng):
    """Offers and answers that are malformed, of impossible addresses and leases, or of a second
    server: only the decent ones count, and a gateway outside of the network is not used."""
    built = image("apps/httpd")
    with Net() as net, Monitor() as monitor:
        server = Dhcp(net, rng)
        try:
            with Server(built, prefix=net.prefix, ready="httpd: serving", MEM=str(MIB),
                        NET=f"tap:{net.tap}", PARAMS="net.wait_ms=20000",
                        **monitor.options) as guest, Wire(net) as wire:
                t = Target(net, guest, wire, Peek(built, monitor, MIB))
                recovered = t.recovers()
                expect(server.chosen and all(c == (packed(GOOD), packed(net.guest))
                                             for c in server.chosen),
                       f"the guest asked for {server.chosen}", guest.text)
                expect("gateway is outside" in guest.text, "nothing is said of the gateway",
                       guest.text)
                before = t.peek.used()
                for _ in range(20):
                    for kind in (OFFER, ACK, NAK):
                        server.lies(server.last, kind)
                        server.message(server.last, "10.77.0.99", usual(kind, server=OTHER))
                outcome = t.outcome(before)
                outcome.recovered = max(outcome.recovered, recovered)
                return outcome
        finally:
            server.stop = True
            server.thread.join()


NAMES = ("one.test", "two.test", "three.test")


class Dns:
    """A name server: spoofed answers before each true one, and hostile answers for badN.test."""

    def __init__(self, net, rng):
        self.rng, self.net, self.wire = rng, net, Wire(net)
        with inside(net):
            self.socket, self.other = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                                       for _ in range(2))
        self.socket.bind((net.host, 53))
        self.other.bind((net.host, 5353))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                query, peer = self.socket.recvfrom(2048)
                name = b""
                at = 12
                while query[at]:
                    name += query[at + 1:at + 1 + query[at]] + b"."
                    at += 1 + query[at]
                question = query[12:at + 5]
                if name.startswith(b"bad"):
                    self.hostile(int(name[3:-6]), query, question, peer)
                else:
                    self.spoofed(query, question, peer)
                    self.socket.sendto(self.reply(query, question, packed("10.77.0.11")), peer)

    @staticmethod
    def reply(query, question, address, flags=0x8180, ident=None, count=1):
        return (ident or query[:2]) + struct.pack("!HHHHH", flags, 1, count, 0, 0) + question \
            + struct.pack("!HHHIH", 0xc00c, 1, 1, 60, 4) + address

    def spoofed(self, query, question, peer):
        lie = packed("6.6.6.6")
        right = self.reply(query, question, lie)
        for _ in range(50):
            ident = struct.pack("!H", self.rng.getrandbits(16))
            if ident != query[:2]:
                self.socket.sendto(self.reply(query, question, lie, ident=ident), peer)
        self.other.sendto(right, peer)
        for source, port in (("10.77.0.9", 53), (self.net.host, 54)):
            self.wire.send4(ip4(source, self.net.guest, UDP,
                                udp(source, self.net.guest, port, peer[1], right)))
        other = b"\5wrong\4test\0" + question[-4:]
        self.socket.sendto(self.reply(query, other, lie), peer)
        self.socket.sendto(self.reply(query, question[:-4] + b"\0\x10\0\1", lie), peer)
        self.socket.sendto(self.reply(query, question, lie, flags=0x0100), peer)
        self.socket.sendto(right[:11], peer)

    def hostile(self, number, query, question, peer):
        """Of the server itself: a name that is a loop, lengths and counts that are wrong."""
        loop = struct.pack("!HHHIH", 0xc00c, 5, 1, 60, 2) + b"\xc0" + bytes((12 + len(question)
                                                                             + 12,))
        head = query[:2] + struct.pack("!HHHHH", 0x8180, 1, 2, 0, 0) + question
        kinds = (head + loop, head + loop * 2, head + b"\xc0", head + b"\xff" * 40,
                 head + struct.pack("!HHHIH", 0xc00c, 1, 1, 60, 65535) + b"\1\2\3\4",
                 head + struct.pack("!HHHIH", 0xc00c, 1, 1, 60, 3) + b"\1\2\3",
                 query[:2] + struct.pack("!HHHHH", 0x8180, 1, 65535, 65535, 65535) + question,
                 (head + b"\x3f" * 600)[:512], head + b"\xc0\xff" * 200,
                 head + self.rng.randbytes(400))
        self.socket.sendto(kinds[number % len(kinds)], peer)


@attack("dns", quick=True)
def dns(rng):
    """Spoofed answers (id, port, address, question, direction) are not believed; compression loops
    and wrong lengths of the server itself neither stop nor stall the resolver."""
    with Net() as net:
        server = Dns(net, rng)
        names = [f"bad{i}.test" for i in range(20)] + list(NAMES)
        resolver = image("tests/apps/resolve")
        start = time.monotonic()
        result = boot(resolver, prefix=net.prefix, NET=f"tap:{net.tap}",
                      PARAMS=f"{net.params} net.dns={net.host}", ARGS=" ".join(names))
        seconds = time.monotonic() - start
        server.socket.close()
    expect(result.status == 0, f"status {result.status}", result.text)
    expect("6.6.6.6" not in result.text, "a spoofed answer was believed", result.text)
    for name in NAMES:
        expect(f"{name} 10.77.0.11" in result.text, f"{name} is not resolved", result.text)
    return Outcome(note=f"{len(names)} names in {seconds:.1f} s")


@attack("open-ports", quick=True)
def open_ports(rng):
    """With a fixed address no UDP port is open; every TCP port but 80 that is tried is closed."""
    with target() as t:
        before = t.peek.used()
        expect(t.peek.read("udp_pcbs")[0] == 0, "a UDP port is open", t.server.text)
        t.wire.guest    # pylint: disable=pointless-statement
        t.wire.drain()
        for port in (53, 67, 68, 123, 161, 500, *rng.sample(range(1024, 65536), 30)):
            t.wire.send4(ip4(t.net.host, t.net.guest, UDP,
                             udp(t.net.host, t.net.guest, 9, port, b"x" * 20)))
            time.sleep(0.02)
        closed = t.wire.collect(1, lambda f: f[12:14] == b"\x08\0" and f[23] == ICMP
                                and f[34:36] == b"\3\3")
        expect(len(closed) == 36, f"{len(closed)} of 36 ports say that they are closed",
               t.server.text)
        return t.outcome(before)


def nmap_run(t, *words):
    done = subprocess.run([*t.net.prefix, "nmap", "-n", "-Pn", "-T4", *words, t.net.guest],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900,
                          check=False)
    expect(done.returncode == 0, done.stdout + done.stderr, t.server.text)
    return done.stdout


@attack("nmap", needs=("tap", "nmap"))
def nmap(rng):
    """nmap -O -v over all TCP ports and 100 UDP ports: one is open, its numbers are hard to guess,
    and the uptime is not told."""
    del rng
    with target() as t:
        before = t.peek.used()
        text = nmap_run(t, "-O", "-v", "-p-", "--defeat-rst-ratelimit")
        found = re.findall(r"^(\d+/tcp)\s+open\b", text, re.M)
        expect(found == ["80/tcp"], f"open: {found}\n{text}", t.server.text)
        hard = re.search(r"TCP Sequence Prediction: Difficulty=(\d+)", text)
        expect(hard and int(hard.group(1)) > 200, text, t.server.text)
        expect("Uptime" not in text, text, t.server.text)
        idents = re.search(r"IP ID Sequence Generation: (.*)", text)
        expect(not idents or "ncremental" not in idents.group(1), text, t.server.text)
        text = nmap_run(t, "-sU", "--top-ports", "100", "-v")
        found = re.findall(r"^(\d+/udp)\s+open(?!\|)", text, re.M)
        expect(not found, f"open: {found}", t.server.text)
        unsure = text.count("open|filtered")
        return t.outcome(before, f"difficulty {hard.group(1)}, 80/tcp alone is open, {unsure} UDP "
                         "ports without an answer")
