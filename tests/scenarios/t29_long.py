# SPDX-License-Identifier: BSD-3-Clause
"""Short forms of what takes long: make bench, make soak, make boots; and nobody starves."""
import json
import os
import re
import subprocess
import sys

from build import ROOT, building, image, make
from guest import boot
from registry import Failure, expect, test

sys.path.append(os.path.join(ROOT, "tests", "long"))

import guests  # noqa: E402

ICOUNT = "-icount shift=0,sleep=off"


def refused(words, line):
    """make fails, and says this."""
    try:
        said = make(words)
    except Failure as failure:
        expect(line in failure.console, f"{words}: not said: {line}", failure.console)
    else:
        raise Failure(f"{words} is accepted", said)


@test("boots.short")
def boots():
    with building("long") as out:
        said = make(["boots", "N=5", "SEED=7", f"O={out}"])
        expect("boots: seed 7" in said and "least memory: 1 CPU" in said
               and re.search(r"^5 passed, 0 failed$", said, re.M), "not five that passed", said)
        refused(["boots", "N=x", f"O={out}"], "boots: N=x: give a number")


def seen(image_path, patience, **options):
    """A guest that hangs, as boots and soak see it."""
    guest = guests.Guest(image_path, options)
    kept = guests.ASLEEP, guests.SPINNING
    guests.ASLEEP = guests.SPINNING = patience
    try:
        guest.run()
    finally:
        guests.ASLEEP, guests.SPINNING = kept
    return guest


@test("boots.hang")
def hang():
    """What hangs is found, and said where it stands."""
    guest = seen(image("tests/apps/status").path, 3, ARGS="hang")
    expect(guest.status == guests.HUNG and "computes" in guest.hung, f"{guest.hung}", guest.text)
    expect(any(re.match(r"cpu0: runs, .*\bmain\+", line) for line in guest.where),
           "not said where", "\n".join(guest.report()))
    expect("again: make A=tests/apps/status run" in guest.report()[-1]
           and "ARGS=hang" in guest.report()[-1], "no command", "\n".join(guest.report()))


@test("soak.short")
def soak():
    with building("long") as out:
        said = make(["soak", "SMP=2", "MINUTES=0.1", f"O={out}"])
        expect(re.search(r"^PASS \d+ times in \d+ s, [1-9]\d* counted: all has added up$", said,
                         re.M), "it did not pass", said)
        said = make(["soak", "A=apps/hello", "MINUTES=0.05", f"O={out}"])
        expect(re.search(r"^PASS [1-9]\d* boots in \d+ s, all with status 0$", said, re.M),
               "it did not pass", said)
        refused(["soak", "MINUTES=x", f"O={out}"], "soak: MINUTES=x: give a number of minutes")


@test("soak.fails")
def soak_fails():
    """A status that is not 0 is a failure, with the command that repeats it."""
    with building("long") as out:
        try:
            said = make(["soak", "A=tests/apps/status", "ARGS=7", "MINUTES=0.1", f"O={out}"])
        except Failure as failure:
            said = failure.console
        else:
            raise Failure("a status of 7 is accepted", said)
        for line in ("^  [|] arg 1 <7>$", "^FAIL status 7$",
                     "^  again: make A=tests/apps/status run .*SMP=4 ARGS=7$"):
            expect(re.search(line, said, re.M), f"no line {line}", said)
        refused(["soak", "MEM=1K", "MINUTES=0.1", f"O={out}"], "FAIL status 125")


@test("bench.short", alone=True)
def bench():
    """One round of each: what is printed and what is written."""
    with building("long") as out:
        try:
            said = make(["bench", "B=smp,micro", "ROUNDS=1", "BENCH_SET=smp.steps=2000000",
                         f"O={out}"])
        except Failure as failure:      # of so little work the verdict means nothing
            said = failure.console
            expect(re.search("; (missed|not measured): smp$", said, re.M), "it fails", said)
        for line in (r"^smp: apps/pi, 2000000 steps, 1 rounds, medians; load ",
                     r"^  ashlar +\d", r"^  native ", r"^  digits: 3\.14159265\S+$",
                     r"^  target: 1\.7 times by 2 CPUs: ", r"^micro: instructions, exact$",
                     r"^  mutex-lock-unlock +\d+ +62 "):
            expect(re.search(line, said, re.M), f"no line {line}", said)
        with open(os.path.join(out, "bench.json"), encoding="utf-8") as f:
            figures = {x["name"]: x for x in json.load(f)}
    expect({"smp.speedup", "smp.efficiency", "micro.getpid"} <= set(figures), "figures", said)
    for x in figures.values():
        expect(set(x) == {"name", "value", "unit", "partner", "ratio", "method"}, f"{x}")


@test("bench.list")
def bench_list():
    said = make(["bench-list"])
    expect(re.search(r"^smp +\S", said, re.M) and re.search(r"^micro +\S", said, re.M), "", said)
    refused(["bench", "B=none"], "bench: B=none: there is no such benchmark: there are micro, smp")
    done = subprocess.run([sys.executable, os.path.join(ROOT, "support/bench/bench.py"), "--help"],
                          capture_output=True, text=True, check=False)
    expect(done.returncode == 0 and "--rounds" in done.stdout, "no help", done.stderr)


@test("threads.spin")
def spin():
    """Threads that only compute starve nobody: counted, in instructions, not timed."""
    result = boot(image("apps/threads", "threads"), ARGS="spin 50", QEMU_EXTRA=ICOUNT, timeout=240)
    found = re.search(r"^spin: 50 of 50 turns by \d+ yields; .* counted (\d+) % of the most",
                      result.text, re.M)
    expect(result.status == 0 and found, f"status {result.status}", result.text)
    expect(int(found[1]) >= 80, "one of two that compute got less", result.text)
    result = boot(image("apps/threads", "threads"), SMP=2, ARGS="spin 20", timeout=240)
    found = re.search(r"^spin: 20 of 20 turns by \d+ yields; ", result.text, re.M)
    expect(result.status == 0 and found, f"status {result.status}", result.text)


@test("threads.cpus-wrong")
def wrong_cpus():
    """A CPU that does not answer, and more than built for: a line, and all else goes on."""
    result = boot(image("apps/threads", "threads"), MACHINE="microvm-noacpi", SMP="2",
                  PARAMS="smp.cpus=4", ARGS="6 100", timeout=240)
    silent = [line for line in result.lines if "does not answer" in line]
    expect(result.status == 0 and silent and "number 2" in silent[0]
           and "CPUs: 2 of 2" in result.text and "all has added up" in result.text,
           f"status {result.status}, {silent}", result.text)
    guest = image("tests/guest", "threads", options=["CONFIG_LIB_SMP=y", "CONFIG_CPUS_MAX=4"])
    result = boot(guest, SMP="6", MEM="64", ARGS='"smp.* thread.* preempt.*"', timeout=240)
    many = [line for line in result.lines if "CPUS_MAX" in line]
    one = boot(image("apps/hello"), SMP="2")
    expect(one.status == 0 and "SMP=2: this image uses one CPU" in one.text,
           f"status {one.status}", one.text)
    expect(len(many) == 1 and "4 run" in many[0] and result.status == 0,
           f"status {result.status}, {many}", result.text)
