# SPDX-License-Identifier: BSD-3-Clause
"""apps/pi and apps/micro: what they compute and count, on Linux and in the guest."""
import glob
import os
import re
import subprocess

from build import ROOT, image, program
from guest import boot
from registry import expect, test

ICOUNT = "-icount shift=0,sleep=off"
# Without random numbers a boot puts things where cycles say, which icount repeats: what creating a
# thread costs depends on where the tables of its stack end, by some 100 instructions of 93,000.
SAME_PLACES = "-cpu max,-rdrand,-rdseed"
COSTS = ["mutex-lock-unlock", "malloc-free-64", "getpid", "read-1-byte", "pread-1-byte",
         "clock_gettime", "thread-switch-by-yield", "condition-round-trip", "thread-create-join"]
LIMITS = {"mutex-lock-unlock": 20, "malloc-free-64": 60, "getpid": 6, "clock_gettime": 60,
          "read-1-byte": 150, "thread-switch-by-yield": 80, "condition-round-trip": 600,
          "thread-create-join": 1800}
STEPS = 1000003     # not a multiple of the number of blocks


def native(app):
    """The application built for Linux: the path of its program."""
    return program(app, sorted(glob.glob(os.path.join(ROOT, "apps", app, "*.c"))),
                   "-O2", "-Wall", "-Wextra", "-Werror")


def on_linux(path, *words):
    return subprocess.run([path, *words], text=True, capture_output=True, timeout=60,
                          check=False)


def digits(text):
    found = re.findall(r"^pi: (3\.14159265\d{7})\r?$", text, re.M)
    expect(len(found) == 1 and re.search(r"^seconds: \d+\.\d{6}\r?$", text, re.M),
           "not one pi and its seconds", text)
    return found[0]


@test("pi.digits")
def pi_digits():
    """The digits do not depend on the number of threads, nor on the system."""
    pi = native("pi")
    seen = {f"Linux, {n}": digits(on_linux(pi, str(n), str(STEPS)).stdout)
            for n in (1, 2, 7, 64)}
    for n in (1, 2, 7, 64):
        result = boot(image("apps/pi"), ARGS=f"{n} {STEPS}")
        expect(result.status == 0, f"{n} threads: status {result.status}", result.text)
        seen[f"guest, {n}"] = digits(result.text)
    expect(len(set(seen.values())) == 1, "the digits differ", "\n".join(
        f"{value} {where} threads" for where, value in seen.items()))


@test("pi.counters")
def pi_counters():
    """Three lines for each CPU that there is, and no interrupt without a reason."""
    result = boot(image("apps/pi"), ARGS="1 1000")
    found = re.findall(r"^(cpu\d+\.\w+): (\d+)\r?$", result.text, re.M)
    expect([name for name, _ in found] == ["cpu0.interrupts", "cpu0.ipis", "cpu0.wakeups"],
           "not the counters of one CPU", result.text)
    expect(all(int(count) < 10 for _, count in found), "it was disturbed", result.text)


@test("pi.arguments")
def pi_arguments():
    """What is no number of threads or steps is refused with a line."""
    pi = native("pi")
    for words in (("0",), ("65",), ("x",), ("2", "-1"), ("2", "9" * 30)):
        done = on_linux(pi, *words)
        expect(done.returncode == 2 and "give a number from 1 to" in done.stderr,
               f"{words}: status {done.returncode}", done.stderr)
    done = on_linux(pi, "2", "1000", "more")
    expect(done.returncode == 2 and "'more' is too much" in done.stderr,
           f"status {done.returncode}", done.stderr)
    result = boot(image("apps/pi"), ARGS="99")
    expect(result.status == 2 and "THREADS '99': give a number" in result.text,
           f"status {result.status}", result.text)


@test("pi.memory")
def pi_memory():
    """Threads beyond memory: it says how many there are, and the digits are the same."""
    few = boot(image("apps/pi"), ARGS=f"64 {STEPS}", MEM="2M")
    expect(few.status == 0 and "threads instead of 64" in few.text, f"status {few.status}",
           few.text)
    many = boot(image("apps/pi"), ARGS=f"64 {STEPS}")
    expect(digits(few.text) == digits(many.text), "the digits differ", few.text + many.text)


def costs(text, unit):
    found = re.findall(rf"^([\w-]+): (\d+) {unit}\r?$", text, re.M)
    expect([name for name, _ in found] == COSTS, "not a line for each cost", text)
    return dict(found)


@test("micro.linux")
def micro_linux():
    done = on_linux(native("micro"))
    expect(done.returncode == 0, f"status {done.returncode}", done.stdout + done.stderr)
    costs(done.stdout, "(?:instructions|cycles|ns)")


@test("micro.exact")
def micro_exact():
    """Two runs under icount count the same; without icount it does not speak of instructions."""
    runs = []
    for _ in range(2):
        result = boot(image("apps/micro"), QEMU_EXTRA=f"{ICOUNT} {SAME_PLACES}")
        expect(result.status == 0, f"status {result.status}", result.text)
        runs.append(costs(result.text, "instructions"))
    expect(runs[0] == runs[1], "two runs differ", f"{runs[0]}\n{runs[1]}")
    alone = [costs(boot(image("apps/micro"), QEMU_EXTRA=ICOUNT).text, "instructions")
             for _ in range(2)]
    first, second = (int(run.pop("thread-create-join")) for run in alone)
    expect(alone[0] == alone[1] and abs(first - second) * 100 <= first,
           "two boots with places of their own differ", f"{alone} {first} {second}")
    costs(boot(image("apps/micro")).text, "cycles")


@test("micro.limits")
def micro_limits():
    """No cost is larger than what was promised of it, in instructions."""
    result = boot(image("apps/micro"), QEMU_EXTRA=ICOUNT)
    over = [f"{name}: {count}, at most {LIMITS[name]}"
            for name, count in costs(result.text, "instructions").items()
            if name in LIMITS and int(count) > LIMITS[name]]
    expect(not over, "costs have grown", "\n".join(over))


@test("micro.file")
def micro_file():
    """A cost that cannot be measured is named; the others are measured."""
    result = boot(image("apps/micro"), QEMU_EXTRA=ICOUNT, ARGS="/none")
    expect(result.status == 1 and "micro: read-1-byte: not measured" in result.text
           and "thread-create-join:" in result.text, f"status {result.status}", result.text)
