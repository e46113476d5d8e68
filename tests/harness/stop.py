# SPDX-License-Identifier: BSD-3-Clause
"""Ctrl-C and SIGTERM while tests run: once, and every test still puts its things away."""
import os
import signal

from processes import children


class Stopped(BaseException):
    """A signal asked us to end."""

    def __init__(self, number):
        super().__init__(f"signal {number}")
        self.number = number


_stopping = False


def _on_signal(number, _frame):
    """What runs now ends, so its test fails soon, and takes away its network and guests."""
    global _stopping
    for pid in children(os.getpid(), deep=False):
        try:
            os.kill(pid, signal.SIGTERM)
        except OSError:
            pass
    if not _stopping:
        _stopping = True        # the first one counts: putting things away is not interrupted
        raise Stopped(number)


def watch():
    """Call it in the main thread. A shell's background job ignores SIGINT, and so would all that
    tests interrupt: here it counts again."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _on_signal)
