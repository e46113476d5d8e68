# SPDX-License-Identifier: BSD-3-Clause
"""The POSIX calls: the same program on Linux and in the guest; damaged initrds; the list."""
import contextlib
import difflib
import glob
import os
import random
import re
import signal
import subprocess
import tempfile
import time

from build import ROOT, image, program
from guest import MACHINES, boot, command
from processes import children
from registry import expect, test

APP = "tests/apps/posix"
CASES = {"fds", "files", "polls", "times", "memory", "threads", "signals", "writing",
         "sched", "devices", "locks"}
LINUX = {**os.environ, "POSIX_ROOT": os.path.join(ROOT, APP, "files")}
if os.path.isdir("/dev/shm"):
    LINUX["POSIX_TMP"] = "/dev/shm"     # a file system in memory there too


def passed(text):
    return set(re.findall(r"^ok (\w+)$", text, re.M)) == CASES and ", 0 failed" in text


def native():
    """The program built for Linux."""
    return program("posix", sorted(glob.glob(os.path.join(ROOT, APP, "*.c"))), "-O1", "-w")


@test("posix.linux")
def linux():
    """What the program expects is what Linux does."""
    done = subprocess.run([native()], text=True, capture_output=True, timeout=60,
                          check=False, env=LINUX)
    expect(done.returncode == 0 and passed(done.stdout), "it fails on Linux", done.stdout)


def calls(machine):
    result = boot(image(APP), MACHINE=machine)
    expect(result.status == 0 and passed(result.text), f"status {result.status}", result.text)


for _machine in MACHINES:
    test(f"posix.{_machine}")(lambda m=_machine: calls(m))


def same_calls(path, words):
    """A random run: each call answers as on Linux."""
    linux_says = subprocess.run([path, *words], text=True, capture_output=True,
                                timeout=60, check=False, env=LINUX).stdout
    result = boot(image(APP), ARGS=" ".join(words), NET="none")
    says = result.text.replace("\r", "")
    expect("end of calls" in linux_says and result.status == 0 and linux_says in says,
           f"{words}: status {result.status}",
           "".join(difflib.unified_diff(linux_says.splitlines(True), says.splitlines(True))))


@test("posix.random")
def random_calls():
    """Random calls on descriptors."""
    path = native()
    for seed in (2, 4):
        same_calls(path, ["random", str(seed), "2000"])


@test("posix.tree")
def tree():
    """Random calls on files by name, in ramfs."""
    path = native()
    for seed in (1, 2, 3):
        same_calls(path, ["tree", str(seed), "4000"])


@test("posix.abort")
def abort():
    result = boot(image(APP), ARGS="abort")
    expect(result.status == 134, f"status {result.status}", result.text)


@test("posix.no-clock")
def no_clock():
    """A program without posix-time is told that there is no time."""
    result = boot(image("tests/apps/status"), ARGS="time")
    expect(result.status == 0, f"status {result.status}", result.text)


@test("posix.no-threads")
def no_threads():
    """A program without threads is told that there are none, not that there is no room."""
    for more in ([], ["CONFIG_LIB_POSIX_MEM=y"]):
        result = boot(image("tests/apps/status", "unthreaded" if more else "release", options=more),
                      ARGS="thread")
        expect(result.status == 38, f"status {result.status}, not ENOSYS", result.text)


@test("posix.last-thread")
def last_thread():
    """main leaves by pthread_exit(): the program goes on, and ends with status 0."""
    result = boot(image(APP), ARGS="leave")
    expect(result.status == 0 and "the last thread ends" in result.text,
           f"status {result.status}", result.text)


def qemu_of(runner):
    """Its number, once it runs; None if the runner has ended."""
    while runner.poll() is None:
        for pid in children(runner.pid):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/comm", encoding="utf-8") as f:
                if f.read().startswith("qemu"):
                    return pid
        time.sleep(0.001)
    return None


def disturb(runner, rng):
    """QEMU runs for a millisecond or two, and is stopped for some 20, until it has ended."""
    pid = qemu_of(runner)
    with contextlib.suppress(ProcessLookupError):
        while pid and runner.poll() is None:
            os.kill(pid, signal.SIGSTOP)
            time.sleep(rng.uniform(0.015, 0.03))
            os.kill(pid, signal.SIGCONT)
            time.sleep(rng.uniform(0, 0.0015))


