#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""make test: runs the tests that match, a line each, and closes with `N passed, N failed`.

    run.py [--list] [GLOB...]

Tests stand in scenarios/*.py. Some run side by side; those that measure time run alone.
"""
import argparse
import concurrent.futures
import fnmatch
import importlib
import os
import sys
import threading
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "harness"), os.path.join(HERE, "scenarios")]

import stop  # noqa: E402
from registry import TESTS, Failure, Skip  # noqa: E402

SHOWN_LINES = 20
print_lock = threading.Lock()
stopping = threading.Event()


def load():
    for name in sorted(os.listdir(os.path.join(HERE, "scenarios"))):
        if name.endswith(".py"):
            importlib.import_module(name[:-3])


def chosen(globs):
    """Tests in the order in which they were written."""
    return [t for t in TESTS.values()
            if not globs or any(fnmatch.fnmatchcase(t.name, g) for g in globs)]


def run_one(test):
    """(outcome, explanation)"""
    reason = test.missing()
    if reason:
        return "SKIP", reason
    try:
        test.function()
        return "PASS", ""
    except Skip as skip:
        return "SKIP", str(skip)
    except Failure as failure:
        tail = failure.console.splitlines()[-SHOWN_LINES:]
        return "FAIL", "\n".join([str(failure), *("  | " + line for line in tail)])
    except Exception:   # pylint: disable=broad-except
        return "FAIL", traceback.format_exc()


def report(test, outcome, why, seconds):
    with print_lock:
        head = f"{outcome} {test.name} ({seconds:.1f} s)"
        if outcome == "SKIP":
            print(f"{head}: {why}")
        elif outcome == "FAIL":
            print(f"{head}\n  " + why.replace("\n", "\n  "))
            print(f"  again: make test T='{test.name}'")
        else:
            print(head)
        sys.stdout.flush()


def timed(test, done):
    start = time.monotonic()
    outcome, why = run_one(test)
    if not stopping.is_set():
        report(test, outcome, why, time.monotonic() - start)
        done.append((test, outcome))


def run(tests):
    """([(test, outcome)], what stopped it or None)"""
    done = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        try:
            list(pool.map(lambda t: timed(t, done), [t for t in tests if not t.alone]))
        except stop.Stopped as stopped:
            stopping.set()
            pool.shutdown(wait=False, cancel_futures=True)
            return done, stopped
    try:
        for test in tests:
            if test.alone:
                timed(test, done)
    except stop.Stopped as stopped:
        return done, stopped
    return done, None


def allowed_skips():
    """Globs of tests that may be skipped in CI, from tests/allowed-skips."""
    with open(os.path.join(HERE, "allowed-skips"), encoding="utf-8") as f:
        return [line.split("#")[0].strip() for line in f if line.split("#")[0].strip()]


def refuse_skips(done, count):
    """In CI a skip that nobody has allowed is a failure."""
    for test, outcome in done if os.environ.get("CI") else ():
        if outcome == "SKIP" and not any(fnmatch.fnmatchcase(test.name, g)
                                         for g in allowed_skips()):
            print(f"FAIL {test.name}: skipped, and not listed in tests/allowed-skips")
            count["FAIL"] += 1
            count["SKIP"] -= 1


def main():
    parser = argparse.ArgumentParser(description="Run Ashlar's tests.")
    parser.add_argument("globs", nargs="*", metavar="GLOB", help="names, with * and ?")
    parser.add_argument("--list", action="store_true", help="name the tests")
    args = parser.parse_args()
    stop.watch()
    load()
    tests = chosen(args.globs)
    if args.list:
        print("\n".join(t.name for t in tests))
        return 0
    if not tests:
        print(f"no test matches {' '.join(args.globs)}: make test-list", file=sys.stderr)
        return 2
    done, stopped = run(tests)
    count = {o: sum(1 for _, outcome in done if outcome == o) for o in ("PASS", "FAIL", "SKIP")}
    refuse_skips(done, count)
    if stopped:
        print(f"stopped by signal {stopped.number}: {len(tests) - len(done)} tests did not run")
    print(f"{count['PASS']} passed, {count['FAIL']} failed, {count['SKIP']} skipped")
    if stopped:
        return 128 + stopped.number
    return 1 if count["FAIL"] else 0


if __name__ == "__main__":
    sys.exit(main())
