# SPDX-License-Identifier: BSD-3-Clause
"""Signals: the same program on Linux and in the guest; ends; what comes from outside."""
import glob
import os
import re
import socket
import subprocess
import tempfile
import time

from build import OUT, ROOT, image
from guest import MACHINES, boot, command
from registry import expect, test

APP = "tests/apps/signals"
CASES = {"sends", "queues", "threads", "waits", "restarts", "files", "traps", "contexts", "stacks",
         "cancels", "timers", "async", "cpus", "cputime", "lazy", "moved", "sockets"}


def passed(text):
    return set(re.findall(r"^ok (\w+)$", text, re.M)) == CASES and ", 0 failed" in text


@test("signals.linux")
def linux():
    """What the program expects is what Linux does."""
    program = os.path.join(OUT, "signals-linux")
    sources = sorted(glob.glob(os.path.join(ROOT, APP, "*.[cS]")))
    built = subprocess.run(["clang-19", "-O1", "-w", "-o", program, *sources, "-pthread"],
                           text=True, capture_output=True, check=False)
    expect(built.returncode == 0, "the program does not build on Linux", built.stderr)
    done = subprocess.run([program], text=True, capture_output=True, timeout=60, check=False)
    expect(done.returncode == 0 and passed(done.stdout), "it fails on Linux", done.stdout)


def calls(machine, variant):
    result = boot(image(APP, variant), MACHINE=machine)
    text = result.text.replace("\r", "")
    expect(result.status == 0 and passed(text), f"status {result.status}", text)


for _machine in MACHINES:
    test(f"signals.{_machine}")(lambda m=_machine: calls(m, "release"))


def on_cpus(options, **run):
    result = boot(image(APP, "-".join(options), options=[f"CONFIG_{o}=y" for o in options]),
                  timeout=240, **run)
    text = result.text.replace("\r", "")
    expect(result.status == 0 and passed(text), f"status {result.status}", text)


for _cpus in (2, 4):
    test(f"signals.cpus.{_cpus}")(lambda n=_cpus: on_cpus(["LIB_SMP"], SMP=str(n), MEM="64"))


@test("signals.lockcheck")
def lockcheck():
    """The order of locks, and what sleeps, watched."""
    on_cpus(["LIB_SMP", "LOCKCHECK"], SMP="2", MEM="64")


@test("signals.preempt")
def preempt():
    """One CPU whose threads are preempted."""
    on_cpus(["LIB_SCHED_FAIR"])


@test("signals.sockets")
def sockets():
    """Calls on sockets that wait end with EINTR or begin again; SIGPIPE and MSG_NOSIGNAL."""
    result = boot(image(APP, "sockets", options=["CONFIG_LIB_LWIP=y"]), ARGS="sockets",
                  NET="user", timeout=240)
    expect(result.status == 0 and "ok sockets" in result.text and
           "no sockets" not in result.text, f"status {result.status}", result.text)


@test("signals.ends")
def ends():
    """Default actions: 128 plus the number; of a fault with a report that names it."""
    for number in (1, 9, 14, 15, 34):
        result = boot(image(APP), ARGS=f"die {number}")
        expect(result.status == 128 + number, f"status {result.status}", result.text)
    result = boot(image(APP), ARGS="loop")
    expect(result.status == 142, f"loop: status {result.status}", result.text)
    for name, status, words in (("segv", 139, "page fault (write) at 0x8 in "),
                                ("ill", 132, "invalid opcode in "),
                                ("fpe", 136, "division error in "),
                                ("blocked", 139, "page fault (write) at 0x8 in "),
                                ("overflow", 139, "stack overflow (write) at "),
                                ("small", 139, "no room for a frame of signal 12 on the")):
        result = boot(image(APP), ARGS=name)
        expect(result.status == status and f"panic: {words}" in result.text and
               "backtrace:" in result.text, f"{name}: status {result.status}", result.text)


@test("signals.window")
def window():
    """A handler without SA_RESTART ends a call wherever the next interrupt comes."""
    result = boot(image(APP), ARGS="window", QEMU_EXTRA="-icount shift=0,sleep=off", timeout=240)
    expect(result.status == 0 and "window: 0 of " in result.text, f"status {result.status}",
           result.text)


@test("signals.alone")
def alone():
    """fork, and what would stop the program, are refused, which is said once."""
    result = boot(image(APP), ARGS="alone")
    expect(result.status == 0, f"status {result.status}", result.text)
    for word in ("fork: ", "would stop"):
        expect(result.text.count(word) == 1, f"not one line with '{word}'", result.text)


def from_outside(args, act, **options):
    """Starts with ARGS, waits for its first line, acts; its status and what it said."""
    words = command(image(APP), {"ACCEL": "tcg", "NET": "none", "TIMEOUT": 60, "ARGS": args,
                                 "MACHINE": "q35", **options})
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as guest:
        seen = b""
        while not re.search(rb"^(waiting|type)", seen, re.M):
            line = guest.stdout.readline()
            expect(line, "it ended before it was ready", seen.decode(errors="replace"))
            seen += line
        time.sleep(0.3)
        act(guest)
        text = seen + guest.stdout.read()
        return guest.wait(60), text.decode(errors="replace")


def press(path):
    """The power button. What is sent is done when the monitor asks for the next command."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as monitor:
        monitor.connect(path)
        monitor.settimeout(30)
        seen = b""
        for text in (b"", b"system_powerdown\n"):
            monitor.sendall(text)
            before = seen.count(b"(qemu)")
            while seen.count(b"(qemu)") == before:
                seen += monitor.recv(4096)


@test("signals.term")
def term():
    """The platform's wish to end: by a handler, by signalfd, or without anybody who cares."""
    for how, wanted in (("handler", 7), ("fd", 8), ("default", 0)):
        with tempfile.TemporaryDirectory(prefix="ashlar-power-") as place:
            path = os.path.join(place, "monitor")
            status, text = from_outside(
                f"term {how}", lambda g, p=path: press(p),
                QEMU_EXTRA=f"-monitor unix:{path},server=on,wait=off")
        expect(status == wanted, f"{how}: status {status}, not {wanted}", text)


@test("signals.keys")
def keys():
    """^C on the console: a wait is interrupted, and so is a loop without calls."""
    def interrupt(guest):
        guest.stdin.write(b"unfinished\x03")
        guest.stdin.flush()
        line = b""
        while not line.startswith(b"interrupted"):
            line = guest.stdout.readline()
            expect(line, "it ended after the first ^C")
        guest.stdin.write(b"\x03")
        guest.stdin.flush()

    for machine in ("q35", "microvm"):
        status, text = from_outside("keys", interrupt, MACHINE=machine)
        expect(status == 0 and "interrupted again" in text, f"{machine}: status {status}", text)


@test("signals.guest")
def guest():
    """All unit tests in a guest that has signals, those of interruptible waits among them."""
    result = boot(image("tests/guest", "signals", options=["CONFIG_LIB_POSIX_SIGNAL=y"]), MEM="64",
                  timeout=240)
    expect(result.status == 0 and re.search(r"^ok \d+ posix_signal.a_wake_up_is_not_lost",
                                            result.text, re.M), f"status {result.status}",
           result.text)


@test("signals.posix")
def posix():
    """What worked without signals works with them."""
    result = boot(image("tests/apps/posix", "signals", options=["CONFIG_LIB_POSIX_SIGNAL=y"]))
    expect(result.status == 0 and ", 0 failed" in result.text, f"status {result.status}",
           result.text)
