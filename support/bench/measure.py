# SPDX-License-Identifier: BSD-3-Clause
"""What benchmarks have in common: images, guests and programs with their CPU time, tables.

Times are the guest's own or CLOCK_MONOTONIC; CPU time is what the kernel counted for the process
(schedstat, rusage), which other work on the machine does not change much.
"""
import collections
import os
import re
import shlex
import statistics
import subprocess
import sys
import time

import process
from errors import RunError

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
RUN = os.path.join(ROOT, "support", "run", "run")
ROUNDS = 5
LIMIT = 600.0           # seconds for one run

# lines: the table; figures: for the file; good: no target was missed
Outcome = collections.namedtuple("Outcome", "lines figures good")
# cpu: seconds that its threads ran; starved: share of the time that they wanted to run and had to
# wait for a CPU of this machine
Run = collections.namedtuple("Run", "text cpu wall starved")


def figure(name, value, unit, method, partner=None, ratio=None):
    """An object of bench.json. partner: (name, value); the ratio is ours over it."""
    if partner and ratio is None and partner[1]:
        ratio = value / partner[1]
    return {"name": name, "value": value, "unit": unit,
            "partner": {"name": partner[0], "value": partner[1]} if partner else None,
            "ratio": None if ratio is None else round(ratio, 4), "method": method}


def table(head, rows):
    """Columns as wide as they must be; the first to the left, the others to the right."""
    rows = [[str(c) for c in row] for row in [head, *rows]]
    width = [max(len(row[i]) for row in rows) for i in range(len(head))]
    return ["  " + "  ".join(c.ljust(w) if i == 0 else c.rjust(w)
                             for i, (c, w) in enumerate(zip(row, width))).rstrip()
            for row in rows]


def load():
    return os.getloadavg()[0]


def median(values):
    return statistics.median(values)


def _sched(pid):
    """(ran, waited) in seconds: all threads of a process."""
    ran = waited = 0
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as f:
                run, wait = f.read().split()[:2]
            ran, waited = ran + int(run), waited + int(wait)
    except (OSError, ValueError):
        return None
    return ran / 1e9, waited / 1e9


def watched(command, limit=LIMIT):
    """Runs a program to its end: a Run. Fails with its last lines unless its status is 0."""
    begin, seen = time.monotonic(), (0.0, 0.0)
    child = process.start(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    try:
        os.set_blocking(child.stdout.fileno(), False)
        said = b""
        while True:
            pid, status, used = os.wait4(child.pid, os.WNOHANG)
            said += child.stdout.read() or b""
            if pid:
                break
            seen = _sched(child.pid) or seen
            if time.monotonic() - begin > limit:
                raise RunError(f"{os.path.basename(command[0])} was not done in {limit:.0f} s:\n"
                               + said.decode(errors="replace")[-1000:])
            time.sleep(0.01)
        child.returncode = os.waitstatus_to_exitcode(status)
        text = said.decode(errors="replace").replace("\r", "")
        return Run(text, used.ru_utime + used.ru_stime, time.monotonic() - begin,
                   seen[1] / (sum(seen) or 1)), child.returncode
    finally:
        if child.returncode is None:
            child.kill()
            child.wait()
        child.stdout.close()


class Bench:
    """What a benchmark is given."""

    def __init__(self, name, args):
        self.name, self.out, self.cc = name, os.path.abspath(args.out), args.cc
        self.make = shlex.split(args.make)
        self.rounds = self._number("ROUNDS", args.rounds, 1, 1000) if args.rounds else ROUNDS
        self.sizes = dict(word.partition("=")[::2] for word in args.set)

    @staticmethod
    def _number(name, text, low, high):
        if not re.fullmatch(r"\d{1,12}", text) or not low <= int(text) <= high:
            raise RunError(f"{name}={text}: give a number from {low} to {high}")
        return int(text)

    def size(self, name, default):
        """How much of something is done."""
        text = self.sizes.get(f"{self.name}.{name}")
        return self._number(name, text, 1, 10 ** 12) if text else default

    def image(self, app):
        """The path of an application's image, built."""
        env = {k: v for k, v in os.environ.items()
               if k not in ("MAKEFLAGS", "MFLAGS", "B", "F", "A", "N")}
        done = subprocess.run([*self.make, f"A={ROOT}/apps/{app}", f"O={self.out}", "image"],
                              cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, env=env, check=False)
        if done.returncode:
            raise RunError(f"{app} does not build:\n{done.stdout[-2000:]}")
        return os.path.join(self.out, app, f"{app}_kvm-x86_64")

    def guest(self, image, **options):
        """One boot under TCG, QEMU started directly so that its CPU time is its own."""
        words = [f"{k}={v}" for k, v in {"ACCEL": "tcg", "NET": "none", **options}.items()]
        env = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "XDG_CACHE_HOME")}
        plan = subprocess.run([RUN, image, *words, "DRYRUN=1"], stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, env=env, check=False)
        if plan.returncode:
            raise RunError(plan.stderr.strip() or plan.stdout.strip())
        run, _ = watched(shlex.split(plan.stdout.strip().splitlines()[-1]))
        if not re.search(r"^\[ashlar\] exit 0$", run.text, re.M):
            raise RunError(f"{os.path.basename(image)} failed:\n{run.text[-1500:]}")
        return run

    def native(self, app, sources):
        """(path of the application built for this machine, None) or (None, why not)."""
        folder = os.path.join(self.out, "bench")
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, app)
        try:
            done = subprocess.run(
                [*shlex.split(self.cc), "-O2", "-pthread", "-o", path,
                 *(os.path.join(ROOT, "apps", app, s) for s in sources)], text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                check=False)
        except OSError as e:
            return None, f"{self.cc}: {e.strerror}"
        if done.returncode:
            return None, f"{self.cc}: {(done.stdout.strip() or 'failed').splitlines()[0]}"
        return path, None

    def program(self, path, *words):
        run, status = watched([path, *words])
        if status:
            raise RunError(f"{os.path.basename(path)}: status {status}:\n{run.text[-1000:]}")
        return run

    def say(self, text):
        """Progress, for the person who waits."""
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\033[K{text}" if text else "\r\033[K")
            sys.stderr.flush()
