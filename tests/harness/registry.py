# SPDX-License-Identifier: BSD-3-Clause
"""Registration of tests. A test is a function of a Context; it passes unless it raises."""
import os
import shutil

TESTS = {}


class Failure(Exception):
    """What was expected and what came; `console` is shown with it."""

    def __init__(self, message, console=""):
        super().__init__(message)
        self.console = console


class Skip(Exception):
    """Cannot run here: the reason and what would enable it."""


class Test:
    """One named test."""

    def __init__(self, name, function, needs, alone):
        self.name = name
        self.function = function
        self.needs = needs
        self.alone = alone

    def missing(self):
        """None if all that it needs is here, else the reason to skip."""
        for need in self.needs:
            if need == "tap":
                if os.geteuid() != 0 or not os.path.exists("/dev/net/tun"):
                    return "needs root and /dev/net/tun for a tap device of its own"
            elif need == "kvm":
                if not os.access("/dev/kvm", os.R_OK | os.W_OK):
                    return "needs /dev/kvm"
            elif not shutil.which(need):
                return f"needs {need}: make doctor says how to get it"
        return None


def test(name, needs=(), alone=False):
    """Make a function the test `name`. alone: nothing else runs beside it (it measures time)."""
    def register(function):
        assert name not in TESTS, name
        TESTS[name] = Test(name, function, needs, alone)
        return function
    return register


def expect(ok, message, console=""):
    """Fail with a message unless ok."""
    if not ok:
        raise Failure(message, console)
