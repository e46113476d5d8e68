#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""make check: the rules of the house, each by name, each finding as `rule: file:line: what`.

    check.py [--root DIR] [--out O] [--list] [RULE...]

Rules are functions in rules_*.py. --out is the build folder: rules about objects and images look
at whatever is built there.
"""
import argparse
import importlib
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "build")]

from rule import RULES, Skip  # noqa: E402
from source import Project  # noqa: E402

for rules in ("source", "config", "format", "image", "promises", "lock", "planted"):
    importlib.import_module("rules_" + rules)


def arguments():
    parser = argparse.ArgumentParser(description="Check the rules of the house.")
    parser.add_argument("rules", nargs="*", metavar="RULE", help="only these rules")
    parser.add_argument("--root", default=os.path.join(HERE, "..", ".."), help="the project")
    parser.add_argument("--out", default=None, help="build folder (default ROOT/build)")
    parser.add_argument("--list", action="store_true", help="name the rules and what each says")
    parser.add_argument("--times", action="store_true", help="seconds spent by rule")
    return parser.parse_args()


def main():
    args = arguments()
    if args.list:
        for name, (_, says) in RULES.items():
            print(f"{name:14} {says}")
        return 0
    unknown = [name for name in args.rules if name not in RULES]
    if unknown:
        print(f"check: no rule named {unknown[0]}; there are: {' '.join(RULES)}", file=sys.stderr)
        return 2
    root = os.path.abspath(args.root)
    project = Project(root, os.path.abspath(args.out or os.path.join(root, "build")))
    count = 0
    chosen = args.rules or list(RULES)
    for name in chosen:
        start = time.monotonic()
        try:
            for where, what in RULES[name][0](project):
                print(f"{name}: {where}: {what}")
                count += 1
        except Skip as reason:
            print(f"{name}: not checked: {reason}")
            count += 1
        if args.times:
            print(f"{name}: {time.monotonic() - start:.1f} s", file=sys.stderr)
    print(f"check: {len(chosen)} rules, {count} findings")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
