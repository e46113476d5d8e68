# SPDX-License-Identifier: BSD-3-Clause
"""Abuses by the host: firmware tables and a memory map that lie, through a loader of our own."""
import contextlib
import os
import socket
import struct
import subprocess
import tempfile
import time

import startinfo as si
from battery import Outcome, abuse
from build import image
from registry import expect

LIMIT = 10
MMIO, GSI = 0xfeb00e00, 12      # the eighth place of microvm without ACPI


def initrd_of(built):
    return os.path.join(built.folder, "httpd.initrd")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def fetched(port):
    """A page came from the guest."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 2) as s:
        s.settimeout(2)
        s.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return s.recv(64).startswith(b"HTTP/1.1 200")
    return False


def command(folder, built, page, blob, port):
    files = {"loader": si.loader(si.entry_of(built.path)), "page": page, "tables": blob}
    for name, data in files.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)
    words = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-m", "64", "-no-reboot",
             "-M", "microvm,acpi=off,x-option-roms=off,rtc=on,auto-kernel-cmdline=off",
             "-nodefaults", "-no-user-config", "-display", "none", "-serial", "stdio",
             "-monitor", "none",
             "-global", "virtio-mmio.force-legacy=false",
             "-device", "isa-debug-exit,iobase=0x501,iosize=4",
             "-kernel", os.path.join(folder, "loader"),
             "-device", "loader,file=" + built.path,
             "-device",
             f"loader,file={initrd_of(built)},addr={si.INITRD:#x},force-raw=on",
             "-netdev", f"user,id=n0,hostfwd=tcp:127.0.0.1:{port}-:80",
             "-device", "virtio-net-device,netdev=n0,bus=virtio-mmio-bus.7"]
    for name, at in (("page", si.PAGE), ("tables", si.TABLES)):
        if files[name]:
            words += ["-device", f"loader,file={os.path.join(folder, name)},addr={at:#x},"
                      "force-raw=on"]
    return words


def watch(qemu, port, start):
    """The console, until a page was served or it ended; and whether one was."""
    os.set_blocking(qemu.stdout.fileno(), False)
    text = ""
    while time.monotonic() - start < 2 * LIMIT:
        part = qemu.stdout.read()
        text += (part or b"").decode(errors="replace")
        if "httpd: serving" in text and fetched(port):
            return text, True
        if qemu.poll() is not None and not part:
            break
        time.sleep(0.02)
    return text, False


def run(page, blob):
    """(console, a page was served, seconds)"""
    built = image("apps/httpd")
    start = time.monotonic()
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, \
            subprocess.Popen(command(folder, built, page, blob, port), stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as qemu:
        try:
            text, good = watch(qemu, port, start)
        finally:
            with contextlib.suppress(ProcessLookupError):
                qemu.kill()
    return text, good, time.monotonic() - start


def info(rsdp=0, memory=si.WHOLE):
    size = os.path.getsize(initrd_of(image("apps/httpd")))
    return si.start_info(LINE, rsdp, memory, size)


LINE = f"net.ip=10.0.2.15/24 virtio_mmio.device=512@{MMIO:#x}:{GSI}"


def judged(page, blob, what):
    """(console, it serves, seconds); or it said a line and a status."""
    text, good, seconds = run(page, blob)
    expect(good or "[ashlar] exit" in text, f"{what}: silent", text)
    expect("panic" not in text, f"{what}: panic", text)
    expect(seconds < LIMIT, f"{what}: only after {seconds:.1f} s", text)
    return text, good, seconds


def firmware(name, blob):
    """Whatever the tables say, it serves."""
    text, good, seconds = judged(info(si.TABLES), blob, name)
    expect(good, f"{name}: does not serve", text)
    said = [line for line in text.splitlines() if line.startswith("acpi: ")]
    return Outcome(seconds, None, "serves, " + (said[0] if said else "no word of it"))


def madt(*entries):
    return si.table(b"APIC", struct.pack("<II", 0xfee00000, 1) + b"".join(entries))


def fadt(dsdt=0, flags=0, size=244):
    body = bytearray(size - 36)
    struct.pack_into("<I", body, 40 - 36, dsdt)
    struct.pack_into("<I", body, 112 - 36, flags)
    return si.table(b"FACP", bytes(body))


IOAPIC = struct.pack("<BBBBII", 1, 12, 0, 0, 0xfec00000, 0)
GOOD = si.tables(madt(struct.pack("<BBBBI", 0, 8, 0, 0, 1), IOAPIC), fadt())


def flipped(data, rng, count):
    data = bytearray(data)
    for _ in range(count):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


CASES = {
    "good": lambda rng: GOOD,
    "no-cpus": lambda rng: si.tables(madt(IOAPIC), fadt()),
    "no-cpus-no-ioapic": lambda rng: si.tables(madt(), fadt()),
    "random": lambda rng: rng.randbytes(0x10000),
    "random-behind-root": lambda rng: GOOD[:0x1000] + rng.randbytes(0x8000),
    "bad-sums": lambda rng: GOOD[:0x1000] + bytes((GOOD[0x1000] ^ 0x20,)) + GOOD[0x1001:0x1009]
    + bytes((GOOD[0x1009] ^ 1,)) + GOOD[0x100a:],
    "short": lambda rng: si.tables(si.table(b"APIC", b"", 36), si.table(b"FACP", b"\0" * 20)),
    "length-zero": lambda rng: si.tables(si.table(b"APIC", b"", 0), si.table(b"FACP", b"", 3)),
    "length-immense": lambda rng: si.tables(si.table(b"APIC", b"", 0xffffffff),
                                            si.table(b"FACP", b"", 0x7fffffff)),
    "root-to-itself": lambda rng: bytes(0) + si.rsdp(si.TABLES) + bytes(64),
    "entries-astray": lambda rng: si.tables(si.table(
        b"XSDT", struct.pack("<QQQQ", 0, 1, 0xffffffffffffffff, 0xfee00000))),
    "madt-entry-of-length-0": lambda rng: si.tables(madt(b"\0\0"), fadt()),
    "registers-in-memory": lambda rng: si.tables(
        madt(struct.pack("<BBBBII", 1, 12, 0, 0, 0x200000, 0)), fadt(0x200000, 1 << 20)),
    "sixty-four-tables": lambda rng: si.tables(*[si.table(b"SSDT", rng.randbytes(200))
                                                 for _ in range(64)]),
}

for _name, _make in CASES.items():
    abuse("acpi-" + _name, quick=_name == "no-cpus")(
        lambda rng, n=_name, m=_make: firmware(n, m(rng)))


@abuse("acpi-flipped-bits")
def bits(rng):
    """Good tables with a few bits turned, ten times."""
    kept = 0
    for _ in range(10):
        kept += judged(info(si.TABLES), flipped(GOOD, rng, 3), "flipped bits")[1]
    return Outcome(None, None, f"serves in {kept} of 10, a line and a status in the others")


@abuse("acpi-pointer-astray")
def astray(rng):
    """The root pointer leads to nothing, to the image, past the memory, around the corner."""
    for rsdp in (1, 0x100000, 0x3fffff8, 0x4000000, 0xfee00000, 0xfffffffffffffff0):
        text, good, _ = judged(info(rsdp), b"", f"{rsdp:#x}")
        expect(good, f"{rsdp:#x}: does not serve", text)
    return Outcome(None, None, "six pointers, served")


MAPS = {
    "holes": [(0, 0x9f000, si.RAM)] + [(si.MIB * (1 + 2 * i), si.MIB + (i % 3) * 4096, si.RAM)
                                       for i in range(31)] + [(si.MIB, 4 * si.MIB, si.RAM)],
    "overlapping": list(si.WHOLE) + [(8 * si.MIB, 40 * si.MIB, si.RAM)] * 20
    + [(20 * si.MIB, si.MIB, si.RESERVED)],
    "descending": list(reversed(si.WHOLE)),
    "wraps-around": list(si.WHOLE) + [(1 << 63, 1 << 63, si.RAM), ((1 << 64) - 4096, 8192, si.RAM)],
    "said-reserved-too": list(si.WHOLE) + [(0, 64 * si.MIB, si.RESERVED)],
    "nothing": [],
    "odd-ends": [(1, 0x9effe, si.RAM), (si.MIB + 5, 62 * si.MIB + 77, si.RAM)],
    "unknown-types": [(start, size, 77) for start, size, _ in si.WHOLE] + list(si.WHOLE),
    "sixty-four-pieces": [(si.MIB + i * 0x80000, 0x7f000, si.RAM) for i in range(64)],
}


def memory(name, entries):
    text, good, seconds = judged(info(0, entries), b"", name)
    said = text.strip().splitlines()[0]
    return Outcome(seconds, None, "serves" if good else f"a line and a status: {said}")


for _name, _entries in MAPS.items():
    abuse("memory-map-" + _name)(lambda rng, n=_name, e=_entries: memory(n, e))


@abuse("start-info-noise")
def noise(rng):
    """A start-info page with bits turned: it serves, or says a line and a status."""
    kept = 0
    for _ in range(8):
        page = bytearray(info(si.TABLES))
        for _ in range(3):
            at = rng.randrange(4, 56)
            page[at] ^= 1 << rng.randrange(8)
        kept += judged(bytes(page), GOOD, f"page {bytes(page[:56]).hex()}")[1]
    return Outcome(None, None, f"serves in {kept} of 8, a line and a status in the others")
