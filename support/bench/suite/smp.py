# SPDX-License-Identifier: BSD-3-Clause
"""Two CPUs against one: apps/pi, the same work by one thread and by two."""
import re

import measure
from errors import RunError

HELP = "apps/pi on 2 CPUs against 1: speed-up, CPU efficiency, the same digits; native beside it"
STEPS = 60000000
TARGET = 1.7            # times as fast, on two idle CPUs of the host
EFFICIENCY = TARGET / 2  # the same, of CPU time: what two CPUs may spend more than one
STARVED = 0.10          # share of the time waited for a CPU, beyond which times say nothing
FIELDS = ("seconds", "cpu", "starved")


def pi(run):
    """(digits, seconds) of what apps/pi says."""
    found = re.search(r"^pi: (\S+)\nseconds: (\d+\.\d+)$", run.text, re.M)
    if not found:
        raise RunError(f"apps/pi did not say pi:\n{run.text[-500:]}")
    return found[1], float(found[2])


class Side:
    """Ours, or this machine's own: what was measured with one and with two."""

    def __init__(self, name, start):
        self.name, self.start = name, start
        self.seconds, self.cpu, self.base = ({1: [], 2: []} for _ in range(3))
        self.starved, self.digits = [], set()

    def measure(self, n, steps):
        base = self.start(n, 64)
        run = self.start(n, steps)
        digits, seconds = pi(run)
        self.digits.add(digits)
        self.seconds[n].append(seconds)
        self.base[n].append(base.cpu)
        self.cpu[n].append(run.cpu)
        self.starved.append(run.starved)

    def speedup(self):
        return measure.median(self.seconds[1]) / (measure.median(self.seconds[2]) or 1e-9)

    def spent(self, n):
        """CPU seconds of the work alone, without starting."""
        return max(measure.median(self.cpu[n]) - measure.median(self.base[n]), 1e-9)

    def efficiency(self):
        return self.spent(1) / self.spent(2)

    def row(self):
        return [self.name, *(f"{measure.median(self.seconds[n]):.3f}" for n in (1, 2)),
                f"{self.speedup():.2f}", *(f"{self.spent(n):.3f}" for n in (1, 2)),
                f"{self.efficiency():.2f}", f"{100 * measure.median(self.starved):.0f} %"]


def sides(bench):
    image = bench.image("pi")
    found = [Side("ashlar", lambda n, steps: bench.guest(image, SMP=n, ARGS=f"{n} {steps}"))]
    path, why = bench.native("pi", ["main.c", "counters.c"])
    if path:
        found.append(Side("native", lambda n, steps: bench.program(path, str(n), str(steps))))
    return found, why


def noise(ours, native):
    """Why times say nothing, or None."""
    if native and native.speedup() < TARGET:
        return f"native is {native.speedup():.2f} times as fast by two threads"
    if measure.median(ours.starved) > STARVED:
        return f"the guest waited {100 * measure.median(ours.starved):.0f} % of its time for a CPU"
    return None


def verdict(ours, native):
    """(line, good); None: the host was too busy to tell. That two CPUs spend no more CPU time than
    one does not show that both worked, so it can fail them and no more."""
    digits = ours.digits | (native.digits if native else set())
    if len(digits) != 1:
        return "the digits differ: " + " ".join(sorted(digits)), False
    said = f"target: {TARGET} times by 2 CPUs: {ours.speedup():.2f}: "
    why = noise(ours, native)
    if not why:
        return said + ("reached" if ours.speedup() >= TARGET else "MISSED"), \
            ours.speedup() >= TARGET
    if ours.efficiency() < EFFICIENCY:
        return (f"{said}noisy ({why}); by CPU time, which may be {EFFICIENCY:.2f} at least: "
                f"{ours.efficiency():.2f}: MISSED", False)
    return f"{said}not measured: {why}: it needs two idle CPUs of this machine", None


def figures(ours, native, rounds, steps, noisy):
    how = f"apps/pi, {steps} steps, median of {rounds} alternating rounds, QEMU TCG"
    other = {"speedup": native.speedup(), "efficiency": native.efficiency()} if native else {}

    def beside(what):
        return ("native", round(other[what], 4)) if native else None

    return [
        measure.figure("smp.speedup", round(ours.speedup(), 4), "times",
                       f"{how}: seconds by 1 CPU over seconds by 2"
                       + (f"; noisy: {noisy}" if noisy else ""), beside("speedup")),
        measure.figure("smp.efficiency", round(ours.efficiency(), 4), "share",
                       f"{how}: CPU seconds of QEMU with 1 CPU over those with 2, less starting",
                       beside("efficiency")),
        *(measure.figure(f"smp.seconds.{n}", round(measure.median(ours.seconds[n]), 6), "s",
                         how, ("native", round(measure.median(native.seconds[n]), 6))
                         if native else None) for n in (1, 2))]


def run(bench):
    steps = bench.size("steps", STEPS)
    there, why = sides(bench)
    load = measure.load()
    for number in range(bench.rounds):
        for n in (1, 2):
            for side in there:
                bench.say(f"smp: round {number + 1} of {bench.rounds}, {side.name}, {n}")
                side.measure(n, steps)
    bench.say("")
    ours, native = there[0], there[1] if len(there) > 1 else None
    line, good = verdict(ours, native)
    lines = [f"smp: apps/pi, {steps} steps, {bench.rounds} rounds, medians; load {load:.1f} to "
             f"{measure.load():.1f}",
             *measure.table(["", "1 CPU s", "2 CPUs s", "speed-up", "CPU s by 1", "by 2",
                             "efficiency", "waited"], [side.row() for side in there]),
             f"  digits: {' '.join(sorted(ours.digits))}",
             *([f"  native: not measured: {why}"] if why else []), f"  {line}"]
    return measure.Outcome(lines, figures(ours, native, bench.rounds, steps, noise(ours, native)),
                           good)
