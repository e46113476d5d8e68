# SPDX-License-Identifier: BSD-3-Clause
"""Instructions from the image's entry point to main, exact: QEMU counts them as the guest's clock.

Under `-icount shift=0,sleep=off` one instruction is one nanosecond of the guest and one step of its
TSC, whatever the host does. With boot.report=1 the guest prints `boot: entry N main M` and a line
`boot: LIBRARY N` for each initialisation; with rng.seed= it draws the same numbers in each run.
"""
import re

import command
import panics
import runner
import session
import symbols
from errors import RunError

EXTRA = ("-icount", "shift=0,sleep=off", "-rtc", "base=2020-01-01T00:00:00,clock=vm")
PARAMS = ("boot.report=1 rng.seed="
          "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")
LIMIT = 120.0


class Report:
    def __init__(self, total, parts, status):
        self.total, self.parts, self.status = total, parts, status


def parse(text):
    m = re.search(r"^boot: entry (\d+) main (\d+)\s*$", text, re.M)
    if not m:
        return None
    entry, main = int(m.group(1)), int(m.group(2))
    parts = [(n, int(v)) for n, v in re.findall(r"^boot: ([\w.-]+) (\d+)\s*$", text, re.M)]
    return main - entry, parts


def measure(options):
    """Boots once; returns a Report."""
    options.values.update(MACHINE="microvm-noacpi", ACCEL="tcg", CPU=options["CPU"] or "max")
    plan = command.Plan(options, extra=EXTRA, extra_params=PARAMS)
    try:
        plan.choose_accel()
        if plan.network.kind == "user":
            plan.network.take_port()
        said = Recorder(lambda: symbols.Symbols(plan.image.debug_path))
        run = session.Session(plan.command(), said, plan.limit or LIMIT, keyboard=False,
                              quiet=True)
        run.until = lambda: parse(said.text()) is not None
        status = run.run()
    finally:
        plan.close()
    found = parse(said.text())
    if not found:
        raise RunError("the guest printed no `boot: entry N main M` line (status "
                       f"{status}); its last lines:\n" + "\n".join(said.text().split("\n")[-8:]))
    return Report(found[0], found[1], status)


class Recorder(panics.Console):
    """Keeps what the guest says."""

    def __init__(self, load):
        super().__init__(load)
        self.kept = []

    def take(self, data):
        self.kept.append(data)
        return super().take(data)

    def text(self):
        return b"".join(self.kept).decode("utf-8", "replace").replace("\r", "")


def lines(report):
    out = [f"{'INITIALISATION':<24}{'instructions':>13}"]
    out += [f"{name:<24}{count:>13}" for name, count in sorted(report.parts, key=lambda p: -p[1])]
    rest = report.total - sum(c for _, c in report.parts)
    if report.parts:
        out.append(f"{'(entry, the rest)':<24}{rest:>13}")
    return out + [f"entry to main: {report.total} instructions"]


def main(options):
    runner.put("\n".join(lines(measure(options))) + "\n")
    return 0
