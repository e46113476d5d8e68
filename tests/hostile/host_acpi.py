# SPDX-License-Identifier: BSD-3-Clause
"""Abuses by the host: firmware tables and a memory map that lie, through a loader of our own."""
import contextlib
import os
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


def command(folder, built, page, blob, machine="microvm,acpi=off,x-option-roms=off,rtc=on"):
    files = {"loader": si.loader(si.entry_of(built.path)), "page": page, "tables": blob}
    for name, data in files.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)
    words = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-m", "64", "-no-reboot",
             "-M", machine + ",auto-kernel-cmdline=off", "-nodefaults", "-no-user-config",
             "-display", "none", "-serial", "stdio", "-monitor", "none",
             "-global", "virtio-mmio.force-legacy=false",
             "-device", "isa-debug-exit,iobase=0x501,iosize=4",
             "-kernel", os.path.join(folder, "loader"),
             "-device", "loader,file=" + built.path,
             "-netdev", "user,id=n0", "-device", "virtio-net-device,netdev=n0,"
             "bus=virtio-mmio-bus.7"]
    for name, at in (("page", si.PAGE), ("tables", si.TABLES)):
        if files[name]:
            words += ["-device", f"loader,file={os.path.join(folder, name)},addr={at:#x},"
                      "force-raw=on"]
    return words


def run(page, blob, until="httpd: serving"):
    """Console up to `until`, or to the end; and seconds."""
    built = image("apps/httpd")
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, \
            subprocess.Popen(command(folder, built, page, blob), stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as qemu:
        os.set_blocking(qemu.stdout.fileno(), False)
        text = ""
        try:
            while time.monotonic() - start < 2 * LIMIT:
                part = qemu.stdout.read()
                text += (part or b"").decode(errors="replace")
                if until in text or (qemu.poll() is not None and not part):
                    break
                time.sleep(0.02)
        finally:
            with contextlib.suppress(ProcessLookupError):
                qemu.kill()
    return text, time.monotonic() - start


LINE = f"net.ip=10.0.2.15/24 virtio_mmio.device=512@{MMIO:#x}:{GSI}"


def judged(text, seconds, what):
    """It serves, or said a line and a status."""
    good = "httpd: serving" in text
    expect(good or "[ashlar] exit" in text, f"{what}: silent", text)
    expect("panic" not in text, f"{what}: panic", text)
    expect(seconds < LIMIT, f"{what}: only after {seconds:.1f} s", text)
    return good


def firmware(name, blob, must=True, rsdp=si.TABLES):
    text, seconds = run(si.start_info(LINE, rsdp), blob)
    good = judged(text, seconds, name)
    expect(good or not must, f"{name}: does not serve", text)
    said = [line for line in text.splitlines() if line.startswith("acpi: ")]
    return Outcome(seconds, None, ("serves" if good else "a line and a status") + ", "
                   + (said[0] if said else "no word of it"))


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
        lambda rng, n=_name, m=_make: firmware(n, m(rng), n != "registers-in-memory"))


@abuse("acpi-flipped-bits")
def bits(rng):
    """Good tables with a few bits turned, ten times."""
    kept = 0
    for _ in range(10):
        text, seconds = run(si.start_info(LINE, si.TABLES), flipped(GOOD, rng, 3))
        kept += judged(text, seconds, "flipped bits")
    return Outcome(None, None, f"serves in {kept} of 10, a line and a status in the others")


@abuse("acpi-pointer-astray")
def astray(rng):
    """The root pointer leads to nothing, to the image, past the memory, around the corner."""
    for rsdp in (1, 0x100000, 0x3fffff8, 0x4000000, 0xfee00000, 0xfffffffffffffff0):
        text, seconds = run(si.start_info(LINE, rsdp), b"")
        expect(judged(text, seconds, f"{rsdp:#x}"), f"{rsdp:#x}: does not serve", text)
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
    text, seconds = run(si.start_info(LINE, 0, entries), b"")
    good = judged(text, seconds, name)
    said = next((line for line in text.splitlines() if line and "SeaBIOS" not in line), "")
    return Outcome(seconds, None, "serves" if good else f"a line and a status: {said}")


for _name, _entries in MAPS.items():
    abuse("memory-map-" + _name)(lambda rng, n=_name, e=_entries: memory(n, e))


@abuse("start-info-noise")
def noise(rng):
    """A start-info page with bits turned: it serves, or says a line and a status."""
    kept = 0
    for _ in range(8):
        page = bytearray(si.start_info(LINE, si.TABLES))
        for _ in range(3):
            at = rng.randrange(4, 56)
            page[at] ^= 1 << rng.randrange(8)
        text, seconds = run(bytes(page), GOOD)
        kept += judged(text, seconds, f"page {bytes(page[:56]).hex()}")
    return Outcome(None, None, f"serves in {kept} of 8, a line and a status in the others")
