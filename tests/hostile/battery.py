# SPDX-License-Identifier: BSD-3-Clause
"""Registration of attacks and abuses. Each is a function of a random.Random of its own; it passes
unless it raises, and returns an Outcome or a text that its line shows.

    @abuse("nmi-storm", needs=("tap",), quick=True)
    def nmi_storm(rng):
        ...
        return Outcome(recovered=0.3, note="still served")

Attacks come over the network (net_*.py), abuses from host and devices (host_*.py). Those marked
quick are also in `make test`.
"""
import os
import random
from dataclasses import dataclass

from registry import TESTS, Test

SEED = os.environ.get("SEED") or "1"
CASES = {}      # name: Case, in the order in which they were written
RECOVERY = 2.0  # seconds until it serves again, at most
MEMORY = 0.01   # of what was in use: how much more may be afterwards


class Case(Test):
    """An attack or an abuse."""

    def __init__(self, name, function, needs, quick, kind):
        super().__init__(name, function, needs, True)
        self.quick = quick
        self.kind = kind


@dataclass
class Outcome:
    """What a line shows beside PASS. recovered: seconds; memory: bytes in use (before, after)."""

    recovered: float = None
    memory: tuple = None
    note: str = ""

    def __str__(self):
        words = []
        if self.recovered is not None:
            words.append(f"recovered {self.recovered:.1f} s")
        if self.memory:
            words.append(f"memory {self.memory[0]} -> {self.memory[1]} bytes")
        return ", ".join([*words, *([self.note] if self.note else [])])


def rng_of(name):
    """The same numbers for the same SEED= and name, whatever else runs."""
    return random.Random(f"{SEED}:{name}")


def _register(kind, name, needs, quick):
    def register(function):
        assert name not in CASES, name
        CASES[name] = Case(name, lambda: function(rng_of(name)), needs, quick, kind)
        return function
    return register


def attack(name, needs=("tap",), quick=False):
    return _register("attack", name, needs, quick)


def abuse(name, needs=(), quick=False):
    return _register("abuse", name, needs, quick)


def quick_tests(kind, prefix):
    """For tests/scenarios: the quick ones of a kind become tests of `make test`, run alone."""
    for case in CASES.values():
        if case.quick and case.kind == kind:
            name = f"{prefix}.{case.name}"
            assert name not in TESTS, name
            TESTS[name] = Test(name, case.function, case.needs, True)
