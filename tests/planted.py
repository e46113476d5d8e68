#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""make test-planted: each fault of tests/planted/ must be caught by the test that it names.

    planted.py --out FOLDER [--check] [GLOB...]

A plant is a patch of one fault with lines above it:

    Plants: the pool of buffers has no lock.
    Test: host netdev netbuf.pool_from_all_cpus
    Says: data race

Test is `host LIBRARY TEST` (make test-host), `scenario TEST` (make test) or `hostile TEST` (make
test-hostile). It must pass on a copy
of this checkout, and fail there with the patch; Says is a pattern that must stand in what it
printed then, so that a fault that does not even compile is not taken for one that was caught.
--check only looks whether the patches fit and their tests exist.
"""
import argparse
import filecmp
import fnmatch
import os
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path[:0] = [os.path.join(ROOT, "support", "exact")]

import checkout  # noqa: E402

FOLDER = os.path.join(HERE, "planted")
LIMIT_S = 900


class Plant:
    """One patch and what its head says."""

    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path).removesuffix(".patch")
        with open(path, encoding="utf-8") as f:
            head = f.read().split("\n--- ", 1)[0]
        self.fields = dict(re.findall(r"^(Plants|Test|Says): (.+)$", head, re.M))
        self.test = self.fields.get("Test", "").split()

    def faults(self):
        """What is wrong with its head."""
        missing = {"Plants", "Test", "Says"} - set(self.fields)
        if missing:
            yield f"no line `{min(missing)}:`"
        elif len(self.test) != {"host": 3, "scenario": 2, "hostile": 2}.get(self.test[0]):
            yield f"what is `Test: {self.fields['Test']}`?"

    def command(self, out):
        """What runs its test in the copy."""
        if self.test[0] == "host":
            return ["make", "-s", "test-host", f"O={out}", f"LIB={self.test[1]}",
                    f"T={self.test[2]}"]
        goal = "test" if self.test[0] == "scenario" else "test-hostile"
        return ["make", "-s", goal, f"O={out}", f"T={self.test[1]}"]


def plants(globs):
    paths = sorted(os.path.join(FOLDER, n) for n in os.listdir(FOLDER) if n.endswith(".patch"))
    return [p for p in map(Plant, paths)
            if not globs or any(fnmatch.fnmatchcase(p.name, g) for g in globs)]


def apply(plant, tree, *options):
    """None, or why a patch does not fit. The ceiling: the copy is no repository, and in none."""
    env = {**os.environ, "GIT_CEILING_DIRECTORIES": os.path.dirname(os.path.realpath(tree))}
    if tree == ROOT:
        env = os.environ
    done = subprocess.run(["git", "-c", "safe.directory=*", "apply", "--recount", *options,
                           plant.path], cwd=tree, env=env, capture_output=True, text=True,
                          check=False)
    return None if done.returncode == 0 else (done.stderr.strip() or "git apply fails")


def sync(tree):
    """The copy is as the checkout again; what has not changed keeps its time."""
    paths = checkout.files(ROOT)
    for path in paths:
        source, target = os.path.join(ROOT, path), os.path.join(tree, path)
        if os.path.islink(source) or not os.path.isfile(target) \
                or not filecmp.cmp(source, target, shallow=False):
            checkout.put(source, target)
    there = set(paths)
    for top, dirs, names in os.walk(tree):
        if top == tree:
            dirs[:] = [d for d in dirs if d != "build"]
        for name in names:
            path = os.path.join(top, name)
            if os.path.relpath(path, tree) not in there and "__pycache__" not in path:
                os.unlink(path)


def run(plant, tree):
    """(status, text) of its test in the copy."""
    env = {key: value for key, value in os.environ.items()
           if key not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "A", "O", "T", "L",
                          "F", "LIB", "CI")}
    out = os.path.join(tree, "build")
    with subprocess.Popen(plant.command(out), cwd=tree, env={**env, "SETUP": "no"}, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, start_new_session=True) as process:
        try:
            return process.communicate(timeout=LIMIT_S)[0], process.returncode
        except BaseException as end:
            os.killpg(process.pid, signal.SIGKILL)
            if not isinstance(end, subprocess.TimeoutExpired):
                raise
            return process.communicate()[0] + f"\n(no end in {LIMIT_S} s)", 124


def ran(text):
    """Whether a test ran at all, and was not skipped."""
    return re.search(r"^PASS |^[1-9]\d* passed, 0 failed", text, re.M) is not None


def verdict(plant, tree, good):
    """(caught, what to say). good: {test: passes without a fault}"""
    test = plant.fields["Test"]
    if test not in good:
        text, status = run(plant, tree)
        good[test] = status == 0 and ran(text)
        if not good[test]:
            print(text[-2000:])
    if not good[test]:
        return False, f"{test} does not pass without it (above)"
    why = apply(plant, tree)
    if why:
        return False, f"the patch does not apply any more: {why}"
    try:
        text, status = run(plant, tree)
    finally:
        apply(plant, tree, "-R")
    if status == 0:
        return False, f"{test} passes with the fault in"
    if not re.search(plant.fields["Says"], text, re.M):
        return False, f"{test} fails, but does not say {plant.fields['Says']}:\n{text[-2000:]}"
    return True, f"caught by {test}"


def tests_there():
    """Names of unit tests by library, of scenarios, and of attacks."""
    units = {}
    for path in checkout.files(ROOT):
        if path.endswith("_test.c"):
            with open(os.path.join(ROOT, path), encoding="utf-8") as f:
                names = re.findall(r"^UK_TEST\((\w+), (\w+)", f.read(), re.M)
            library = path.split("/")[1]
            if library == "host":
                library = os.path.basename(path).removesuffix("_test.c")
            units.setdefault(library, set()).update(map(".".join, names))
    return units, listed("run.py"), listed("hostile/run.py")


def listed(tool):
    """The names that a runner of tests lists."""
    done = subprocess.run([sys.executable, os.path.join(HERE, tool), "--list"], text=True,
                          capture_output=True, check=True)
    return {line.split()[0] for line in done.stdout.splitlines()}


def check(chosen):
    """Patches fit, heads are whole, tests exist; the number of faults."""
    units, scenarios, attacks = tests_there()
    wrong = 0
    for plant in chosen:
        faults = list(plant.faults())
        if not faults:
            names = {"host": units.get(plant.test[1], ()), "scenario": scenarios,
                     "hostile": attacks}[plant.test[0]]
            if plant.test[-1] not in names:
                faults.append(f"there is no test {' '.join(plant.test)}")
        why = apply(plant, ROOT, "--check")
        if why:
            faults.append(f"the patch does not apply any more: {why}")
        for what in faults:
            print(f"{plant.name}: {what}")
        wrong += bool(faults)
    print(f"{len(chosen)} plants, {wrong} wrong")
    return wrong


def main():
    parser = argparse.ArgumentParser(description="Faults that the tests must catch.")
    parser.add_argument("globs", nargs="*", metavar="GLOB", help="names of plants")
    parser.add_argument("--out", required=True, help="where the copy lies")
    parser.add_argument("--check", action="store_true", help="only whether they fit")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    chosen = plants(args.globs)
    if not chosen:
        print("no plant has that name: ls tests/planted", file=sys.stderr)
        return 2
    if args.check:
        return 1 if check(chosen) else 0
    tree = os.path.join(os.path.abspath(args.out), "ashlar")
    sync(tree)
    caught, good = 0, {}
    for plant in chosen:
        start = time.monotonic()
        faults = list(plant.faults())
        ok, what = (False, faults[0]) if faults else verdict(plant, tree, good)
        caught += ok
        print(f"{'planted' if ok else 'MISSED'} {plant.name} {what}"
              f" ({time.monotonic() - start:.0f} s)", flush=True)
    print(f"{len(chosen)} planted, {caught} caught")
    return 0 if caught == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
