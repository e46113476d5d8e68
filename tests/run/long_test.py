# SPDX-License-Identifier: BSD-3-Clause
"""make boots, make soak, make bench themselves: what they vary, what they think hangs, verdicts."""
import argparse
import contextlib
import io
import json
import os
import sys
import unittest
from unittest import mock

import fake

sys.path += [os.path.join(fake.ROOT, *p) for p in (
    ("tests", "long"), ("tests", "harness"), ("support", "bench"), ("support", "bench", "suite"))]

import bench  # noqa: E402
import boots  # noqa: E402
import guests  # noqa: E402
import least  # noqa: E402
import measure  # noqa: E402
import smp  # noqa: E402
import soak  # noqa: E402

from errors import RunError  # noqa: E402


class Plans(unittest.TestCase):
    def test_what_a_seed_varies(self):
        plan = boots.plan(200, 1)
        self.assertEqual([b.cpus for b in plan].count(boots.MANY), 1)
        self.assertEqual({b.cpus for b in plan}, {*range(1, 9), boots.MANY})
        for a, b in zip(plan, plan[1:]):
            self.assertNotEqual(a.machine, b.machine)
        self.assertEqual({b.machine for b in plan}, set(boots.MACHINES))
        self.assertEqual({b.kind for b in plan}, {"least", "between", "most"})

    def test_the_same_seed_is_the_same(self):
        def told(seed):
            return [(b.machine, b.cpus, b.kind, b.share, b.random) for b in boots.plan(50, seed)]

        self.assertEqual(told(5), told(5))
        self.assertNotEqual(told(5), told(6))

    def test_memory_lies_between_least_and_most(self):
        known = argparse.Namespace(of=lambda cpus, machine: 2000 + 100 * cpus)
        for boot in boots.plan(200, 3):
            boot.memory(known)
            self.assertTrue(2000 <= boot.kib <= boots.MOST)
        self.assertGreater(boots.MOST, 4.009 * (1 << 20))


class LeastMemory(fake.Case):
    def measured(self, needs, kept=None):
        image = os.path.join(self.folder, "image")
        with open(image, "w", encoding="ascii") as f:
            f.write("x")
        asked = []

        def works(cpus, kib):
            asked.append(kib)
            return kib >= needs(cpus)

        found = least.Least(image, works, kept or self.folder, "work",
                            lambda cpus: 2304)
        return found, asked

    def test_it_is_found_from_both_sides(self):
        for needed in (500, 2303, 2304, 2305, 9000, 60000):
            found, _ = self.measured(lambda n, needed=needed: needed,
                                     os.path.join(self.folder, str(needed)))
            kib = found.measure(1)
            self.assertTrue(needed <= kib < needed + least.STEP, (needed, kib))

    def test_nothing_is_enough(self):
        found, _ = self.measured(lambda n: 1 << 40)
        self.assertIsNone(found.measure(1))

    def test_it_is_kept_for_the_same_image(self):
        found, _ = self.measured(lambda n: 2000 + 200 * n)
        found.measure(1)
        found.measure(8)
        again, asked = self.measured(lambda n: 0)
        self.assertEqual((again.measure(8), asked), (found.measure(8), []))
        self.assertTrue(2600 <= again.of(3, "microvm") <= 2600 + 3 * least.STEP)
        self.assertGreater(again.of(3, "pc"), again.of(3, "microvm") + least.FIRMWARE)


class Watched(guests.Watch):
    """What QEMU did is said by the test."""

    def __init__(self, cpus=1):
        self.used = (0.0, 0.0)
        super().__init__(0, cpus)

    def _qemu(self):
        return self.used


class Hangs(unittest.TestCase):
    def test_a_busy_host_is_no_hang(self):
        watch = Watched()
        watch.since -= 1000
        watch.used = (20.0, 900.0)
        self.assertIsNone(watch.hung())

    def test_computing_and_sleeping(self):
        watch = Watched()
        watch.used = (guests.SPINNING + 1, 0.0)
        self.assertIn("computes", watch.hung())
        watch.again()
        self.assertIsNone(watch.hung())
        watch.since -= guests.ASLEEP + 1
        self.assertIn("sleeps", watch.hung())

    def test_more_cpus_compute_more(self):
        with mock.patch.object(guests.os, "cpu_count", lambda: 2):
            watch = Watched(4)
        watch.used = (guests.SPINNING * 1.9, 0.0)
        self.assertIsNone(watch.hung())
        watch.used = (guests.SPINNING * 2.1, 0.0)
        self.assertIn("computes", watch.hung())


class Soaks(unittest.TestCase):
    """What a guest has done and said, and what soak says to that."""

    def end(self, status, seconds, text):
        class Done(soak.Soak):
            def _run(self, guest):
                guest.status, guest.seconds, guest.text = status, seconds, text

        said = []
        good = Done("build/x/x", "", {"SMP": "4"}, said.append).run("soak %d", "", 600)
        return good, said[-1].splitlines()[-1]

    def test_its_time_and_its_last_word(self):
        line = "soak: 9 times in 600 s, 5 counted: all has added up\n"
        self.assertEqual(self.end(0, 600.2, line), (True, "PASS " + line[6:-1]))
        self.assertEqual(self.end(0, 1.2, line), (False, "FAIL it ended after 1 s of 600"))
        self.assertEqual(self.end(0, 600.2, ""), (False, "FAIL it did not say `soak: ...`"))
        self.assertEqual(self.end(1, 3, line), (False, "FAIL status 1"))


