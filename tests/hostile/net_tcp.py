# SPDX-License-Identifier: BSD-3-Clause
"""Somebody who guesses at a connection of two others (RFC 5961), and peers that hold on."""
import contextlib
import struct
import time

from battery import attack
from registry import expect
from target import page, target
from wire import ACK, ARP, FIN, PSH, RST, SYN, TCP, arp, connect, eth, ip4, segment, tcp

REQUEST = b"GET /index.html HTTP/1.1\r\nHost: x\r\n\r\n"


class Victim:
    """A connection of an honest client, whose numbers we overhear so as to guess well."""

    def __init__(self, t):
        self.t = t
        t.wire.guest    # pylint: disable=pointless-statement
        t.wire.drain()
        self.link = connect(t.net, t.net.guest)
        self.port = self.link.getsockname()[1]
        self.seq = self.ack = 0
        self.fetch()

    def fetch(self):
        """The page once more over the same connection; learns where the numbers stand."""
        wanted, text = b"\r\n\r\n" + page(), b""
        self.t.wire.drain()
        self.link.sendall(REQUEST)
        while not text.endswith(wanted):
            part = self.link.recv(65536)
            expect(part, "the connection has ended", self.t.server.text)
            text += part
        for frame in self.t.wire.collect(0.3, self._ours):
            _, _, _, seq, ack, _, data = segment(frame)
            self.seq, self.ack = ack, (seq + len(data)) & 0xffffffff

    def _ours(self, frame):
        s = segment(frame)
        return s and s[1] == 80 and s[2] == self.port

    def forge(self, flags, seq=0, ack=0, data=b"", options=b"", window=64240):
        """A segment as if the client had sent it; seq and ack beside the true ones."""
        host, guest = self.t.net.host, self.t.net.guest
        self.t.wire.send4(ip4(host, guest, TCP, tcp(host, guest, self.port, 80, self.seq + seq,
                                                    self.ack + ack, flags, data, window,
                                                    options)))

    def answers(self, seconds=0.5):
        return len(self.t.wire.collect(seconds, self._ours))


@contextlib.contextmanager
def victim(**options):
    with target(**options) as t:
        before = t.peek.used()
        v = Victim(t)
        with v.link:
            yield t, v, before


@attack("blind-reset", quick=True)
def blind_reset(rng):
    """Resets in the window, not at its start: a challenge, and not one for each (RFC 5961, 3)."""
    with victim() as (t, v, before):
        for _ in range(3000):
            v.forge(RST, rng.randrange(1, 60000))
        for _ in range(1000):
            v.forge(RST | ACK, rng.randrange(70000, 1 << 31))
        challenges = v.answers(1)
        expect(0 < challenges <= 20, f"{challenges} challenges", t.server.text)
        v.fetch()
        v.forge(RST)    # the true number: this one counts
        v.link.settimeout(3)
        with contextlib.suppress(ConnectionResetError):
            v.link.sendall(REQUEST)
            expect(v.link.recv(10) == b"", "a true reset was not obeyed", t.server.text)
        return t.outcome(before, f"{challenges} challenges")


@attack("blind-syn", quick=True)
def blind_syn(rng):
    """SYNs for a connection that stands: a challenge, whatever their number (RFC 5961, 4)."""
    with victim() as (t, v, before):
        for _ in range(3000):
            v.forge(SYN, rng.randrange(-60000, 60000))
        v.forge(SYN)
        challenges = v.answers(1)
        expect(0 < challenges <= 20, f"{challenges} challenges", t.server.text)
        v.fetch()
        return t.outcome(before, f"{challenges} challenges")


