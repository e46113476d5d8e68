# SPDX-License-Identifier: BSD-3-Clause
"""Too little memory: at boot, and while serving."""
import filecmp
import os
import re
import tempfile

from build import ROOT, image
from guest import Server, boot
from net import Net
from registry import expect, test

WWW = os.path.join(ROOT, "apps", "httpd", "www")
LIMIT_S = 10

# Fills the memory, says how far that went, and lets all go at once when its input ends.
FLOOD = r"""
import resource, socket, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
address, count, kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
# Heads that never end: the server keeps what it has of each. Answers that nobody reads.
data = {"heads": b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"x" * 6000,
        "answers": b"GET /ashlar.svg HTTP/1.1\r\nHost: x\r\n\r\n" * 40}[kind]
held, refused = [], 0
for i in range(count):
    s = socket.socket()
    s.settimeout(2)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    try:
        s.connect((address, 80))
        s.sendall(data)
        held.append(s)
    except OSError:
        refused += 1
        s.close()
        if refused == 5:
            break
gone = 0
for s in held:
    s.setblocking(False)
    try:
        while s.recv(65536): pass
        gone += 1
    except BlockingIOError: pass
    except OSError: gone += 1
print("held", len(held), "refused", refused, "gone", gone, flush=True)
"""


def serves(net, guest):
    """Every file of the folder, byte for byte."""
    with tempfile.TemporaryDirectory() as temp:
        for name in sorted(os.listdir(WWW)):
            path = os.path.join(temp, name)
            done = net.run("curl", "-sS", "-m", "10", "--retry", "5", "--retry-all-errors", "-o",
                           path, f"http://{net.guest}/{name}")
            expect(done.returncode == 0, f"{name}: {done.stderr}", guest.text)
            expect(filecmp.cmp(path, os.path.join(WWW, name), False), f"{name} differs", guest.text)


@test("memory.exhausted", needs=("tap", "curl"), alone=True)
def exhausted():
    """httpd in 3 MiB under 1,000 connections that fill it; then they close, and it serves."""
    with Net() as net:
        with Server(image("apps/httpd"), prefix=net.prefix, ready="httpd: serving", MEM="3",
                    NET=f"tap:{net.tap}", PARAMS=net.params) as guest:
            for kind in ("heads", "answers", "heads"):
                done = net.run("python3", "-c", FLOOD, net.guest, "1000", kind, timeout=120)
                match = re.search(r"held (\d+) refused (\d+) gone (\d+)", done.stdout)
                expect(match, f"{kind}: {done.stderr}", guest.text)
                lost = int(match[2]) + int(match[3])
                expect(lost > 100, f"{kind}: memory did not run out: {done.stdout}", guest.text)
                serves(net, guest)
            expect("[ashlar]" not in guest.text, "it ended", guest.text)


@test("memory.calls")
def calls():
    """Each allocation of many calls fails in turn, then frames lack: errors, no leak, no end."""
    result = boot(image("tests/apps/nomem"), NET="user", PARAMS="net.ip=10.0.2.15/24", MEM="8",
                  timeout=120)
    expect(result.status == 0 and "nomem: 0 failed" in result.text, f"status {result.status}",
           result.text)


def least_kib(app):
    with open(os.path.join(ROOT, "tests", "budgets"), encoding="utf-8") as f:
        return int(re.search(rf"^kvm-x86_64 {app} least_mem_kib (\d+)", f.read(), re.M)[1])


def loud(result, what):
    """It ended in time with a status, and its last words say why."""
    said = [line for line in result.lines if line.strip() and not line.startswith("accel:")]
    expect(result.status not in (0, 124), f"{what}: status {result.status}", result.text)
    expect(any(re.search(r"too small|cannot start|no memory|panic: |cannot", line)
               for line in said), f"{what}: nothing says why", result.text)


@test("memory.boot.hello", alone=True)
def boot_hello():
    """hello in memory around the least that it needs: its greeting, or why not."""
    guest, least = image("apps/hello"), least_kib("hello")
    near = (least - 64, least, least + 64, least + 192, least + 448)
    for machine, more, sizes in (("microvm", 0, (1024, *near, 8192)), ("microvm-noacpi", 0, near),
                                 ("pc", 512, near), ("q35", 512, near[3:])):
        for kib in sizes:
            what = f"{machine} with {kib} KiB"
            result = boot(guest, MACHINE=machine, MEM=f"{kib}K", timeout=LIMIT_S)
            if result.status == 0 and "Hello, world!" in result.text:
                continue
            expect(kib < least + more, f"{what}: {result.status}", result.text)
            loud(result, what)


@test("memory.boot.httpd", alone=True)
def boot_httpd():
    """The same of a server: it is ready, or says why not."""
    guest, least = image("apps/httpd"), least_kib("httpd")
    for kib in (1024, 1536, least - 256, least - 128, least - 64, least - 32):
        result = boot(guest, NET="user", MEM=f"{kib}K", timeout=LIMIT_S)
        if "ready:" not in result.text:
            loud(result, f"{kib} KiB")
    for kib in (least + 64, 2304, 4096, 8192):
        with Server(guest, NET="user", MEM=f"{kib}K", timeout=LIMIT_S) as server:
            expect("ready:" in server.ready_line, f"{kib} KiB", server.text)
    for kib in (1728, 2048):
        result = boot(guest, NET="user", MACHINE="pc", MEM=f"{kib}K", timeout=LIMIT_S)
        if "ready:" not in result.text:
            loud(result, f"pc with {kib} KiB")
