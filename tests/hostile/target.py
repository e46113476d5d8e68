# SPDX-License-Identifier: BSD-3-Clause
"""httpd as the target of attacks: on a network of its own, watched from outside."""
import concurrent.futures
import contextlib
import os
import time

from battery import MEMORY, RECOVERY, Outcome
from build import ROOT, image
from guest import Server
from guestmem import Monitor, Peek
from net import Net
from registry import Failure, expect
from wire import Wire, connect

WWW = os.path.join(ROOT, "apps", "httpd", "www")
PAGE = "index.html"
MIB = 32


def page():
    with open(os.path.join(WWW, PAGE), "rb") as f:
        return f.read()


class Target:
    """A running httpd with all that attacks need."""

    def __init__(self, net, server, wire, peek):
        self.net, self.server, self.wire, self.peek = net, server, wire, peek

    def fetch(self, address=None, timeout=3.0):
        """True: the page came as it should, over a connection of its own that we end first."""
        wanted = b"\r\n\r\n" + page()
        end = time.monotonic() + timeout
        text = b""
        try:
            with connect(self.net, address or self.net.guest, timeout=timeout) as s:
                s.sendall(b"GET /" + PAGE.encode() + b" HTTP/1.1\r\nHost: x\r\n\r\n")
                while not text.endswith(wanted) and time.monotonic() < end:
                    part = s.recv(65536)
                    if not part:
                        break
                    text += part
        except OSError:
            return False
        return text.startswith(b"HTTP/1.1 200") and text.endswith(wanted)

    def served(self, seconds, at_once=4, address=None, timeout=3.0):
        """(requests that were answered, all of them) while something else happens."""
        end = time.monotonic() + seconds

        def client(_):
            good = total = 0
            while time.monotonic() < end:
                good += self.fetch(address, timeout)
                total += 1
                time.sleep(0.1)
            return good, total

        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            counts = list(pool.map(client, range(at_once)))
        return sum(c[0] for c in counts), sum(c[1] for c in counts)

    def recovers(self, address=None):
        """Seconds from now until it serves the right bytes; a failure if that takes too long."""
        start = time.monotonic()
        while not self.fetch(address, 1.0):
            if time.monotonic() - start > 20:
                raise Failure("does not serve any more", self.server.text)
        seconds = time.monotonic() - start
        expect(seconds <= RECOVERY, f"served again only after {seconds:.1f} s", self.server.text)
        return seconds

    def settled(self, before, wait=120):
        """Memory in use, once it is back where it was: what nobody ends waits for its time."""
        end = time.monotonic() + wait
        while True:
            used = self.peek.used()
            if same(before, used) or time.monotonic() > end:
                return used
            time.sleep(2)

    def outcome(self, before, note="", address=None, wait=120):
        """After an attack: it serves, and its memory is where it was."""
        recovered = self.recovers(address)
        after = self.settled(before, wait)
        expect(same(before, after), "memory (heap, frames): {} {} -> {} {} bytes".format(
            *before, *after), self.server.text)
        return Outcome(recovered, (before[1], after[1]), note)


def same(before, after):
    """What lives in the heap, and all frames that are taken (the heap's among them), grew by no
    more than 1 % of what was in use."""
    return all(now - then <= MEMORY * before[1] for then, now in zip(before, after))


shared = []     # while it has a target, attacks meet that one


@contextlib.contextmanager
def target(params="", **options):
    """httpd with static addresses, warmed up."""
    if shared:
        expect(not params and not options, "a shared target has no parameters of its own", "")
        yield shared[0]
        return
    built = image("apps/httpd")
    with Net() as net, Monitor() as monitor:
        with Server(built, prefix=net.prefix, ready="ready:", MEM=str(MIB), NET=f"tap:{net.tap}",
                    PARAMS=f"{net.params} {params}", **monitor.options, **options) as server, \
                Wire(net) as wire:
            it = Target(net, server, wire, Peek(built, monitor, MIB))
            for address in (net.guest, net.guest6, net.guest):
                expect(it.fetch(address), f"{address} is not served before the attack",
                       server.text)
            yield it