@attack("blind-data", quick=True)
def blind_data(rng):
    """Data in the window whose acknowledgement cannot be (RFC 5961, 5) or is missing (RFC 9293,
    3.10.7.4), a FIN, a shut window and a tiny MSS by the same means: none is taken."""
    with victim() as (t, v, before):
        bad = b"BAD\r\n\r\n"
        for _ in range(1000):
            v.forge(ACK | PSH, 0, rng.choice((rng.randrange(1, 1 << 30),
                                              -rng.randrange(1 << 20, 1 << 30))), bad)
            v.forge(PSH, 0, 0, bad)
            v.forge(FIN, 0, 0)
            v.forge(FIN | ACK, 0, rng.randrange(1, 1 << 30))
            v.forge(ACK, -rng.randrange(1 << 24, 1 << 30), 0, window=0)
            v.forge(0, 0, 0, b"", options=b"\2\4\0\1")
        challenges = v.answers(1)
        expect(challenges <= 20, f"{challenges} challenges", t.server.text)
        start = time.monotonic()
        v.fetch()
        recovered = time.monotonic() - start
        v.t.wire.drain()
        v.link.sendall(REQUEST)
        time.sleep(0.5)
        sizes = [len(segment(f)[6]) for f in t.wire.collect(0.3, lambda f: (segment(f) or " ")[6:]
                                                            and segment(f)[6])]
        expect(max(sizes) > 100, f"segments of {sizes} bytes", t.server.text)
        outcome = t.outcome(before, f"{challenges} challenges")
        outcome.recovered = recovered
        return outcome


HELD = 400


@attack("silent-peers")
def silent_peers(rng):
    """400 clients ask for the page, open no window and never answer again: others are served, and
    in the end the memory is back."""
    with target() as t:
        before, guest = t.peek.used(), t.net.guest
        # The host would reset what it does not know: these come from a neighbour of ours.
        peer = "10.77.0.99"
        answer_arp(t, peer)
        for i in range(HELD):
            sport, seq = 2000 + i, rng.getrandbits(32)
            t.wire.drain()
            t.wire.send4(ip4(peer, guest, TCP, tcp(peer, guest, sport, 80, seq, 0, SYN)))
            found = t.wire.collect(1, lambda f, p=sport: (segment(f) or (0,) * 3)[2] == p, 1)
            expect(found, f"no answer to the SYN of {sport}", t.server.text)
            ack = segment(found[0])[3] + 1
            t.wire.send4(ip4(peer, guest, TCP, tcp(peer, guest, sport, 80, seq + 1, ack, ACK | PSH,
                                                   REQUEST, window=0)))
        good, total = t.served(4)
        expect(good == total, f"{good} of {total} honest requests were served", t.server.text)
        return t.outcome(before, f"{HELD} held", wait=240)


def answer_arp(t, address):
    """The guest learns that the neighbour `address` is us: it asks, because it has to answer."""
    answer = eth(t.wire.guest, t.wire.mac, ARP,
                 arp(2, t.wire.mac, address, t.wire.guest, t.net.guest))
    sport = 1999
    t.wire.send4(ip4(address, t.net.guest, TCP, tcp(address, t.net.guest, sport, 81, 1, 0, SYN)))
    time.sleep(0.2)
    t.wire.send(answer)
    time.sleep(0.1)


