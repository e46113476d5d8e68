# SPDX-License-Identifier: BSD-3-Clause
"""Frames of our own making on the wire of a tests' network, and what comes back.

Sockets are made inside the network's namespace and used from here.
"""
import contextlib
import ctypes
import fcntl
import os
import socket
import struct
import time

ETH_P_ALL = 3
IP4, ARP, IP6 = 0x0800, 0x0806, 0x86dd
TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
BROADCAST = b"\xff" * 6
CLONE_NEWNET = 0x40000000
SO_RCVBUFFORCE = 33
_libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def inside(net):
    """This thread is in the namespace of `net` until the end of the block."""
    with open("/proc/thread-self/ns/net", "rb") as home, \
            open(f"/run/netns/{net.name}", "rb") as there:
        if _libc.setns(there.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        try:
            yield
        finally:
            _libc.setns(home.fileno(), CLONE_NEWNET)


def connect(net, address, port=80, timeout=5.0):
    """A TCP connection of the host's own stack, from inside `net`."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with inside(net):
        s = socket.socket(family, socket.SOCK_STREAM)
    s.settimeout(timeout)
    try:
        s.connect((address, port))
    except OSError:
        s.close()
        raise
    return s


def checksum(data):
    """RFC 1071."""
    data += b"\0" * (len(data) % 2)
    n = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while n >> 16:
        n = (n & 0xffff) + (n >> 16)
    return ~n & 0xffff


def packed(address):
    if isinstance(address, bytes):
        return address
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def eth(dst, src, kind, payload):
    return dst + src + struct.pack("!H", kind) + payload


def arp(op, smac, sip, tmac, tip):
    return struct.pack("!HHBBH", 1, IP4, 6, 4, op) + smac + packed(sip) + tmac + packed(tip)


def ip4(src, dst, proto, payload, ident=0, offset=0, more=False, ttl=64, options=b""):
    """offset in bytes."""
    words = 5 + len(options) // 4
    field = offset >> 3 | (0x2000 if more else 0)
    head = struct.pack("!BBHHHBBH", 0x40 | words, 0, words * 4 + len(payload), ident, field, ttl,
                       proto, 0) + packed(src) + packed(dst) + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def ip6(src, dst, proto, payload, hops=64):
    return struct.pack("!IHBB", 6 << 28, len(payload), proto, hops) + packed(src) + packed(dst) \
        + payload


def pseudo(src, dst, proto, length):
    src, dst = packed(src), packed(dst)
    if len(src) == 16:
        return src + dst + struct.pack("!IHBB", length, 0, 0, proto)
    return src + dst + struct.pack("!BBH", 0, proto, length)


def tcp(src, dst, sport, dport, seq, ack, flags, data=b"", window=64240, options=b""):
    words = 5 + len(options) // 4
    head = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xffffffff, ack & 0xffffffff, words << 4,
                       flags, window, 0, 0)
    segment = head + options + data
    total = checksum(pseudo(src, dst, TCP, len(segment)) + segment)
    return segment[:16] + struct.pack("!H", total) + segment[18:]


def udp(src, dst, sport, dport, data):
    head = struct.pack("!HHHH", sport, dport, 8 + len(data), 0)
    total = checksum(pseudo(src, dst, UDP, 8 + len(data)) + head + data) or 0xffff
    return head[:6] + struct.pack("!H", total) + data


def icmp(kind, code, rest):
    head = struct.pack("!BBH", kind, code, 0) + rest
    return head[:2] + struct.pack("!H", checksum(head)) + head[4:]


def icmp6(src, dst, kind, code, rest):
    head = struct.pack("!BBH", kind, code, 0) + rest
    return head[:2] + struct.pack("!H", checksum(pseudo(src, dst, ICMP6, len(head)) + head)) \
        + head[4:]


class Wire:
    """The tap as seen by somebody on the same link: `with Wire(net) as wire`."""

    def __init__(self, net):
        self.net = net
        with inside(net):
            self.raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            self.raw.bind((net.tap, ETH_P_ALL))
        # Also beyond net.core.rmem_max: what does not fit would count as not sent.
        self.raw.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20)
        name = struct.pack("256s", net.tap.encode())
        self.mac = fcntl.ioctl(self.raw, 0x8927, name)[18:24]     # SIOCGIFHWADDR
        self._guest = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.raw.close()

    @property
    def guest(self):
        """The guest's MAC, asked for by ARP."""
        if not self._guest:
            ask = arp(1, self.mac, self.net.host, b"\0" * 6, self.net.guest)
            for _ in range(10):
                self.drain()
                self.send(eth(BROADCAST, self.mac, ARP, ask))
                answers = self.collect(0.3, lambda f: f[12:14] == b"\x08\x06" and f[20:22]
                                       == b"\0\2" and f[28:32] == packed(self.net.guest), most=1)
                if answers:
                    self._guest = answers[0][6:12]
                    break
        return self._guest

    def send(self, frame):
        """The queue of the tap may be full: then the frame is lost, as on any wire."""
        try:
            self.raw.send(frame)
        except OSError:
            time.sleep(0.0005)

    def send4(self, packet, src=None):
        self.send(eth(self.guest, src or self.mac, IP4, packet))

    def send6(self, packet, src=None):
        self.send(eth(self.guest, src or self.mac, IP6, packet))

    def drain(self):
        self.raw.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                self.raw.recv(65536)

    def frames(self, seconds):
        """What the guest sends from now on, as it comes."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.raw.settimeout(left)
            try:
                frame, where = self.raw.recvfrom(65536)
            except (TimeoutError, BlockingIOError):
                return
            if where[2] != socket.PACKET_OUTGOING:
                yield frame

    def collect(self, seconds, wanted, most=1 << 30):
        found = []
        for frame in self.frames(seconds):
            if wanted(frame):
                found.append(frame)
                if len(found) >= most:
                    break
        return found


def segment(frame):
    """(source address, source port, destination port, sequence, acknowledgement, flags, data) of a
    TCP segment over IPv4 or IPv6, or None."""
    kind = frame[12:14]
    if kind == b"\x08\x00" and frame[23] == TCP:
        start = 14 + (frame[14] & 15) * 4
        source, length = frame[26:30], struct.unpack_from("!H", frame, 16)[0]
        end = 14 + length
    elif kind == b"\x86\xdd" and frame[20] == TCP:
        start, source = 54, frame[22:38]
        end = start + struct.unpack_from("!H", frame, 18)[0]
    else:
        return None
    sport, dport, seq, ack, words, flags = struct.unpack_from("!HHIIBB", frame, start)
    return source, sport, dport, seq, ack, flags, frame[start + (words >> 4) * 4:end]


@contextlib.contextmanager
def background(function):
    """Runs in a process of its own until the block ends."""
    child = os.fork()
    if child == 0:
        try:
            function()
        finally:
            os._exit(0)
    try:
        yield
    finally:
        os.kill(child, 15)
        os.waitpid(child, 0)
