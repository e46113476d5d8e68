# SPDX-License-Identifier: BSD-3-Clause
"""Guests on a network of their own, with real clients."""
import contextlib
import filecmp
import os
import re
import subprocess
import tempfile
import time

from build import ROOT, image
from guest import MACHINES, Server, boot
from net import Net
from registry import expect, test

WWW = os.path.join(ROOT, "apps", "httpd", "www")


@contextlib.contextmanager
def httpd(machine="microvm", **options):
    """httpd on a tap, with static addresses; yields (net, server)."""
    with Net() as net:
        with Server(image("apps/httpd"), prefix=net.prefix, ready="httpd: serving",
                    MACHINE=machine, NET=f"tap:{net.tap}", PARAMS=net.params, **options) as guest:
            yield net, guest


def ping(machine):
    with httpd(machine) as (net, guest):
        for address in (net.guest, net.guest6):
            done = net.run("ping", "-c", "20", "-i", "0.05", "-W", "5", address)
            expect(", 0% packet loss" in done.stdout, f"{address}: {done.stdout}", guest.text)


def page(machine):
    """Every file of the folder, byte for byte, over IPv4 and IPv6."""
    with httpd(machine) as (net, guest), tempfile.TemporaryDirectory() as temp:
        for address in (net.guest, f"[{net.guest6}]"):
            for name in sorted(os.listdir(WWW)):
                path = os.path.join(temp, name)
                done = net.run("curl", "-sS", "-m", "20", "-o", path, f"http://{address}/{name}")
                expect(done.returncode == 0, f"{address} {name}: {done.stderr}", guest.text)
                expect(filecmp.cmp(path, os.path.join(WWW, name), False), f"{name} differs")


for _machine in MACHINES:
    test(f"net.ping.{_machine}", needs=("tap", "ping"))(lambda m=_machine: ping(m))
    test(f"net.page.{_machine}", needs=("tap", "curl"))(lambda m=_machine: page(m))


@test("net.fragments", needs=("tap", "ping"))
def fragments():
    """Packets in many pieces, both ways; their bytes are compared by ping."""
    with httpd() as (net, guest):
        for address in (net.guest, net.guest6):
            for size in ("1600", "4001", "20000"):
                done = net.run("ping", "-c", "5", "-i", "0.1", "-W", "5", "-s", size, address)
                expect(", 0% packet loss" in done.stdout and "wrong data" not in done.stdout,
                       f"{address} {size}: {done.stdout}", guest.text)


@test("net.user", needs=("curl",))
def user():
    """What `make run` does: user-mode network, DHCP, the ready line, index.html."""
    with Server(image("apps/httpd"), NET="user") as guest:
        expect(re.fullmatch(r"ready: http://127\.0\.0\.1:\d+/", guest.ready_line),
               guest.ready_line, guest.text)
        done = subprocess.run(["curl", "-sS", "-m", "20", guest.url + "/"], capture_output=True,
                              check=False)
        with open(os.path.join(WWW, "index.html"), "rb") as f:
            expect(done.stdout == f.read(), "index.html differs", guest.text)


@test("net.http", needs=("tap", "curl"))
def http():
    """HEAD, ranges, types, errors, keep-alive."""
    with httpd() as (net, guest):
        base = f"http://{net.guest}"

        def code(*words):
            return net.run("curl", "-s", "-m", "20", "-o", "/dev/null", "-w",
                           "%{http_code} %{content_type}", *words).stdout

        expect(code("-I", base + "/") == "200 text/html; charset=utf-8", "HEAD", guest.text)
        expect(code(base + "/ashlar.svg") == "200 image/svg+xml", "type of .svg", guest.text)
        expect(code("-r", "0-3", base + "/").startswith("206"), "range", guest.text)
        expect(code("-r", "999999-", base + "/").startswith("416"), "bad range", guest.text)
        expect(code(base + "/none").startswith("404"), "404", guest.text)
        expect(code("-X", "POST", base + "/").startswith("405"), "405", guest.text)
        expect(code("-d", "x", "-H", "Transfer-Encoding: chunked", base + "/").startswith("501"),
               "501", guest.text)
        expect(code(base + "/%zz").startswith("400"), "400", guest.text)
        expect(code("--path-as-is", base + "/../../etc/passwd").startswith("404"), "escape")
        done = net.run("curl", "-sv", base + "/", base + "/style.css", base + "/index.html")
        expect(done.stderr.count("Re-using existing connection") == 2, "keep-alive", done.stderr)