@attack("unpredictable")
def unpredictable(rng):
    """Numbers of 60 connections show no step, and no option tells the uptime (RFC 6528, RFC 7323
    section 7.1, RFC 6864)."""
    with target() as t:
        before = t.peek.used()
        guest, peer = t.net.guest, "10.77.0.98"
        answer_arp(t, peer)
        options = struct.pack("!BBHBBII", 2, 4, 1460, 8, 10, 7, 0) + b"\1\1"
        seqs, idents = [], []
        for i in range(60):
            sport = 3000 + i
            t.wire.drain()
            t.wire.send4(ip4(peer, guest, TCP, tcp(peer, guest, sport, 80, rng.getrandbits(32), 0,
                                                   SYN, options=options)))
            found = t.wire.collect(1, lambda f, p=sport: (segment(f) or (0,) * 3)[2] == p, 1)
            expect(found, "no answer", t.server.text)
            words = found[0][46] >> 4
            expect(b"\x08\x0a" not in found[0][54:34 + words * 4], "a timestamp", t.server.text)
            seqs.append(segment(found[0])[3])
            idents.append(struct.unpack_from("!H", found[0], 18)[0])
            t.wire.send4(ip4(peer, guest, TCP, tcp(peer, guest, sport, 80, segment(found[0])[4], 0,
                                                   RST)))
        for what, values, width in (("sequence numbers", seqs, 1 << 32),
                                    ("identifiers", idents, 1 << 16)):
            steps = [(b - a) % width for a, b in zip(values, values[1:])]
            expect(sum(1 for s in steps if s < width // 16) < 16 and len(set(steps)) > 50,
                   f"{what} are near each other: {values}", t.server.text)
        return t.outcome(before)


class Stranger:
    """A neighbour without a stack that would interfere: its segments are made by hand."""

    address = "10.77.0.97"

    def __init__(self, t):
        self.t = t
        answer_arp(t, self.address)

    def send(self, port, seq, ack, flags, data=b"", options=b""):
        self.t.wire.send4(ip4(self.address, self.t.net.guest, TCP,
                              tcp(self.address, self.t.net.guest, port, 80, seq, ack, flags, data,
                                  options=options)))

    def answer(self, port, wanted, seconds=3):
        """The next frame to this port whose flags and data `wanted` likes."""
        def fits(frame):
            s = segment(frame)
            return s and s[2] == port and wanted(s[5], s[6])
        found = self.t.wire.collect(seconds, fits, 1)
        expect(found, f"no answer to port {port}", self.t.server.text)
        return found[0]


@attack("handshake", quick=True)
def handshake(rng):
    """A handshake's end whose number is half of all numbers away, and others far off: an ACK at
    most (RFC 9293, 3.10.7.4), and the true end is served."""
    with target() as t:
        before = t.peek.used()
        stranger = Stranger(t)
        for i, flags in enumerate((ACK, ACK | PSH, ACK | FIN, ACK | SYN)):
            port, seq = 9100 + i, rng.getrandbits(32)
            t.wire.drain()
            stranger.send(port, seq, 0, SYN)
            ack = segment(stranger.answer(port, lambda flags, _: flags == SYN | ACK))[3] + 1
            for far in (1 << 31, (1 << 31) - 1, (1 << 31) + 1, rng.randrange(1 << 24, 1 << 31)):
                for data in (b"x", b"", b"xy", REQUEST):
                    stranger.send(port, seq + 1 + far, ack, flags, data)
            stranger.answer(port, lambda flags, data: flags == ACK and not data)
            stranger.send(port, seq + 1, ack, ACK | PSH, REQUEST)
            stranger.answer(port, lambda _, data: data.startswith(b"HTTP/1.1 200"))
            stranger.send(port, seq + 1 + len(REQUEST), 0, RST)
        return t.outcome(before)


@attack("syn-cookies", quick=True)
def syn_cookies(rng):
    """With a backlog that is full of silent ones, who answers is served, though nothing was kept
    of its SYN; who guesses is not."""
    with target() as t:
        before = t.peek.used()
        stranger = Stranger(t)
        silent = {10000 + i: rng.getrandbits(32) for i in range(400)}
        for i, seq in silent.items():
            stranger.send(i, seq, 0, SYN)
            stranger.answer(i, lambda flags, _: flags == SYN | ACK)
        options = struct.pack("!BBHBBBBBB", 2, 4, 1400, 1, 3, 3, 7, 4, 2) + b"\1\1"
        options += b"\1" * (-len(options) % 4)
        for port in (9000, 9001):
            seq = rng.getrandbits(32)
            for i in range(3):      # the places of those who were served
                silent[port + 1000 + i] = seq
                stranger.send(port + 1000 + i, seq, 0, SYN)
            t.wire.drain()
            stranger.send(port, seq, 0, SYN, options=options)
            frame = stranger.answer(port, lambda flags, _: flags == SYN | ACK)
            expect(frame[46] >> 4 == 6, "more options than a cookie can hold", t.server.text)
            cookie = segment(frame)[3]
            lie = rng.getrandbits(29) << 3
            stranger.send(port, seq + 1, cookie + lie, ACK, REQUEST)
            stranger.answer(port, lambda flags, _: flags & RST)
            time.sleep(3)
            stranger.send(port, seq + 1, cookie + 1, ACK | PSH, REQUEST)
            stranger.answer(port, lambda _, data: data.startswith(b"HTTP/1.1 200"))
            stranger.send(port, seq + 1 + len(REQUEST), 0, RST)
        for i, seq in silent.items():
            stranger.send(i, seq + 1, 0, RST)
        return t.outcome(before)