class TooLittle(unittest.TestCase):
    def complaint(self, status, text):
        class Silent:
            hung = "sleeps"

            def __init__(self, *_):
                self.status, self.text = status, text

            def run(self):
                pass

            def report(self):
                return []

        said = []
        with mock.patch.object(boots, "Guest", Silent), mock.patch.object(boots, "Least"):
            found = boots.Boots("image", "", said.append)
            self.assertFalse(found.enough(2, 1000))
        return found.failed, "".join(said)

    def test_an_end_has_a_word(self):
        self.assertEqual(self.complaint(134, "[ashlar] panic: no memory\n")[0], 0)
        self.assertEqual(self.complaint(125, "run: too little\n")[0], 0)
        self.assertIn("without a word", self.complaint(124, "")[1])
        self.assertIn("hung", self.complaint(guests.HUNG, "")[1])


def side(name, one, two, cpu=(1.0, 1.0), starved=0.0, digits="3.14"):
    made = smp.Side(name, None)
    made.seconds, made.cpu = {1: [one], 2: [two]}, {1: [cpu[0]], 2: [cpu[1]]}
    made.base, made.starved, made.digits = {1: [0.0], 2: [0.0]}, [starved], {digits}
    return made


class Verdicts(unittest.TestCase):
    def judged(self, ours, native):
        return smp.verdict(ours, native)

    def test_idle_host(self):
        native = side("native", 1.0, 0.5)
        self.assertEqual(self.judged(side("a", 4.0, 2.1), native)[1], True)
        line, good = self.judged(side("a", 4.0, 2.6), native)
        self.assertEqual((good, "MISSED" in line), (False, True))

    def test_busy_host(self):
        native = side("native", 1.0, 0.9)
        for ours in (side("a", 4.0, 3.9), side("a", 4.0, 2.0)):
            line, good = self.judged(ours, native)
            self.assertTrue(good is None and "not measured: native is 1.11 times" in line, line)
            self.assertNotIn("reached", line)
        line, good = self.judged(side("a", 4.0, 3.9, cpu=(1.0, 2.0)), native)
        self.assertTrue(not good and "noisy" in line, line)
        line, good = self.judged(side("a", 4.0, 2.0, starved=0.5), None)
        self.assertTrue(good is None and "not measured: the guest waited 50 %" in line, line)

    def test_other_digits(self):
        for native in (side("native", 1.0, 0.5, digits="3.15"), side("native", 1.0, 0.5)):
            ours = side("a", 4.0, 2.0)
            ours.digits = {"3.14", "3.16"}
            self.assertFalse(self.judged(ours, native)[1])


class Figures(fake.Case):
    def test_the_file(self):
        path = os.path.join(self.folder, "o", "bench.json")
        bench.keep(path, [measure.figure("a.x", 4, "s", "how", ("native", 2)),
                          measure.figure("b.y", 1, "s", "how")])
        bench.keep(path, [measure.figure("a.z", 3, "s", "how", ("native", 0))])
        with open(path, encoding="utf-8") as f:
            kept = json.load(f)
        self.assertEqual([x["name"] for x in kept], ["a.z", "b.y"])
        for x in kept:
            self.assertEqual(set(x), {"name", "value", "unit", "partner", "ratio", "method"})

    def status(self, *outcomes):
        """What bench says of these; an error ends it there."""
        def giving(outcome):
            def run(_):
                if isinstance(outcome, RunError):
                    raise outcome
                return measure.Outcome([], [measure.figure(f"{outcome[0]}.x", 1, "s", "")],
                                       outcome[1])
            return argparse.Namespace(run=run)

        names = [f"n{i}" for i in range(len(outcomes))]
        there = {n: giving(o) for n, o in zip(names, outcomes)}
        out = io.StringIO()
        with mock.patch.object(bench, "suite", lambda: there), \
                mock.patch.object(bench.process, "watch_signals"), \
                contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            status = bench.main(["--out", self.folder, *names])
        return status, out.getvalue()

    def test_missed_and_not_measured(self):
        for goods, status, said in (((True, True), 0, "json\n"), ((True, None), 3,
                                    "; not measured: n1\n"), ((None, False), 1,
                                    "; missed: n1; not measured: n0\n")):
            found, out = self.status(*(("a", good) for good in goods))
            self.assertEqual(found, status)
            self.assertTrue(out.endswith(said), out)

    def test_what_was_measured_is_kept_when_the_next_fails(self):
        status, out = self.status(("first", True), RunError("no guest"))
        self.assertEqual(status, 2)
        self.assertIn("bench: no guest", out)
        with open(os.path.join(self.folder, "bench.json"), encoding="utf-8") as f:
            self.assertEqual([x["name"] for x in json.load(f)], ["first.x"])

    def test_names(self):
        there = bench.suite()
        self.assertEqual(bench.chosen(["smp,micro"], there), ["smp", "micro"])
        self.assertEqual(bench.chosen([""], there), list(there))
        with self.assertRaises(RunError):
            bench.chosen(["smp,none"], there)

    def test_a_table(self):
        self.assertEqual(measure.table(["", "n"], [["a", 10], ["bcd", 1]]),
                         ["        n", "  a    10", "  bcd   1"])


if __name__ == "__main__":
    unittest.main()