HOSTILE = r"""
import os, random, socket, sys
random.seed(7)
address = sys.argv[1]
for i in range(300):
    s = socket.create_connection((address, 80), 10)
    try:
        kind = i % 5
        if kind == 0: s.sendall(os.urandom(random.randrange(1, 3000)))
        elif kind == 1: s.sendall(b"GET / HTTP/1.1\r\n" + b"A: " + b"x" * 9000)
        elif kind == 2: s.sendall(b"GET /" + b"%2e%2e/" * 200 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        elif kind == 3: s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n")
        else: s.sendall(b"G")
        if i % 3: s.settimeout(0.05); s.recv(4096)
    except OSError: pass
    finally: s.close()
print("done")
"""


@test("net.hostile", needs=("tap", "curl"))
def hostile():
    """Malformed requests and slow clients; afterwards it serves the right bytes."""
    with httpd() as (net, guest):
        slow = [subprocess.Popen([*net.prefix, "python3", "-c",
                                  "import socket,time,sys\n"
                                  f"s=socket.create_connection(('{net.guest}',80))\n"
                                  "for b in b'GET / HTTP/1.1':\n"
                                  " s.send(bytes([b])); time.sleep(0.3)\n"])
                for _ in range(5)]
        done = net.run("python3", "-c", HOSTILE, net.guest, timeout=120)
        expect("done" in done.stdout, done.stderr, guest.text)
        page_now = net.run("curl", "-sS", "-m", "20", f"http://{net.guest}/style.css").stdout
        for process in slow:
            process.kill()
            process.wait()
        with open(os.path.join(WWW, "style.css"), encoding="utf-8") as f:
            expect(page_now == f.read(), "does not serve any more", guest.text)


HOLD = r"""
import resource, socket, sys, time
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
held = []
for i in range(int(sys.argv[2])):
    held.append(socket.create_connection((sys.argv[1], 80), 20))
    if i % 100 == 0:
        held[-1].sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        page = b""
        while not page.endswith(b"</html>\n"):
            page += held[-1].recv(4096)
        assert page.startswith(b"HTTP/1.1 200")
print("held", flush=True)
sys.stdin.read()
alive = 0
for s in held:
    s.settimeout(20)
    s.sendall(b"GET /style.css HTTP/1.1\r\nHost: x\r\n\r\n")
for s in held:
    data = s.recv(4096)
    alive += b"200 OK" in data
print("alive", alive, flush=True)
"""


