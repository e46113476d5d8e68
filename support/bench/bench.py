#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""make bench: runs benchmarks, prints a table for each, and writes all figures to a file.

    bench.py [--list] --out FOLDER --make 'make ...' --cc COMPILER [--rounds N] [NAME...]

Each benchmark is a file of suite/: HELP says in a line what it measures, run(bench) measures and
returns a measure.Outcome. Status 1: one missed its target; 2: one
could not be run; 3: none missed, but of one nobody can tell, for this machine was too busy.
"""
import argparse
import importlib
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "run")]

import start  # noqa: E402
import errors  # noqa: E402
import measure  # noqa: E402
import process  # noqa: E402


def suite():
    """{name: module}"""
    names = sorted(n[:-3] for n in os.listdir(os.path.join(HERE, "suite")) if n.endswith(".py"))
    sys.path.insert(0, os.path.join(HERE, "suite"))
    return {name: importlib.import_module(name) for name in names}


def chosen(words, there):
    """The benchmarks that B= names; all without it."""
    names = [n for word in words for n in word.split(",") if n]
    for name in names:
        if name not in there:
            raise errors.RunError(f"B={name}: there is no such benchmark: there are "
                                  + ", ".join(there))
    return names or list(there)


def keep(path, figures):
    """What was measured now replaces what this file had of the same benchmarks."""
    prefixes = {f["name"].split(".")[0] for f in figures}
    try:
        with open(path, encoding="utf-8") as f:
            old = [x for x in json.load(f) if x["name"].split(".")[0] not in prefixes]
    except (OSError, ValueError, KeyError, TypeError):
        old = []
    figures = sorted(old + figures, key=lambda f: f["name"])
    os.makedirs(os.path.dirname(path), exist_ok=True)
    process.write_whole(path, (json.dumps(figures, indent=1) + "\n").encode())


def run(args):
    there = suite()
    if args.list:
        print("\n".join(f"{name:<8} {module.HELP}" for name, module in there.items()))
        return 0
    missed, untold, count = [], [], 0
    path = os.path.join(args.out, "bench.json")
    for name in chosen(args.names, there):
        bench = measure.Bench(name, args)
        outcome = there[name].run(bench)
        print("\n".join(outcome.lines) + "\n", flush=True)
        keep(path, outcome.figures)     # what follows may fail
        count += len(outcome.figures)
        if outcome.good is None:
            untold.append(name)
        elif not outcome.good:
            missed.append(name)
    print(f"{count} figures in {path}" + (f"; missed: {' '.join(missed)}" if missed else "")
          + (f"; not measured: {' '.join(untold)}" if untold else ""))
    return 1 if missed else 3 if untold else 0


def main(words):
    parser = argparse.ArgumentParser(description="Measure Ashlar.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="benchmarks; all without one")
    parser.add_argument("--list", action="store_true", help="name them")
    parser.add_argument("--out", default="build", help="build folder")
    parser.add_argument("--make", default="make", help="how the images are built")
    parser.add_argument("--cc", default="clang-19", help="compiler for this machine")
    parser.add_argument("--rounds", default="", help="rounds, of which the median counts")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=n",
                        help="another size of what is done, for tests: smp.steps=1000000")
    args = parser.parse_args(words)
    process.watch_signals()
    try:
        return run(args)
    except errors.RunError as e:
        sys.stdout.flush()
        sys.stderr.write(f"bench: {e}\n")
        return 2
    except errors.Stopped as e:
        return e.status


if __name__ == "__main__":
    start.main(main)
