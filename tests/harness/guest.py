# SPDX-License-Identifier: BSD-3-Clause
"""Boots guests through support/run/run and watches them."""
import os
import signal
import subprocess
import threading
import time

from build import ROOT
from registry import Failure

RUN = os.path.join(ROOT, "support", "run", "run")
MACHINES = ("microvm", "microvm-noacpi", "pc", "q35")


def command(image, options):
    return [RUN, image.path if hasattr(image, "path") else image,
            *(f"{key}={value}" for key, value in options.items())]


class Result:
    """How a guest ended."""

    def __init__(self, status, text):
        self.status = status
        self.text = text

    @property
    def lines(self):
        return self.text.splitlines()


def boot(image, prefix=(), timeout=60, **options):
    """Boot, wait for the end, return status and console. ACCEL=tcg unless it is given."""
    options = {"ACCEL": "tcg", "TIMEOUT": timeout, "NET": "none", **options}
    done = subprocess.run([*prefix, *command(image, options)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout + 30,
                          check=False)
    return Result(done.returncode, done.stdout.decode(errors="replace"))


class Server:
    """A guest that serves until it is stopped; use as a context manager."""

    def __init__(self, image, prefix=(), ready="ready:", timeout=60, stdin=subprocess.DEVNULL,
                 **options):
        options = {"ACCEL": "tcg", **options}
        self.text = ""
        self.stamps = {}    # {start of a line "word n ": (host seconds when it came, line)}
        self._changed = threading.Condition()
        self.process = subprocess.Popen([*prefix, *command(image, options)],
                                        stdin=stdin, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, start_new_session=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.ready_line = self.wait_for(ready, timeout)
        except Failure:
            self.stop()
            raise

    def _read(self):
        for raw in iter(self.process.stdout.readline, b""):
            now = time.monotonic()
            line = raw.decode(errors="replace")
            with self._changed:
                self.text += line
                words = line.split(" ")
                if len(words) > 2:
                    self.stamps[f"{words[0]} {words[1]} "] = (now, line)
                self._changed.notify_all()

    def wait_for(self, what, timeout=60):
        """The first line that contains `what`; if the guest has ended, of all that it said."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                for line in self.text.splitlines():
                    if what in line:
                        return line
                ended = not self._reader.is_alive()
                left = deadline - time.monotonic()
                if ended or left <= 0:
                    raise Failure(f"no line with '{what}' "
                                  + ("before it ended" if ended else f"in {timeout} s"), self.text)
                self._changed.wait(min(left, 0.2))

    @property
    def url(self):
        """What `ready:` names, without the slash at the end."""
        return self.ready_line.split()[-1].rstrip("/")

    def wait(self, timeout=20):
        """The runner's status, once the guest has ended and `text` is all that it said."""
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Failure(f"it did not end in {timeout} s", self.text) from None
        self._reader.join(timeout)
        return status

    def stop(self, timeout=20):
        """SIGTERM to the runner; returns its status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.wait(timeout)
        except Failure:
            self.process.kill()
            raise Failure("the runner did not end on SIGTERM", self.text) from None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
