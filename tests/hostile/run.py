#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""make test-hostile: attacks and abuses one after the other, a line each.

    run.py [GLOB... | list]          SEED=n: other numbers

`syn-flood PASS recovered 0.3 s, 87 % of honest requests served`; at the end `N passed, N failed`.
"""
import argparse
import fnmatch
import importlib
import os
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "harness")]

import stop  # noqa: E402
from battery import CASES, SEED  # noqa: E402
from registry import Failure, Skip  # noqa: E402

SHOWN_LINES = 20


def load():
    for name in sorted(os.listdir(HERE)):
        if name.startswith(("net_", "host_")) and name.endswith(".py"):
            importlib.import_module(name[:-3])


def judged(case):
    """(outcome, what the line says)"""
    reason = case.missing()
    if reason:
        return "SKIP", reason
    try:
        return "PASS", str(case.function() or "")
    except Skip as skip:
        return "SKIP", str(skip)
    except Failure as failure:
        tail = failure.console.splitlines()[-SHOWN_LINES:]
        return "FAIL", "\n".join([str(failure), *("  | " + line for line in tail)])
    except Exception:   # pylint: disable=broad-except
        return "FAIL", traceback.format_exc()


def run_one(case):
    start = time.monotonic()
    outcome, text = judged(case)
    seconds = time.monotonic() - start
    print(f"{case.name} {outcome} {text}".rstrip().replace("\n", "\n  ")
          + ("" if outcome == "FAIL" else f" ({seconds:.0f} s)"))
    if outcome == "FAIL":
        print(f"  again: make test-hostile SEED={SEED} T='{case.name}'")
    sys.stdout.flush()
    return outcome


def no_such(globs):
    names = " ".join(globs)
    other = "; `hostile.` names tests: make test-list" if "hostile." in names else ""
    print(f"nothing matches {names}: make test-hostile T=list{other}", file=sys.stderr)
    return 2


def main():
    parser = argparse.ArgumentParser(description="Attack Ashlar.")
    parser.add_argument("globs", nargs="*", metavar="GLOB", help="names, with * and ?")
    parser.add_argument("--list", action="store_true", help="name them; also the word list")
    args = parser.parse_args()
    stop.watch()
    load()
    cases = [c for c in CASES.values()
             if not args.globs or any(fnmatch.fnmatchcase(c.name, g) for g in args.globs)]
    if args.list or args.globs == ["list"]:
        print("\n".join(f"{c.name} ({c.kind})" for c in CASES.values()))
        return 0
    if not cases:
        return no_such(args.globs)
    print(f"seed {SEED}, {len(cases)} of {len(CASES)}; images are built as they are needed",
          flush=True)
    done = []
    try:
        for case in cases:
            done.append(run_one(case))
    except stop.Stopped as stopped:
        print(f"stopped by signal {stopped.number}: {len(cases) - len(done)} did not run")
        return 128 + stopped.number
    failed, skipped = done.count("FAIL"), done.count("SKIP")
    print(f"{done.count('PASS')} passed, {failed} failed"
          + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
