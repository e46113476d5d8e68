# SPDX-License-Identifier: BSD-3-Clause
"""Fuzz targets: their seeds and a second each; a planted fault is found. `make fuzz` does more."""
import os
import re
import subprocess
import sys

from build import ROOT, building
from registry import Skip, expect, test


def fuzz(*words):
    """(status, output) of tests/fuzz/run.py."""
    with building("fuzz") as out:
        done = subprocess.run([sys.executable, os.path.join(ROOT, "tests/fuzz/run.py"), "--out",
                               os.path.join(out, "targets"), *words], cwd=ROOT, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=900, check=False)
    missing = re.search(r"^fuzz: (needs .*)", done.stdout, re.M)
    if missing:
        raise Skip(missing.group(1))
    return done.returncode, done.stdout


@test("fuzz.targets")
def targets():
    status, text = fuzz("--quick")
    match = re.search(r"^(\d+) targets, 0 findings$", text, re.M)
    expect(status == 0 and match and int(match.group(1)) >= 15, "a fuzz target has a finding", text)


@test("fuzz.finds")
def finds():
    status, text = fuzz("--seconds", "30", "planted")
    expect(status == 1 and "1 targets, 1 findings" in text and "heap-buffer-overflow" in text,
           "the planted fault is not found", text)
