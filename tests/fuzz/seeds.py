#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the seeds of the fuzz targets: corpus/NAME/SEED, small and right in most places.

They are committed; run this again after a change. Regressions (corpus/NAME/found-*) stay.
"""
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))


def cpio_entry(name, mode, data=b"", ino=1, nlink=1):
    name = name.encode() + b"\0"
    fields = [ino, mode, 0, 0, nlink, 1234, len(data), 8, 1, 0, 0, len(name), 0]
    head = b"070701" + b"".join(b"%08X" % f for f in fields) + name
    head += b"\0" * (-len(head) % 4)
    return head + data + b"\0" * (-len(data) % 4)


def cpio():
    end = cpio_entry("TRAILER!!!", 0)
    file, folder, link = 0o100644, 0o040755, 0o120777
    yield "plain", cpio_entry("a", file, b"hello") + end
    yield "tree", (cpio_entry(".", folder) + cpio_entry("./d", folder)
                   + cpio_entry("d/e/f", file, b"x" * 9) + cpio_entry("d/l", link, b"../d/e/f")
                   + cpio_entry("loop", link, b"loop") + cpio_entry("abs", link, b"/d/e") + end)
    yield "hard-links", (cpio_entry("a", file, b"", 5, 2) + cpio_entry("b", file, b"data", 5, 2)
                         + cpio_entry("dev", 0o020600) + end)
    yield "gzip", b"\x1f\x8b\x08" + bytes(120)


def param():
    lines = ("a.int=-12 a.uint=4k a.size=0x10 a.flag=yes a.word='a b' a.given=abc -- x \"y z\"",
             "env.A=1 env.B='2 3' virtio_mmio.device=512@0xfeb02e00:5 -- virtio_mmio.device=4K@1:2",
             "a.small=-128 a.small=+127 a.size=16383T a.word=\"\\\"\\\\\\$\" a.flag=off",
             "a.int=99999999999", "unknown=1", "a.word='", "a.word=\\")
    for i, line in enumerate(lines):
        yield f"line{i}", line.encode()


def http():
    heads = ("GET / HTTP/1.1\r\nHost: a\r\n\r\n",
             "GET /a/../b%20c?q=1 HTTP/1.1\r\nHost: a\r\nRange: bytes=1-2\r\n"
             "Connection: close\r\n\r\n",
             "HEAD http://x/%2e%2e/y HTTP/1.0\r\nConnection: keep-alive\r\nRange: bytes=-5\r\n\r\n",
             "POST / HTTP/1.1\r\nhost:a\r\nContent-Length: 5\r\n\r\nabcde",
             "\r\n\nGET //a//./ HTTP/1.1\nHost: a\nRange: bytes=9-\nTransfer-Encoding: chunked\n\n",
             "GET / HTTP/2.0\r\n folded\r\n\r\n")
    for i, head in enumerate(heads):
        yield f"request{i}", head.encode()


def e820(start, size, kind):
    return struct.pack("<QQI", start, size, kind)


MAP = ((0, 0x9fc00, 1), (0x9fc00, 0x400, 2), (0xf0000, 0x10000, 2), (0x100000, 63 << 20, 1),
       (0x3fe0000, 0x20000, 3))
BASE = 0x6000
LINE = b"a.b=1 -- x\0"


def start_info():
    head, module = 56, 32
    table = b"".join(e820(*e) + bytes(4) for e in MAP)
    at_map = BASE + head + module
    si = struct.pack("<IIIIQQQQII", 0x336ec578, 1, 0, 1, BASE + head, at_map + len(table), 0xf5a90,
                     at_map, len(MAP), 0)
    yield "usual", si + struct.pack("<QQQQ", 32 << 20, 5000, 0, 0) + table + LINE
    yield "no-map", struct.pack("<IIIIQQQQII", 0x336ec578, 1, 0, 0, 0, 0, 0, BASE, 0, 0)


def boot_params():
    page = bytearray(4096)
    struct.pack_into("<Q", page, 0x70, 0xf5a90)
    page[0x1e8] = len(MAP)
    struct.pack_into("<I", page, 0x202, 0x53726448)
    struct.pack_into("<II", page, 0x218, 32 << 20, 5000)
    struct.pack_into("<I", page, 0x228, BASE + 4096)
    for i, e in enumerate(MAP):
        page[0x2d0 + 20 * i:0x2d0 + 20 * (i + 1)] = e820(*e)
    yield "usual", bytes(page) + LINE


def line():
    yield "typed", b"hello\x7f\x7fp\r\xf0\x10\x00abc\x15def\n\xf0\x02\x00\x04\xf0\x01\x00"
    yield "raw", b"\xf1\x00\x06\x01abc\xf0\x02\x00\xf1\x0a\x04\x04\xf3\xff\x07\n\xf0\xff\x07\xf2"


def rtc():
    yield "bcd", bytes([0x59, 0x30, 0x12, 0x28, 0x02, 0x24, 0x20, 2])
    yield "binary", bytes([59, 30, 12 | 0x80, 29, 2, 24, 20, 4])


def table(sig, body, head=b""):
    return (sig + bytes(32) + head + body)


def record(text, bits=0):
    return struct.pack("<H", len(text) | bits) + text


S5 = bytes([0x08]) + b"_S5_" + bytes([0x12, 7, 4, 0x0a, 5, 0, 0, 0])
DEVICE = (b"\x5b\x82\x34VR00\x08_HID\x0dLNRO0005\0\x08_CRS\x11\x1a\x0a\x17"
          b"\x86\x09\0\x01\0\x2e\xb0\xfe\0\x02\0\0\x89\x06\0\x01\x01\x2f\0\0\0\x79\0")


def acpi():
    fadt = bytearray(table(b"FACP", bytes(240)))
    struct.pack_into("<I", fadt, 64, 0x604)
    struct.pack_into("<I", fadt, 76, 0x608)
    fadt[89], fadt[91] = 2, 4
    struct.pack_into("<I", fadt, 112, 1 << 10 | 1 << 8)
    struct.pack_into("<BBBBQ", fadt, 116, 1, 8, 0, 1, 0xcf9)
    apics = b"".join((struct.pack("<BBBBI", 0, 8, 0, 0, 1),
                      struct.pack("<BBBBII", 1, 12, 0, 0, 0xfec00000, 0),
                      struct.pack("<BBBBIH", 2, 10, 0, 0, 2, 0),
                      struct.pack("<BBHIII", 9, 16, 0, 1, 1, 1)))
    madt = table(b"APIC", apics, struct.pack("<II", 0xfee00000, 1))
    mcfg = table(b"MCFG", struct.pack("<QHBBI", 0xb0000000, 0, 0, 255, 0), bytes(8))
    hpet = table(b"HPET", struct.pack("<IBBBBQ", 0x8086a201, 0, 64, 0, 0, 0xfed00000) + bytes(4))
    dsdt = table(b"DSDT", S5 + DEVICE)
    ssdt = table(b"SSDT", DEVICE)
    for name, how in (("xsdt", 0), ("rsdt", 1)):
        yield name, bytes([how]) + b"".join(map(record, (bytes(fadt), madt, mcfg, hpet, ssdt,
                                                         dsdt)))
    yield "bad-sums", (b"\0" + record(bytes(fadt[:116]), 0xc000) + record(dsdt, 0x4000)
                       + record(madt, 0x8000))


def virtq():
    yield "honest", b"\x0b" + b"\x00\x01\x01\x10\x20\x02\x30\x03\x06\x07\x00" * 4
    yield "lies", b"\x03" + b"\x00\x00\x02\x10\x10\x04\x00\x01\xff\xff\xff\xff\x08\x00\x01\x00\x03"


def bars(sizes):
    return bytes(sizes)


def pci():
    space = bytearray(256)
    struct.pack_into("<HHHH", space, 0, 0x1af4, 0x1041, 3, 0x10)
    space[0x0e] = 0
    struct.pack_into("<I", space, 0x14, 0xfebd1000)
    struct.pack_into("<II", space, 0x20, 0xfe00000c, 0)
    struct.pack_into("<H", space, 0x2e, 1)
    space[0x34] = 0x98
    caps = ((0x98, 0x84, 0x11, None), (0x84, 0x70, 9, (4, 0, 0x1000)),
            (0x70, 0x60, 9, (3, 4096, 16)), (0x60, 0x50, 9, (2, 8192, 4096)),
            (0x50, 0x40, 9, (1, 12288, 4096)), (0x40, 0, 5, (0, 0, 0)))
    for at, after, kind, place in caps:
        space[at], space[at + 1] = kind, after
        if place is None:
            struct.pack_into("<HII", space, at + 2, 3, 1, 0x801)
        else:
            space[at + 2], space[at + 3], space[at + 4] = 20, place[0], 4
            struct.pack_into("<II", space, at + 8, *place[1:])
    writable = bars([5, 12, 31, 31, 14, 0])
    yield "virtio", b"\0" + writable + bytes(space)
    bridge = bytearray(space)
    bridge[0x0e], bridge[0x19] = 0x81, 1
    yield "bridge", (b"\3" + writable + bytes(bridge)
                     + b"".join(bdf + writable + bytes(space)
                                for bdf in (b"\x00\x01", b"\x08\x00", b"\x01\x00")))


def virtio_net():
    features = struct.pack("<Q", 1 << 32 | 1 << 16 | 1 << 5 | 1 << 29 | 3)
    config = b"\x52\x54\0\x01\x02\x03\x01\0\0\0\xdc\x05\0\0\0\0"
    begin = features + config + b"\x0c\x08\x08" + bytes(8) + b"\x00\x01\x00" + b"\x01"
    receive = b"\x00\x10" + bytes(12) + b"a" * 64
    yield "traffic", begin + receive + b"\x02\x0f" + b"\x03\x10\x40\x02\x10\x40\x10\x20\x04\x06" * 3
    yield "hold", begin + (receive + b"\x02\x8f") * 3 + b"\x09\x0b\x00\x01" + receive + b"\x02\x0f"
    yield "lies", begin + b"\x01\x00\x00\x05\x40\x00\x01\x02\x00" + receive + b"\x08\x00\x02\x01"


def dns_name(name):
    return b"".join(bytes([len(p)]) + p.encode() for p in name.split(".")) + b"\0"


def dns_record(kind, data):
    return b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data


def dns():
    def head(records, code=0):
        return b"\0\0" + struct.pack("!HHHHH", 0x8180 | code, 1, len(records), 0, 0)

    def parsed(records):
        return b"\1" + head(records) + question + b"".join(records)

    def came(records, how=0, code=0):
        text = head(records, code) + b"".join(records)
        return bytes([how]) + struct.pack("<H", len(text) + len(question)) + text

    question = dns_name("name") + b"\0\1\0\1"
    a = dns_record(1, b"\x0a\0\0\x07")
    aaaa = dns_record(28, b"\xfd" + bytes(15))
    cname = dns_record(5, dns_name("other.name"))
    pointer = dns_record(5, b"\x01x\xc0\x0c")
    yield "parse", parsed([cname, a, pointer, aaaa])
    yield "cut-record", parsed([a])[:-6]
    yield "both", b"\x81" + came([aaaa], 4) + came([cname, a, a]) + bytes(64)
    yield "four", b"\x82\0" + came([a, a]) + bytes(16)
    yield "none", b"\x84" + came([], 0, 3) + bytes(16)
    yield "fails", b"\x82" + came([], 0, 2) * 3 + came([a], 1) + came([a], 2) + bytes(16)
    yield "search", b"\x02" + came([a], 8) + came([cname, a]) + bytes(16)


def udp(source, port, payload):
    return struct.pack("!HHHH", source, port, 8 + len(payload), 0) + payload


def frame(kind, payload):
    return b"\x52\x54\0\0\0\x02\x52\x54\0\0\0\x01" + struct.pack("!H", kind) + payload


def of_ip4(proto, payload, frag=0):
    """A record of net-ip."""
    return b"\x02" + struct.pack("<BHH", proto, frag, len(payload)) + payload


def of_ip6(following, payload, how=0):
    return b"\x04" + struct.pack("<BBH", following, how, len(payload)) + payload


def of_frame(text):
    return b"\x01" + struct.pack("<H", len(text)) + text + b"\x01"


def net_ip():
    echo = b"\x08\0\0\0\x12\x34\0\x01" + b"ping" * 8
    wait = b"\x07\x80"
    yield "ping", of_ip4(1, echo) + of_ip6(58, b"\x80" + echo[1:])
    yield "udp", (of_ip4(17, udp(7000, 7, b"hello")) + of_ip6(17, udp(7000, 7, b"hello"))
                  + b"\x06\x03\x01\x10\x00" + b"\x06\x05\x01\x04\x00" + of_ip4(17, udp(1, 9, b"")))
    yield "fragments", (of_ip4(17, udp(7000, 7, b"a" * 24), 0x2000) + of_ip4(17, b"b" * 16, 4)
                        + of_ip6(44, struct.pack("!BBHI", 17, 0, 1, 7) + udp(7000, 7, b"a" * 16))
                        + of_ip6(44, struct.pack("!BBHI", 17, 0, 24, 7) + b"b" * 9) + wait)
    arp = struct.pack("!HHBBH", 1, 0x800, 6, 4, 1) + b"\x52\x54\0\0\0\x09\x0a\0\0\x09" \
        + bytes(6) + b"\x0a\0\0\x02"
    yield "arp", of_frame(frame(0x806, arp)) + of_frame(frame(0x806, arp[:7] + b"\x02" + arp[8:]))
    prefix = (b"\x03\x04\x40\xc0" + struct.pack("!III", 1800, 900, 0)
              + b"\x20\x01\x0d\xb8" + bytes(12))
    advert = (b"\x86\0\0\0\x40\0\x07\x08" + bytes(8) + b"\x01\x01\x52\x54\0\0\0\x01" + prefix
              + b"\x05\x01\0\0\0\0\x05\xdc")
    yield "router", of_ip6(58, advert, 5) + wait * 4
    advertise = b"\x88\0\0\0\x60\0\0\0\xfd" + bytes(14) + b"\x01\x02\x01\x52\x54\0\0\0\x01"
    redirect = b"\x89\0\0\0\0\0\0\0\xfd" + bytes(14) + b"\x09\xfd" + bytes(14) + b"\x09"
    big = b"\x02\0\0\0\0\0\x05\0" + b"\x60" + bytes(39)
    send = b"\x06\x05\x01\x14\x00"
    yield "neighbours", (send + of_ip6(58, advertise) + of_ip6(58, advertise, 4) + send
                         + of_ip6(58, redirect, 1) + of_ip6(58, big) + send)
    options = b"\x11\0\x01\x04" + bytes(4)
    yield "extensions", (of_ip6(0, options + udp(7000, 7, b"x"))
                         + of_ip6(60, options + udp(7000, 7, b"x"))
                         + of_ip6(43, b"\x11\0\0\0" + bytes(4) + udp(7000, 7, b"x")))
    solicit = b"\x87" + bytes(7) + b"\xfd" + bytes(14) + b"\x02"
    pad = b"\x3b\0\x01\x03\0\0\0\5"
    yield "short", (of_ip6(0, b"") + of_ip6(44, b"") + of_ip6(44, b"\x06") + of_ip6(43, b"\x11")
                    + of_ip6(60, pad) + of_frame(frame(0x806, arp[:9])) + of_ip4(17, b"")
                    + of_ip6(58, solicit + b"\x01\x00") + of_ip6(58, advertise[:24] + b"\x02\0"))
    unreachable = b"\x03\x03\0\0\0\0\0\0\x45\0\0\x1c" + bytes(16) + bytes(8)
    yield "errors", of_ip4(1, unreachable) + of_ip6(58, b"\x01\x04" + bytes(6) + bytes(48))


SYN, FIN, RST, PSH, ACK = 2, 1, 4, 8, 16


def segment(flags, which=0, options=b"", length=0, data=b""):
    return (b"\x00" + bytes([which, 0, 0, flags]) + b"\xff\x20" + bytes([len(options) // 4])
            + options + bytes([length]) + data[:16] + b"\x00")


def net_tcp():
    usual = b"\x02\x04\x05\xb4\x01\x03\x03\x07\x04\x02\x01\x01"
    opened = segment(SYN, 0x80, usual) + segment(ACK)
    accept = b"\x80\x00\x00"
    some = segment(PSH | ACK, 0, b"", 10, b"0123456789")
    recv, send, close = b"\x80\x03\x02\x10\x00", b"\x80\x05\x02\x08\x00", b"\x80\x02\x02"
    yield "life", opened + accept + some + recv + send + segment(ACK) + segment(FIN | ACK) + close
    yield "ours-first", opened + accept + close + segment(ACK) + segment(FIN | ACK) + b"\xef"
    yield "reset", opened + accept + some + segment(RST | ACK) + recv
    yield "wait", opened + b"\xe5\xef" + some + accept + b"\xef" * 4
    late = b"\x00\x00\x80\x40\x00\x00" + bytes([ACK]) + b"\xff\x20\x00\x08" + b"abcdefgh" + b"\x00"
    yield "out-of-order", opened + accept + late + some + recv
    yield "v6", (segment(SYN, 0xc0, usual) + segment(ACK) + accept + some + recv)
    yield "connect", b"\x80\x01\x00\x00" + segment(SYN | ACK, 0, usual) + send + segment(ACK)
    sack = b"\x01\x01\x05\x0a" + bytes(8)
    yield "cut-options", opened + segment(SYN, 0x81, b"\x01\x01\x01\x02") + segment(
        SYN, 0x82, b"\x01\x01\x01\x09")
    stamps = b"\x08\x0a" + bytes(10)
    yield "options", opened + accept + segment(ACK, 0, sack) + segment(ACK, 0, stamps)


def reply(kind, options=b"", how=0):
    text = (b"\x35\x01" + bytes([kind]) + b"\x36\x04\x0a\0\0\x01" + b"\x01\x04\xff\xff\xff\0"
            + b"\x03\x04\x0a\0\0\x01" + b"\x06\x08\x0a\0\0\x03\x0a\0\0\x04"
            + b"\x33\x04\0\0\x0e\x10" + options + b"\xff")
    return b"\x00" + bytes([how]) + struct.pack("<H", len(text)) + b"\x0a\0\0\x02" + text


def net_dhcp():
    offer, ack, nak = 2, 5, 6
    yield "lease", reply(offer) + b"\xb1" + reply(ack) + b"\xef" * 6
    yield "refused", reply(offer) + reply(nak) + b"\xb8" + reply(offer) + reply(ack)
    yield "renew", reply(offer) + reply(ack, b"\x3a\x04\0\0\0\x05\x3b\x04\0\0\0\x09") + b"\xef" * 3
    names = reply(offer, b"\x34\x01\x03", 6)
    yield "overload", names[:8] + bytes(192) + names[8:] + reply(ack)


TARGETS = {"cpio": cpio, "dns": dns, "param": param, "http": http, "start-info": start_info,
           "boot-params": boot_params, "line": line, "rtc": rtc, "acpi": acpi, "virtq": virtq,
           "pci": pci, "virtio-net": virtio_net, "net-ip": net_ip, "net-tcp": net_tcp,
           "net-dhcp": net_dhcp}


def main():
    for name, seeds in TARGETS.items():
        folder = os.path.join(HERE, "corpus", name)
        os.makedirs(folder, exist_ok=True)
        for old in os.listdir(folder):
            if not old.startswith("found-"):
                os.remove(os.path.join(folder, old))
        for seed, text in seeds():
            with open(os.path.join(folder, seed), "wb") as f:
                f.write(text)


if __name__ == "__main__":
    main()
