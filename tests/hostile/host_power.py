# SPDX-License-Identifier: BSD-3-Clause
"""Abuses by the host: it interrupts, pauses, resets and switches off."""
import contextlib
import os
import struct
import tempfile
import time

from battery import Outcome, abuse
from build import image
from gdbstub import Stub
from guestmem import BASE, Gone, elf
from host import ended, hmp, lines, served
from registry import Failure, expect
from target import page
from wire import connect

MACHINES = ("microvm", "pc", "q35")


def get(s):
    """One request on a connection that stays; the page."""
    s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    text = b""
    while not text.endswith(page()):
        part = s.recv(65536)
        if not part:
            break
        text += part
    return text


@contextlib.contextmanager
def client(it):
    """A connection that was served before and has to be served after."""
    with connect(it.net, it.net.guest, timeout=10) as s:
        expect(get(s).startswith(b"HTTP/1.1 200"), "the first request fails", it.server.text)
        yield s
        start = time.monotonic()
        expect(get(s).startswith(b"HTTP/1.1 200"), "the connection is lost", it.server.text)
        it.seconds = time.monotonic() - start


def nmi(machine):
    with served(machine) as it:
        with client(it):
            it.monitor.command("inject-nmi")
            it.server.wait_for("NMI", 5)
        return Outcome(it.seconds, None, "with a client attached, logged")


for _machine in MACHINES:
    abuse(f"nmi-{_machine}", needs=("tap",), quick=_machine == "microvm")(
        lambda rng, m=_machine: nmi(m))


@abuse("nmi-storm", needs=("tap",))
def nmi_storm(rng):
    """A thousand, while pages are fetched."""
    with served() as it:
        with client(it):
            for i in range(1000):
                it.monitor.command("inject-nmi")
                if i % 100 == 0:
                    expect(it.fetch(), "does not serve during the storm", it.server.text)
        said = lines(it, "NMI")
        expect(said > 0, "no line", it.server.text)
        return Outcome(it.recovers(), None, f"{said} lines for 1000")


def mce(it, status, mcg=0):
    """HMP's mce: CPU 0, bank 1."""
    return hmp(it, f"mce 0 1 {status:#x} {mcg:#x} 0x1000 0")


@abuse("machine-check-corrected", needs=("tap",))
def corrected(rng):
    """MCi_STATUS: valid, enabled; not uncorrected."""
    with served("pc") as it:
        with client(it):
            for _ in range(10):
                mce(it, 1 << 63 | 1 << 60 | 0x9f)
            it.server.wait_for("machine-check: corrected: bank 1", 15)
        return Outcome(it.seconds, None, "10 of them, with a client attached, logged")


@abuse("machine-check-fatal", needs=("tap",))
def fatal(rng):
    """Uncorrected, context corrupt: the end, but with a line and a status."""
    with served("pc") as it:
        with contextlib.suppress(Gone):     # the guest may be faster than the answer
            mce(it, 1 << 63 | 1 << 61 | 1 << 60 | 1 << 57 | 0x9f, 4)
        seconds = ended(it, 134)
        expect("[ashlar] panic: machine check" in it.server.text, "no line", it.server.text)
    return Outcome(seconds, None, "status 134: panic: machine check")


def pause(seconds):
    with served() as it:
        with client(it):
            it.monitor.command("stop")
            time.sleep(seconds)
            it.monitor.command("cont")
        expect(it.seconds < 10, f"{it.seconds:.1f} s", it.server.text)
        return Outcome(it.seconds, None, f"paused {seconds} s, the client's connection goes on")


abuse("pause", needs=("tap",), quick=True)(lambda rng: pause(5))
abuse("pause-long", needs=("tap",))(lambda rng: pause(40))


@abuse("pause-often", needs=("tap",))
def pause_often(rng):
    with served() as it:
        with client(it):
            for _ in range(200):
                it.monitor.command("stop")
                it.monitor.command("cont")
        return Outcome(it.recovers(), None, "200 pauses")


def clock_base(built):
    """Physical address of the clock's base time; KASLR does not move physical memory."""
    symbols = elf.Elf(built.symbols).symbols()
    found = {s.name: s.value for s in symbols if s.name.startswith("words")}
    address = found["words.2"] if "words.2" in found else found["words"] + 16
    return address - BASE


def asleep(it):
    """Wait until the guest waits: before, it has not asked for the time that it sleeps from."""
    for _ in range(100):
        if "HLT=1" in it.monitor.command("human-monitor-command",
                                         **{"command-line": "info registers"}):
            return
        time.sleep(0.05)
    expect(False, "the guest does not come to rest", it.server.text)


