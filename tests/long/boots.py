#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""make boots N=200 SEED=1: boots with other numbers of CPUs, memory and machines each time.

    boots.py IMAGE FOLDER N SEED

The image is apps/threads: in each boot a thread is bound to each CPU and counts there, and more
threads than CPUs meet in all ways; all must have been there and all must add up.
"""
import os
import random
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(HERE)

from guests import HUNG, Guest  # noqa: E402
from least import Least  # noqa: E402

import stop  # noqa: E402  (guests.py knows the way)

MACHINES = ("microvm", "microvm-noacpi", "pc", "q35")
CPUS = 8
MANY = 64               # of one boot
THREADS = 64            # of apps/threads at most, without those that these make
PER_THREAD = 140        # KiB: a stack of musl's, and the thread
MOST = 4204790          # KiB: 4.01 GiB, so that memory lies on both sides of the hole
REPORT_EACH = 20
REFUSED = 125           # the runner's own errors: there was no guest


class Boot:
    """One of them."""

    def __init__(self, number, seed, machine, cpus, rng):
        self.number, self.machine, self.cpus = number, machine, cpus
        self.share = rng.random()
        self.kind = rng.choice(("least", "least", "between", "between", "between", "most"))
        self.random = hex(random.Random(f"{seed}:{number}").getrandbits(256))[2:].zfill(64)
        self.kib = 0

    def memory(self, least):
        low = least.of(self.cpus, self.machine) + PER_THREAD * threads_beyond(self.cpus)
        between = int(low * (MOST / low) ** self.share)     # as often small as large
        self.kib = {"least": low, "between": between, "most": MOST}[self.kind]

    def guest(self, image):
        return Guest(image, {
            "MACHINE": self.machine, "SMP": self.cpus, "MEM": f"{self.kib}K",
            "ARGS": words(self.cpus), "PARAMS": f"rng.seed={self.random}"})

    def __str__(self):
        return f"{self.number}: {self.machine} SMP={self.cpus} MEM={self.kib}K"


def words(cpus):
    """Threads and rounds: more threads than CPUs, less to do where there are many."""
    return f"{min(cpus + 2, THREADS)} {99 if cpus <= CPUS else 10}"


def words_for_least(cpus):
    """As many threads at the same time as words() ever has: each makes others, which it cancels or
    leaves alone, and how many of those are there is chance. Too few rounds for that here."""
    return f"{threads_for_least(cpus)} 9"


def threads_at_once(cpus):
    return 2 * (cpus + 2) + 8


def threads_for_least(cpus):
    return min(threads_at_once(cpus), THREADS)


def threads_beyond(cpus):
    """Those that the least memory was not measured with."""
    return threads_at_once(cpus) - threads_for_least(cpus)


def guess(cpus):
    """About the least memory in KiB: stacks, and what a CPU has."""
    return 1470 + PER_THREAD * threads_for_least(cpus) + 30 * cpus


def plan(n, seed):
    """n boots: machines in turn, numbers of CPUs in shuffled turns, one with MANY."""
    rng = random.Random(f"boots:{seed}")
    many, turn, found = rng.randrange(n), [], []
    first = rng.randrange(len(MACHINES))
    for number in range(n):
        if not turn:
            turn = rng.sample(range(1, CPUS + 1), CPUS)
        cpus = MANY if number == many else turn.pop()
        machine = MACHINES[(first + number) % len(MACHINES)]
        found.append(Boot(number + 1, seed, machine, cpus, rng))
    return found


def wrong(guest, cpus):
    """What is not as it should be, or None."""
    if guest.status == HUNG:
        return f"hung: it {guest.hung}"
    if guest.status != 0:
        return f"status {guest.status}"
    if "threads: all has added up" not in guest.text:
        return "the counts do not add up"
    if not re.search(rf"^CPUs: {cpus} of {cpus}\r?$", guest.text, re.M):
        return f"not all of {cpus} CPUs worked"
    if "only " in guest.text:
        return "not all threads were there"
    return None


class Boots:
    """A series; `say` gets lines."""

    def __init__(self, image, folder, say=print):
        self.image, self.folder, self.say = image, folder, say
        self.failed = 0
        self.least = Least(image, self.enough, folder, words_for_least(1), guess)

    def enough(self, cpus, kib):
        """Does this much memory do? Too little must be an end with a word, not a hang."""
        guest = Guest(self.image, {"SMP": cpus, "MEM": f"{kib}K",
                                   "ARGS": words_for_least(cpus)})
        guest.run()
        if guest.status == HUNG:
            self.complain(f"SMP={cpus} MEM={kib}K, too little: hung", guest)
        elif guest.status != REFUSED and "[ashlar] " not in guest.text:
            self.complain(f"SMP={cpus} MEM={kib}K, too little: an end without a word", guest)
        return wrong(guest, cpus) is None

    def complain(self, what, guest):
        self.failed += 1
        self.say("\n".join([f"FAIL {what}", *guest.report()]))

    def measure(self, numbers):
        """The least memory for these numbers of CPUs; False: none is enough."""
        for cpus in numbers:
            if self.least.measure(cpus) is None:
                self.say(f"FAIL {cpus} CPUs: no memory is enough")
                return False
        self.say("least memory: " + ", ".join(
            f"{cpus} CPU{'s' if cpus > 1 else ''} {self.least.found[cpus]} KiB"
            for cpus in numbers))
        return True

    def one(self, boot):
        boot.memory(self.least)
        guest = boot.guest(self.image)
        core = os.path.join(self.folder, f"boot-{boot.number}.core")
        guest.run(core, boot.kib << 10)
        why = wrong(guest, boot.cpus)
        if why:
            self.complain(f"{boot}: {why}", guest)
        return guest.seconds

    def run(self, n, seed):
        """(passed, failed)"""
        boots = plan(n, seed)
        most = max(b.cpus for b in boots if b.cpus <= CPUS) if n > 1 else 1
        if not self.measure(sorted({1, most, *(b.cpus for b in boots if b.cpus > CPUS)})):
            return 0, n
        before, seconds = self.failed, 0.0
        for boot in boots:
            seconds += self.one(boot)
            if boot.number % REPORT_EACH == 0 and boot.number < n:
                self.say(f"{boot.number} of {n}, {self.failed - before} failed, {seconds:.0f} s")
        failed = self.failed - before
        return n - failed, self.failed


def number(name, text, most):
    if not re.fullmatch(r"\d{1,9}", text) or not 1 <= int(text) <= most:
        sys.exit(f"boots: {name}={text}: give a number from 1 to {most}")
    return int(text)


def main():
    image, folder, n, seed = sys.argv[1:5]
    n, seed = number("N", n, 100000), number("SEED", seed, 999999999)
    os.makedirs(folder, exist_ok=True)
    stop.watch()
    print(f"boots: seed {seed}", flush=True)
    try:
        passed, failed = Boots(image, folder, lambda line: print(line, flush=True)).run(n, seed)
    except stop.Stopped as stopped:
        return 128 + stopped.number
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