@test("posix.host-away")
def host_away():
    """A host that is away for long while the guest looks for the rate of its counters: a sleeper
    wakes, for the timer is set to early rather than late."""
    rng = random.Random(1)
    words = command(image(APP), {"ACCEL": "tcg", "NET": "none", "TIMEOUT": 30, "ARGS": "leave"})
    for _ in range(10):
        with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True) as runner:
            disturb(runner, rng)
            text = runner.communicate()[0]
        expect(runner.returncode == 0 and "the last thread ends" in text,
               f"status {runner.returncode}", text)


@test("posix.stdin")
def stdin():
    """Lines, editing and the end of input, through the serial line."""
    words = command(image(APP), {"ACCEL": "tcg", "NET": "none", "TIMEOUT": 60, "ARGS": "echo"})
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as guest:
        seen = b""       # what comes before the UART is set up is lost
        while b"type" not in seen:
            line = guest.stdout.readline()
            expect(line, "it ended before it asked for input", seen.decode(errors="replace"))
            seen += line
        guest.stdin.write(b"hello\nwrold\x7f\x7f\x7f\x7forld\n")
        guest.stdin.flush()
        time.sleep(0.5)
        guest.stdin.write(b"last\n\x04")
        guest.stdin.flush()
        text = guest.stdout.read().decode(errors="replace")
        status = guest.wait(60)
    expect(status == 0, f"status {status}", text)
    for line in ("<hello>", "<world>", "<last>", "end of input"):
        expect(line in text, f"no {line}", text)    # the echo may stand on the same line


def entry(name, mode, data=b"", size=None):
    """One entry of a cpio archive of the format newc."""
    raw = name.encode() + b"\0"
    head = "070701" + "".join(f"{n:08X}" for n in (
        1, mode, 0, 0, 1, 0, len(data) if size is None else size, 0, 0, 0, 0, len(raw), 0))
    padded = head.encode() + raw
    padded += b"\0" * (-len(padded) % 4) + data
    return padded + b"\0" * (-len(padded) % 4)


END = entry("TRAILER!!!", 0)
DAMAGED = {
    "truncated": (entry("file", 0o100644, b"data" * 100)[:200], "truncated"),
    "no-trailer": (entry("file", 0o100644, b"data"), "trailer"),
    "absurd-size": (entry("file", 0o100644, b"data", 0xfffffff0) + END, "beyond the end"),
    "escape": (entry("../../etc/passwd", 0o100644, b"x") + END, "leads out"),
    "compressed": (b"\x1f\x8b\x08" + bytes(500), "compressed"),
    "foreign": (b"MZ" + bytes(range(256)) * 4, "no cpio header"),
    "zeros": (bytes(4096), "no cpio header"),
    "through-a-file": (entry("a", 0o100644, b"x") + entry("a/b", 0o100644, b"x") + END,
                       "through what is no directory"),
}


def damaged(data, word):
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        result = boot(image(APP), INITRD=file.name)
    said = [line for line in result.lines if "initrd" in line]
    expect(result.status not in (0, 124, 134), f"status {result.status}", result.text)
    expect(len(said) == 1 and word in said[0], f"not one line with '{word}'", result.text)


for _name, (_data, _word) in DAMAGED.items():
    test(f"posix.initrd.{_name}")(lambda d=_data, w=_word: damaged(d, w))


@test("posix.initrd.none")
def no_initrd():
    result = boot(image(APP), INITRD="none")
    expect(result.status not in (0, 124, 134) and "initrd" in result.text,
           f"status {result.status}", result.text)


@test("posix.list")
def listed():
    """docs/syscalls.md names the calls that there are, each with its library."""
    with open(os.path.join(ROOT, "docs", "syscalls.md"), encoding="utf-8") as f:
        told = set(re.findall(r"^- (\w+) \| ([\w-]+) \|", f.read(), re.M))
    there = set()
    for path in glob.glob(os.path.join(ROOT, "*", "*", "*.c")):
        with open(path, encoding="utf-8", errors="replace") as f:
            names = re.findall(r"^UK_SYSCALL_(?:LEAF|FULL)\d\((\w+)", f.read(), re.M)
        there |= {(name, os.path.basename(os.path.dirname(path))) for name in names}
    expect(told == there, f"told and not there: {sorted(told - there)}; "
           f"there and not told: {sorted(there - told)}")