@abuse("pause-an-hour", needs=("tap",))
def hour(rng):
    """As after a pause of an hour on hardware whose cycle counter goes on: the guest stands still,
    and its clock is an hour later. QEMU's own `stop` cannot do that: it stops the counter, too."""
    built = image("apps/httpd")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "gdb")
        with served(extra=f"-gdb unix:{path},server=on,wait=off") as it, \
                connect(it.net, it.net.guest, timeout=10) as idle:
            get(idle)
            asleep(it)
            with Stub(path) as stub:
                expect(stub.physical(), "no physical addresses")
                at = clock_base(built)
                now = struct.unpack("<Q", stub.read(at, 8))[0]
                stub.write(at, struct.pack("<Q", now + 3600 * 10**9))
            start = time.monotonic()
            expect(idle.recv(1) == b"", "a connection idle for an hour is not closed",
                   it.server.text)
            expect(time.monotonic() - start < 5, "closed late", it.server.text)
            seconds = it.recovers()
    return Outcome(seconds, None, "an idle connection was closed, new ones are served")


def powerdown(machine, busy=False):
    """The orderly end: status 0, and a client that is being answered gets all of it."""
    with served(machine) as it:
        with connect(it.net, it.net.guest, timeout=10) as idle, \
                connect(it.net, it.net.guest, timeout=10) as s:
            get(idle)
            if busy:
                s.sendall(b"GET / HTTP/1.1\r\n")
                time.sleep(0.3)
            it.monitor.command("system_powerdown")
            it.server.wait_for("power button: stop", 5)
            if busy:
                s.sendall(b"Host: x\r\n\r\n")
                text = b""
                while part := s.recv(65536):
                    text += part
                expect(text.endswith(page()), "the last answer is cut", it.server.text)
                s.close()
            expect(idle.recv(1) == b"", "the idle connection is not closed", it.server.text)
        seconds = ended(it, 0)
        expect("[ashlar] exit 0" in it.server.text, "no exit line", it.server.text)
    return Outcome(seconds, None, "status 0" + (", the last answer is whole" if busy else ""))


for _machine in MACHINES:
    abuse(f"powerdown-{_machine}", needs=("tap",), quick=_machine == "microvm")(
        lambda rng, m=_machine: powerdown(m))
abuse("powerdown-busy", needs=("tap",))(lambda rng: powerdown("q35", True))


@abuse("powerdown-impatient", needs=("tap",))
def impatient(rng):
    """Pressed again and again while a request hangs: the second time it ends at once."""
    with served("pc") as it:
        with connect(it.net, it.net.guest, timeout=10) as s:
            s.sendall(b"GET / HTTP/1.1\r\n")
            time.sleep(0.3)
            with contextlib.suppress(OSError, Failure):
                for _ in range(5):
                    it.monitor.command("system_powerdown")
                    time.sleep(0.2)
            seconds = ended(it, 0)
    return Outcome(seconds, None, "status 0")


@abuse("powerdown-without-acpi", needs=("tap",))
def without_acpi(rng):
    """Nothing can tell the guest: it goes on."""
    with served("microvm-noacpi") as it:
        with client(it):
            it.monitor.command("system_powerdown")
        return Outcome(it.recovers(), None, "not told, serves on")


@abuse("reset-twenty-times", needs=("tap",))
def resets(rng):
    with served() as it:
        it.monitor.command("set-action", reboot="reset")
        worst = 0.0
        for _ in range(20):
            start = time.monotonic()
            it.monitor.command("system_reset")
            while not it.fetch(timeout=1):
                expect(time.monotonic() - start < 10, "does not serve after a reset",
                       it.server.text)
            worst = max(worst, time.monotonic() - start)
        expect(lines(it, "httpd: serving") >= 21, "it did not start again", it.server.text)
        return Outcome(worst, None, "20 resets, the slowest")


@abuse("reset-storm", needs=("tap",))
def reset_storm(rng):
    """Resets at any moment of the boot."""
    with served() as it:
        it.monitor.command("set-action", reboot="reset")
        for _ in range(30):
            it.monitor.command("system_reset")
            time.sleep(rng.random() * 0.15)
        start = time.monotonic()
        while not it.fetch(timeout=1):
            expect(time.monotonic() - start < 10, "does not serve", it.server.text)
        return Outcome(time.monotonic() - start, None, "30 resets during boots")
