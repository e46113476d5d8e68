# SPDX-License-Identifier: BSD-3-Clause
"""httpd (or hello) on machines whose host misbehaves. Helpers of the host_*.py."""
import contextlib
import re
import time

from battery import Outcome
from build import image
from guest import Server, boot
from guestmem import Monitor
from net import Net
from registry import expect
from target import Target

LIMIT = 10.0    # seconds until there is a page, or a line and a status


@contextlib.contextmanager
def served(machine="microvm", extra="", ready="ready:", built=None, **options):
    """httpd on a network of its own, with a monitor; yields a Target with `monitor`."""
    built = built or image("apps/httpd")
    with Net() as net, Monitor() as monitor:
        words = " ".join((monitor.options["QEMU_EXTRA"], extra))
        params = f"{net.params} {options.pop('PARAMS', '')}"
        with Server(built, prefix=net.prefix, ready=ready, MACHINE=machine,
                    **{"MEM": "64", "NET": f"tap:{net.tap}", **options},
                    QEMU_EXTRA=words, PARAMS=params) as server:
            it = Target(net, server, None, None)
            it.monitor = monitor
            expect(it.fetch(timeout=LIMIT), "does not serve before the abuse", server.text)
            yield it


def serves(note="", **options):
    """It comes up as the host makes it, and serves."""
    start = time.monotonic()
    with served(**options) as it:
        seconds = time.monotonic() - start
        it.recovers()
    return Outcome(seconds, None, note)


def ends(line, status=None, app="apps/httpd", limit=LIMIT, **options):
    """It ends with a line that matches and a status that is not 0 (or this one), in time."""
    start = time.monotonic()
    result = boot(image(app), timeout=60, **options)
    seconds = time.monotonic() - start
    expect(re.search(line, result.text), f"no line like '{line}'", result.text)
    if status is None:
        expect(result.status not in (0, 124, 125), f"status {result.status}", result.text)
    else:
        expect(result.status == status, f"status {result.status}", result.text)
    expect(seconds < limit, f"only after {seconds:.1f} s", result.text)
    said = next(text for text in result.lines if re.search(line, text))
    return Outcome(seconds, None, f"status {result.status}: {said.strip()}")


def ended(it, status, limit=LIMIT):
    """The guest ends by itself, now; returns seconds."""
    start = time.monotonic()
    got = it.server.wait(limit)
    expect(got == status, f"status {got}", it.server.text)
    return time.monotonic() - start


def hmp(it, line):
    return it.monitor.command("human-monitor-command", **{"command-line": line})


def lines(it, text):
    return it.server.text.count(text)
