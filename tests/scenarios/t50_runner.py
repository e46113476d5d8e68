# SPDX-License-Identifier: BSD-3-Clause
"""The runner with real guests: how it ends, and what it leaves behind."""
import os
import pty
import signal
import socket
import subprocess
import time

from build import ROOT, image
from guest import RUN, Server, boot
from processes import children, gone
from registry import expect, test


@test("run.timeout")
def timeout():
    result = boot(image("tests/apps/status"), ARGS="hang", timeout=3)
    expect(result.status == 124, f"status {result.status}", result.text)


@test("run.errors")
def errors():
    result = boot(os.path.join(ROOT, "no-such-image"))
    expect(result.status == 125 and "no-such-image" in result.text, f"status {result.status}",
           result.text)
    result = boot(image("apps/hello"), MACHINE="vax")
    expect(result.status == 125 and "microvm" in result.text, f"status {result.status}",
           result.text)
    result = boot(image("apps/hello"), QEMU="/no/such/qemu")
    expect(result.status == 125 and "/no/such/qemu" in result.text, f"status {result.status}",
           result.text)


@test("run.sigterm")
def sigterm():
    with Server(image("tests/apps/status"), ready="arg 1", ARGS="hang", NET="none") as guest:
        pids = [guest.process.pid, *children(guest.process.pid)]
        expect(len(pids) > 1, "no QEMU below the runner?", guest.text)
        guest.stop()
        expect(gone(pids), "something survives SIGTERM", guest.text)


@test("run.killed")
def killed():
    """Even kill -9 of the runner leaves no QEMU."""
    guest = Server(image("tests/apps/status"), ready="arg 1", ARGS="hang", NET="none")
    pids = children(guest.process.pid)
    guest.process.kill()
    guest.process.wait()
    expect(pids and gone(pids), "QEMU survives its runner", guest.text)


@test("run.ctrl-c")
def ctrl_c():
    """On a terminal, Ctrl-C ends with 130, and the terminal is as it was."""
    guest = image("tests/apps/status")
    child, terminal = pty.fork()
    if child == 0:
        os.execv(RUN, [RUN, guest.path, "ACCEL=tcg", "NET=none", "ARGS=hang", "TIMEOUT=120"])
    text = b""
    end = time.monotonic() + 90
    while b"arg 1" not in text and time.monotonic() < end:
        text += os.read(terminal, 4096)
    pids = [child, *children(child)]
    os.write(terminal, b"\x03")
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    os.close(terminal)
    expect(code in (130, -signal.SIGINT), f"status {code}", text.decode(errors="replace"))
    expect(gone(pids[1:]), "something survives Ctrl-C")


@test("run.port-in-use")
def port_in_use():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with Server(image("apps/httpd"), NET="user", PORT=str(port)) as guest:
            expect(not guest.url.endswith(f":{port}"), "took a port that is in use", guest.text)


@test("run.make")
def make_run():
    """`make run` prints the status and fails when it is not 0."""
    out = os.path.dirname(image("tests/apps/status").folder)
    base = ["make", "A=tests/apps/status", f"O={out}", "ACCEL=tcg", "run"]
    for status in (0, 3):
        done = subprocess.run([*base, f"ARGS={status}"], cwd=ROOT, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=300, check=False)
        expect(f"exit status: {status}" in done.stdout and (done.returncode == 0) == (status == 0),
               f"status {done.returncode}", done.stdout)


@test("run.debug", needs=("gdb",))
def debug():
    """make debug with a script: stops in main, with names."""
    out = os.path.dirname(image("apps/hello").folder)
    done = subprocess.run(["make", "A=apps/hello", f"O={out}", "debug", "GDB_BATCH=bt"], cwd=ROOT,
                          text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=120, check=False)
    expect("main (" in done.stdout, "no backtrace from main", done.stdout)


@test("run.size")
def size():
    out = os.path.dirname(image("apps/hello").folder)
    done = subprocess.run(["make", "A=apps/hello", f"O={out}", "size"], cwd=ROOT, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=120, check=False)
    expect(done.returncode == 0 and "musl" in done.stdout and "text" in done.stdout,
           "no table by library", done.stdout)


def asked(*words):
    """The outcome of make with these words."""
    return subprocess.run(["make", *words], cwd=ROOT, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
                          check=False)


@test("run.why")
def why():
    out = os.path.dirname(image("apps/httpd").folder)
    done = asked("A=apps/httpd", f"O={out}", "why", "X=LIB_TIMER")
    expect(done.returncode == 0 and "APP_HTTPD (apps/httpd/Config.uk:2)" in done.stdout
           and "uk_timer_" in done.stdout,
           "no chain of selects, or no symbols", done.stdout)
    done = asked("A=apps/httpd", f"O={out}", "why", "X=LIB_TIMR")
    expect(done.returncode != 0 and "close to it: LIB_TIMER" in done.stdout, "no near name",
           done.stdout)


@test("run.names")
def names():
    """What can be picked by name is listed, and a wrong name leads to the list."""
    for words, says in ((("test-hostile", "T=list"), "syn-flood (attack)"),
                        (("test-hostile", "T=nosuch"), "make test-hostile T=list"),
                        (("test-hostile", "T=hostile.land"), "make test-list"),
                        (("test", "T=nosuch"), "make test-list"),
                        (("fuzz", "T=dns", "SECONDS=abc"), "SECONDS=abc: how many")):
        done = asked(*words)
        expect(says in done.stdout, f"make {' '.join(words)} does not say {says}", done.stdout)