@test("net.thousand", needs=("tap", "wrk"), alone=True)
def thousand():
    """1,000 open connections while wrk prints no socket errors; then each still works."""
    with httpd() as (net, guest):
        with subprocess.Popen([*net.prefix, "python3", "-c", HOLD, net.guest, "1000"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as hold:
            expect(hold.stdout.readline().strip() == "held", "could not open 1,000", guest.text)
            wrk = net.run("wrk", "-t1", "-c100", "-d10", f"http://{net.guest}:80/")
            hold.stdin.close()
            alive = hold.stdout.readline().strip()
        expect("requests in" in wrk.stdout and "Socket errors" not in wrk.stdout
               and "Non-2xx" not in wrk.stdout, wrk.stdout + wrk.stderr, guest.text)
        expect(alive == "alive 1000", alive, guest.text)


SNIFF = r"""
import socket, struct, sys
address, count = sys.argv[1], int(sys.argv[2])
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800)) as raw:
    raw.settimeout(20)
    for _ in range(count):
        with socket.create_connection((address, 80), 20):
            while True:
                ip = raw.recv(2048)[14:]
                tcp = ip[(ip[0] & 15) * 4:]
                if ip[9] == 6 and socket.inet_ntoa(ip[12:16]) == address and tcp[13] == 0x12:
                    print(struct.unpack_from("!H", ip, 4)[0], struct.unpack_from("!I", tcp, 4)[0])
                    break
"""


@test("net.unpredictable", needs=("tap",))
def unpredictable():
    """Sequence numbers and identifiers of 40 connections show no step (RFC 6528, RFC 7739)."""
    with httpd() as (net, guest):
        done = net.run("python3", "-c", SNIFF, net.guest, "40")
        pairs = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
        expect(len(pairs) == 40, done.stderr, guest.text)
        for what, values, width in (("identifiers", [p[0] for p in pairs], 1 << 16),
                                    ("sequence numbers", [p[1] for p in pairs], 1 << 32)):
            steps = [(b - a) % width for a, b in zip(values, values[1:])]
            near = sum(1 for step in steps if step < width // 16)
            expect(near < 12 and len(set(steps)) > 30, f"{what} are near each other: {values}")


@test("net.sockets", needs=("tap",))
def sockets():
    """A guest that talks to itself: half-closed, unread and reset connections, 12,000 short ones in
    little memory, names of sockets."""
    with Net() as net:
        own = (f"::ffff:{net.guest}", net.guest6, "::1")
        result = boot(image("tests/apps/sockets"), prefix=net.prefix, timeout=120,
                      NET=f"tap:{net.tap}", PARAMS=net.params, ARGS=" ".join(own))
    for address in own:
        expect(f"{address}: 0 failed" in result.text, f"over {address}", result.text)


# Sends packets of its own making: SYNs from everywhere; that a path is narrow.
RAW = r"""
import random, socket, struct, sys
def total(data):
    data += b"\0" * (len(data) % 2)
    n = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while n >> 16: n = (n & 0xffff) + (n >> 16)
    return ~n & 0xffff
def syn(port, ends):
    head = struct.pack("!HHIIBBH", port, 80, random.getrandbits(32), 0, 0x50, 2, 9999)
    sums = total(ends + struct.pack("!HH", 6, 20) + head)
    return head + struct.pack("!HH", sums, 0)
def syns(guest, count):
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    to = socket.inet_aton(guest)
    for i in range(count):
        ends = bytes((10, 9, i >> 8 & 255, i & 255)) + to
        head = struct.pack("!BBHHHBBH", 0x45, 0, 40, i & 0xffff, 0, 64, 6, 0)
        s.sendto(head + ends + syn(2000 + i, ends), (guest, 0))
def too_big(guest, host, mtu):
    s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    ends = socket.inet_pton(socket.AF_INET6, guest) + socket.inet_pton(socket.AF_INET6, host)
    about = struct.pack("!IHBB", 6 << 28, 1400, 6, 64) + ends + b"\0" * 20
    s.sendto(struct.pack("!BBHI", 2, 0, 0, mtu) + about, (guest, 0))
"""


@test("net.syn-flood", needs=("tap", "curl"), alone=True)
def syn_flood():
    """Half-open connections do not shut out those who answer."""
    with httpd() as (net, guest):
        done = net.run("python3", "-c", RAW + "syns(sys.argv[1], 5000)", net.guest)
        expect(done.returncode == 0, done.stderr)
        for _ in range(3):
            done = net.run("curl", "-sS", "-m", "3", "-o", "/dev/null", f"http://{net.guest}/")
            expect(done.returncode == 0, done.stderr, guest.text)


NARROW = RAW + r"""
guest, host = sys.argv[1:]
def get(s):
    s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
    text = b""
    while text.count(b"</html>\n") < 20: text += s.recv(65536)
    return len(text)
old = socket.create_connection((guest, 80), 10)
first = get(old)
too_big(guest, host, 50)
assert get(old) == first
too_big(guest, host, 1280)
assert get(old) == first
assert get(socket.create_connection((guest, 80), 10)) == first
print("done")
"""


@test("net.path-mtu", needs=("tap",))
def path_mtu():
    """Packet Too Big: an impossible size is no endless loop, a possible one loses no bytes."""
    with httpd() as (net, guest):
        done = net.run("python3", "-c", NARROW, net.guest6, net.host6)
        expect("done" in done.stdout, done.stderr, guest.text)


TINY = r"""
import socket, sys
s = socket.socket()
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 88)
s.settimeout(20)
s.connect((sys.argv[1], 80))
s.sendall(b"GET /big HTTP/1.0\r\n\r\n")
text = b""
while part := s.recv(65536): text += part
sys.stdout.buffer.write(text[text.index(b"\r\n\r\n") + 4:])
"""


@test("net.small-segments", needs=("tap",))
def small_segments():
    """A peer that takes only tiny segments gets all of a large file."""
    text = "".join(f"line {i}\n" for i in range(20000))
    with tempfile.TemporaryDirectory() as temp:
        with open(os.path.join(temp, "big"), "w", encoding="utf-8") as f:
            f.write(text)
        with httpd(WWW=temp) as (net, guest):
            done = net.run("python3", "-c", TINY, net.guest)
            expect(done.stdout == text, f"{len(done.stdout)} bytes: {done.stderr}", guest.text)


FULL = r"""
import socket, sys, time
def connect(): return socket.create_connection((sys.argv[1], 80), 8)
busy = [connect() for _ in range(4)]
for s in busy: s.sendall(b"G")
time.sleep(0.5)
late = connect()
late.sendall(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
late.settimeout(1)
try:
    late.recv(1)
    print("served too early")
except TimeoutError: pass
busy.pop().close()
late.settimeout(8)
text = late.recv(4096)
assert text.startswith(b"HTTP/1.1 200") and b"\r\nConnection: keep-alive\r\n" in text, text
print("done")
"""


@test("net.full", needs=("tap",))
def full():
    """With all connections busy a new one waits, and is served when one has ended."""
    with httpd(ARGS="-c 4") as (net, guest):
        guest.wait_for("ready:")    # the runner's own knock takes a place until then
        done = net.run("python3", "-c", FULL, net.guest)
        expect(done.stdout == "done\n", done.stdout + done.stderr, guest.text)


@test("net.memory", needs=("tap", "curl"))
def memory():
    with httpd(MEM="8") as (net, guest):
        done = net.run("curl", "-sS", "-m", "20", "-o", "/dev/null", "-w", "%{http_code}",
                       f"http://{net.guest}/")
        expect(done.stdout == "200", done.stdout + done.stderr, guest.text)


@test("net.too-little-memory")
def too_little_memory():
    """One line that says so, and a status."""
    result = boot(image("apps/httpd"), MEM="1500K", NET="user", timeout=30)
    expect(result.status not in (0, 124, 134) and "MEM=" in result.text,
           f"status {result.status}", result.text)


@test("net.udp-dns", needs=("tap",))
def dns():
    """A name server of ours answers; the guest's resolver asks it with unpredictable ids."""
    with Net() as net:
        server = subprocess.Popen([*net.prefix, "python3",
                                   os.path.join(ROOT, "tests", "harness", "dnsserver.py"),
                                   net.host], stdout=subprocess.PIPE, text=True)
        try:
            server.stdout.readline()
            result = boot(image("tests/apps/resolve"), prefix=net.prefix,
                          NET=f"tap:{net.tap}", PARAMS=f"{net.params} net.dns={net.host}",
                          ARGS="one.test two.test missing.test")
        finally:
            server.kill()
            server.wait()
        expect("one.test 10.77.0.11" in result.text and "two.test 10.77.0.22" in result.text
               and "missing.test does not exist" in result.text, "wrong answers", result.text)


@test("net.bad-initrd")
def bad_initrd():
    """A truncated or foreign initrd: one clear line, a status, no hang."""
    guest = image("apps/httpd")
    with open(os.path.join(guest.folder, "httpd.initrd"), "rb") as f:
        good = f.read()
    for name, data in (("truncated", good[:len(good) // 2 - 3]), ("foreign", b"\x7fELF" * 300)):
        with tempfile.NamedTemporaryFile(suffix=name) as f:
            f.write(data)
            f.flush()
            result = boot(guest, INITRD=f.name, NET="user", timeout=30)
        expect(result.status not in (0, 124), f"{name}: status {result.status}", result.text)
        expect("initrd" in result.text, f"{name}: nothing names the initrd", result.text)


@test("net.no-device")
def no_device():
    result = boot(image("apps/httpd"), NET="none", timeout=30)
    expect(result.status not in (0, 124) and "net" in result.text, f"status {result.status}",
           result.text)


def clock(machine):
    """Over 5 s the guest's clock agrees with the host's within 0.1 %."""
    with Server(image("tests/apps/ticker"), ready="tick 0 ", MACHINE=machine, NET="none") as guest:
        guest.wait_for("tick 60 ", 60)
    # A line can only arrive late: the earliest of a window is the one to believe.
    pairs = [(host, int(line.split()[2]) / 1e9) for host, line in guest.stamps.values()
             if line.startswith("tick ")]
    first = min(pairs[:10], key=lambda p: p[0] - p[1])
    last = min(pairs[50:], key=lambda p: p[0] - p[1])
    host, ours = last[0] - first[0], last[1] - first[1]
    expect(host > 4, f"only {host} s passed", guest.text)
    expect(abs(ours - host) / host < 0.001, f"guest {ours:.6f} s, host {host:.6f} s", guest.text)


for _machine in MACHINES:
    test(f"clock.{_machine}", alone=True)(lambda m=_machine: clock(m))


def wall(machine):
    """The wall clock is the host's, to a second or two, however long the boot takes."""
    guest = image("tests/apps/ticker")
    before = time.time()
    result = boot(guest, MACHINE=machine, ARGS="wall")
    match = re.search(r"^wall (\d+)$", result.text, re.M)
    expect(match and before - 2 < int(match.group(1)) < time.time() + 2, "wrong time", result.text)


for _machine in MACHINES:
    test(f"clock.wall.{_machine}")(lambda m=_machine: wall(m))
