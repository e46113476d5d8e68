# SPDX-License-Identifier: BSD-3-Clause
"""One run: QEMU, its console, the keyboard, the clock, and how it ended."""
import errno
import os
import re
import select
import subprocess
import sys
import time

import errors
import network
import process
import terminal
from errors import RunError

GRACE = 3.0             # seconds for QEMU to end after the guest's last word
QUIET = 0.2             # seconds after which half a line of ours is shown
STDIN_WAIT = 3.0        # the guest gets no input before its first output, or this many seconds
CTRL_C = b"\x03"
KVM_BROKE = b"KVM internal error"       # QEMU then stands still for ever
PORT_TAKEN = b"Could not set up host forwarding rule"


class PortTaken(Exception):
    """Somebody took the port between our look and QEMU's."""


class Session:
    """Runs a QEMU command; `console` is the filter of what the guest says (panics.Console)."""

    def __init__(self, command, console, limit=None, target=None, keyboard=True, quiet=False):
        self.command, self.console, self.quiet = command, console, quiet
        self.limit, self.target, self.keyboard = limit, target, keyboard
        self.until = None           # when this gives true, the run has done its work: status 0
        self.errors, self.unshown = b"", b""
        self.pending = b""          # input on its way to the guest
        self.ready = False

    def show(self, data):
        while data and not self.quiet:
            data = data[os.write(1, data):]

    def say(self, text):
        """A line of the runner's own, never in the middle of one of the guest's."""
        self.show((b"" if self.console.at_start else b"\n") + text)
        self.console.at_start = True

    def _complain(self, text):
        self.say(b"")
        if not self.quiet:
            sys.stderr.write(f"run: {text}\n")

    def run(self):
        """The exit status."""
        self.child = process.start(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, bufsize=0)
        os.set_blocking(self.child.stdin.fileno(), False)
        watcher, ready_pipe = None, os.pipe()
        term = None
        try:
            term = terminal.Terminal() if self.keyboard else None
            if self.target:
                watcher = network.Watcher(self.target, ready_pipe[1])
                watcher.start()
            status = self._loop(ready_pipe[0], term)
            return self._verdict() if status is None else status
        finally:
            process.no_more_signals()
            if watcher:
                watcher.stop.set()
            if term:
                term.restore()
            process.end(self.child)
            self._close()
            os.close(ready_pipe[0])

    def _close(self):
        for f in (self.child.stdin, self.child.stdout, self.child.stderr):
            try:
                f.close()
            except OSError:
                pass

    def _loop(self, ready, term):
        """Until QEMU's console closes; returns a status, or None if the guest decides it."""
        begin = time.monotonic()
        self.deadline = begin + self.limit if self.limit else None
        self.grace = None
        self.stdin_from = begin + STDIN_WAIT if self.keyboard and self._stdin_usable(term) else None
        out, err = self.child.stdout.fileno(), self.child.stderr.fileno()
        sources = {out, err, ready}
        while out in sources or err in sources:
            now = time.monotonic()
            if self.deadline and now >= self.deadline:
                self._complain(f"time limit of {self.limit:g} s reached")
                return errors.TIME_LIMIT
            if self.grace and now >= self.grace:
                return None
            takes_input = self._takes_input(now)
            read = sources | ({0} if takes_input and not self.pending else set())
            write = [self.child.stdin.fileno()] if self.pending else []
            got, can, _ = select.select(read, write, [], self._patience(now))
            if not got and not can:
                self.show(self.console.idle())
            if out in got:
                self._console(out, sources)
            if err in got:
                self._stderr(err, sources)
            if ready in got:
                self.say(os.read(ready, 256))
                sources.discard(ready)
                self.ready = True
            if can:
                self._feed()
            if 0 in got and self._typed(term):
                return errors.CTRL_C
            if self.until and self.until():
                return 0
        return None

    def _stdin_usable(self, term):
        try:
            return not os.isatty(0) or bool(term and term.raw)
        except OSError:
            return False

    def _takes_input(self, now):
        return self.stdin_from is not None and (self.console.bytes or now >= self.stdin_from)

    def _patience(self, now):
        waits = [t - now for t in (self.deadline, self.grace) if t]
        if self.stdin_from is not None and not self.console.bytes:
            waits.append(self.stdin_from - now if self.stdin_from > now else 3600)
        if self.console.held:
            waits.append(QUIET)
        return max(0, min(waits)) if waits else None

    def _console(self, fd, sources):
        data = os.read(fd, 65536)
        if not data:
            sources.discard(fd)
            return
        self.show(self.console.take(data))
        self.grace = time.monotonic() + GRACE if self.console.ended else None

    def _stderr(self, fd, sources):
        """By whole lines: QEMU writes one in several pieces, and some are not for the person."""
        data = os.read(fd, 65536)
        if not data:
            sources.discard(fd)
        self.errors = (self.errors + data)[-65536:]
        if PORT_TAKEN in self.errors and self.target:
            raise PortTaken()
        if KVM_BROKE in self.errors and not self.grace:
            self.grace = time.monotonic() + 0.5
        text = self.unshown + data
        end = text.rfind(b"\n") + 1 if data else len(text)
        self.unshown = text[end:]
        if not self.quiet and end:
            os.write(2, text[:end])

    def _typed(self, term):
        """Reads input for the guest; true if it was Ctrl-C at a terminal."""
        try:
            data = os.read(0, 4096)
        except OSError:
            data = b""
        if not data:
            self.stdin_from = None      # the end of the input is not the end of the run
            return False
        if term and term.raw and CTRL_C in data:
            return True
        self.pending = data
        return False

    def _feed(self):
        try:
            self.pending = self.pending[os.write(self.child.stdin.fileno(), self.pending):]
        except BlockingIOError:
            pass
        except OSError:
            self.pending, self.stdin_from = b"", None

    def _stopped_at(self):
        m = re.search(rb"RIP=([0-9a-f]+)", self.errors)
        address = int(m.group(1), 16) if m else 0
        return self.console.symbols().name(address) or f"{address:#x}"

    def _explain(self):
        """The guest says numbers, to stay small: here is what they mean."""
        if self.console.exit and self.console.failed:
            library, number = self.console.failed
            self._complain(f"{library}: {os.strerror(number)}" + (
                ": give the guest more with MEM=" if number == errno.ENOMEM else ""))

    def _verdict(self):
        """The guest's word; without one, what QEMU's end says."""
        self.show(self.console.finish())
        if self.console.exit is not None:
            self._explain()
            return self.console.exit
        if self.console.panicked:
            return errors.PANIC
        if KVM_BROKE in self.errors:
            raise RunError(f"this KVM cannot run the guest (stopped at {self._stopped_at()}): "
                           "take ACCEL=tcg")
        try:
            status = self.child.wait(GRACE)
        except subprocess.TimeoutExpired:
            raise RunError("the guest's console closed, but QEMU goes on: ended it") from None
        if status < 0:
            hint = ": try CPU=qemu64 or ACCEL=tcg" if "kvm" in self.command else ""
            raise RunError(f"QEMU was ended by signal {-status}{hint}")
        if status == 1 and (self.errors or not self.console.bytes):
            raise RunError(f"{self.command[0]} failed; DRYRUN=1 shows its command line")
        self._complain("the guest ended without an `[ashlar] exit` line: it reset the machine "
                       f"(a triple fault?), or its console is off (status {status})")
        return errors.PANIC
