#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""make check-selftest: plants one fault after the other and requires the rule that is meant.

Each folder of tests/check/ is a plant: `expect` (lines `rule file:line`), and `tree/`, a small
project with that fault. Where `tree/` has C files under a `build` line of `expect`
(`build SOURCE OBJECT`), they are compiled first, for the rules that look at objects.
A line `not rule file:line` is a finding that must not be.
"""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", ".."))
PLANTS = os.path.join(ROOT, "tests", "check")


def read_expect(folder):
    findings, builds, absent = [], [], []
    with open(os.path.join(folder, "expect"), encoding="utf-8") as f:
        for line in f:
            words = line.split()
            if words and words[0] == "build":
                builds.append(words[1:])
            elif words and words[0] == "not":
                absent.append((words[1], words[2]))
            elif words and words[0] != "#":
                findings.append((words[0], words[1]))
    return findings, builds, absent


def compile_parts(tree, builds):
    for source, out in builds:
        path = os.path.join(tree, out)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        link = [] if out.endswith(".o") else ["-nostdlib", "-static", "-fuse-ld=lld", "-Wl,-emain"]
        subprocess.run(["clang-19", "-g", *(link or ["-c"]), source, "-o", path], cwd=tree,
                       check=True)


def caught(plant):
    """None if every expected finding is reported, else what is missing."""
    folder = os.path.join(PLANTS, plant)
    findings, builds, absent = read_expect(folder)
    with tempfile.TemporaryDirectory() as temp:
        tree = os.path.join(temp, "tree")
        shutil.copytree(os.path.join(folder, "tree"), tree)
        compile_parts(tree, builds)
        rules = sorted({name for name, _ in findings})
        done = subprocess.run([sys.executable, os.path.join(HERE, "check.py"), "--root", tree,
                               *rules], capture_output=True, text=True, check=False)
    for name, where in findings:
        if f"{name}: {where}: " not in done.stdout:
            return f"expected `{name}: {where}:`, got:\n{done.stdout}{done.stderr}"
    for name, where in absent:
        if f"{name}: {where}: " in done.stdout:
            return f"did not expect `{name}: {where}:`, got:\n{done.stdout}"
    if done.returncode != 1:
        return f"status {done.returncode}"
    return None


def main():
    plants = sorted(p for p in os.listdir(PLANTS) if os.path.isdir(os.path.join(PLANTS, p)))
    planted, found, covered = 0, 0, set()
    for plant in plants:
        planted += 1
        why = caught(plant)
        rules = sorted({name for name, _ in read_expect(os.path.join(PLANTS, plant))[0]})
        covered |= set(rules)
        if why is None:
            found += 1
            print(f"caught {plant}: by {', '.join(rules)}")
        else:
            print(f"MISSED {plant}: {why}")
    listed = subprocess.run([sys.executable, os.path.join(HERE, "check.py"), "--list"],
                            capture_output=True, text=True, check=True).stdout
    bare = [line.split()[0] for line in listed.splitlines() if line.split()[0] not in covered]
    for name in bare:
        print(f"MISSED no plant for rule {name}")
    print(f"{planted} planted, {found} caught")
    return 0 if planted == found and not bare else 1


if __name__ == "__main__":
    sys.exit(main())
