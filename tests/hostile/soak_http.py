#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""make soak-http: httpd gets malformed requests and frames, then must serve the right bytes.

    SEED=n soak_http.py REQUESTS FRAMES
"""
import contextlib
import os
import random
import socket
import struct
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "harness")]

from battery import SEED, rng_of  # noqa: E402
from net_packets import bad_frames  # noqa: E402
from registry import Failure, expect  # noqa: E402
from target import WWW, target  # noqa: E402
from wire import connect, inside  # noqa: E402

WORKERS = 6
GOOD = (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"HEAD /style.css HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /index.html HTTP/1.1\r\nHost: x\r\nRange: bytes=0-99\r\n\r\n",
        b"GET /ashlar.svg HTTP/1.0\r\nIf-Modified-Since: Sat, 29 Oct 1994 19:43:31 GMT\r\n\r\n",
        b"POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n",
        b"GET /%69ndex.html HTTP/1.1\r\nHost: x\r\nAccept: */*\r\nX: y\r\n\r\n" * 3)
PIECES = (b"\r\n", b"\n", b"\r", b"\0", b" ", b":", b"/", b"..", b"/../", b"%", b"%00", b"%2e%2e/",
          b"%zz", b"\xff", b"HTTP/", b"HTTP/9.9", b"-1", b"18446744073709551616", b"4294967296",
          b"0x10", b"bytes=", b"bytes=-", b"bytes=5-2", b"bytes=0-0,1-1,2-2", b"Content-Length: ",
          b"Transfer-Encoding: chunked\r\n", b"Host: \r\n", b"Range: ", b"Expect: 100-continue\r\n",
          b"Connection: close\r\n", b"\t", b"ffffffffffffffff\r\n", b"?", b"#", b"*")


def piece(rng):
    kind = rng.randrange(10)
    if kind == 0:
        return bytes((rng.getrandbits(8),)) * rng.choice((10, 100, 1000, 9000, 70000))
    if kind == 1:
        return rng.randbytes(rng.randrange(1, 200))
    if kind == 2:
        return b"X-%d: y\r\n" % rng.getrandbits(30) * rng.choice((3, 30, 300))
    return rng.choice(PIECES)


def malformed(rng):
    data = bytearray(rng.choice(GOOD))
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        at = rng.randrange(len(data) + 1)
        kind = rng.randrange(5)
        if kind == 0 and at < len(data):
            data[at] = rng.getrandbits(8)
        elif kind == 1:
            del data[at:at + rng.choice((1, 1, 2, 10, 1000))]
        elif kind == 2:
            end = rng.randrange(at, len(data) + 1)
            data[at:at] = data[at:end]
        else:
            data[at:at] = piece(rng)
        if not data:
            data = bytearray(b"G")
    return bytes(data[:200000])


def fair_end(s):
    """All that comes until the server ends the connection."""
    text = b""
    while len(text) < 1 << 20:
        part = s.recv(65536)
        if not part:
            break
        text += part
    return text


def one(address, rng):
    """One request; what was answered. The host's stack ends some connections rudely."""
    data = malformed(rng)
    manner = rng.randrange(8)
    with socket.create_connection((address, 80), 10) as s:
        s.settimeout(10)
        if manner == 0:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.sendall(data)
            return b""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if manner == 1:
                half = rng.randrange(len(data) + 1)
                s.sendall(data[:half])
                time.sleep(0.001)
                s.sendall(data[half:])
            else:
                s.sendall(data)
            s.shutdown(socket.SHUT_WR)
            return fair_end(s)
    return b""


class Soak:
    """Workers that send requests, each with numbers of its own."""

    def __init__(self, t, requests):
        self.t, self.left = t, requests
        self.lock = threading.Lock()
        self.codes, self.wrong, self.lost = {}, [], 0

    def next(self):
        with self.lock:
            self.left -= 1
            return self.left >= 0 and not self.wrong

    def note(self, text):
        code = text[9:12].decode("latin-1") if text.startswith(b"HTTP/1.1 ") else \
            "none" if not text else "?"
        with self.lock:
            self.codes[code] = self.codes.get(code, 0) + 1
            if code != "none" and not code.isdigit():
                self.wrong.append(text[:100])

    def work(self, number):
        rng = random.Random(f"{SEED}:soak:{number}")
        with inside(self.t.net):
            while self.next():
                try:
                    self.note(one(self.t.net.guest, rng))
                except OSError:     # a time-out, or a connection that was refused
                    with self.lock:
                        self.lost += 1

    def run(self):
        threads = [threading.Thread(target=self.work, args=(i,)) for i in range(WORKERS)]
        for thread in threads:
            thread.start()
        checks = 0
        try:
            while any(thread.is_alive() for thread in threads):
                time.sleep(5)
                checks += self.t.fetch(timeout=10)
                expect(self.t.server.process.poll() is None, "the guest has ended",
                       self.t.server.text)
        finally:
            self.left = 0       # nothing is left to do when it has failed
            for thread in threads:
                thread.join()
        return checks


def same_bytes(t):
    """Every file of the folder."""
    for name in sorted(os.listdir(WWW)):
        with open(os.path.join(WWW, name), "rb") as f, connect(t.net, t.net.guest) as s:
            s.sendall(f"GET /{name} HTTP/1.0\r\n\r\n".encode())
            text = fair_end(s)
            expect(text.split(b"\r\n\r\n", 1)[-1] == f.read(), f"{name} differs", t.server.text)


def soak(requests, frames):
    with target() as t:
        t.wire.guest    # pylint: disable=pointless-statement
        before = t.peek.used()
        workers = Soak(t, requests)
        checks = workers.run()
        expect(not workers.wrong, f"an answer that is none: {workers.wrong[:1]}", t.server.text)
        expect(workers.lost <= requests // 1000, f"{workers.lost} connections got nowhere",
               t.server.text)
        bad_frames(t, rng_of("soak-frames"), frames, 5000)
        outcome = t.outcome(before, wait=200)
        same_bytes(t)
        codes = " ".join(f"{code}:{n}" for code, n in sorted(workers.codes.items()))
        outcome.note = f"{requests} requests ({codes}, {workers.lost} lost, {checks} good ones " \
            f"between), {frames} frames"
        return outcome


def main():
    print(f"seed {SEED}", flush=True)
    try:
        print(f"soak-http PASS {soak(int(sys.argv[1]), int(sys.argv[2]))}")
    except Failure as failure:
        print(f"soak-http FAIL {failure}\n" + failure.console[-2000:])
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
