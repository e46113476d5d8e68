# SPDX-License-Identifier: BSD-3-Clause
"""Tests that need no guest: libraries on the host under sanitizers, tools, checkers."""
import os
import re
import shutil
import subprocess
import sys

from build import OUT, ROOT, building, image, make
from registry import Failure, expect, test

CHECKED = ("tests/build", "tests/run", "tests/ports")


@test("host.libraries")
def libraries():
    with building("host") as out:
        text = make(["test-host", f"O={out}"])
    match = re.search(r"(\d+) passed, (\d+) failed", text)
    expect(match and int(match.group(1)) > 100 and match.group(2) == "0",
           "the host tests do not pass", text)


@test("host.nothing")
def nothing():
    """A library or a test that is not there is no success."""
    for words, says in ((["LIB=nope"], "there are"), (["LIB=param", "T=nope"], "no test matches")):
        with building("host") as out:
            done = subprocess.run(["make", "test-host", f"O={out}", *words], cwd=ROOT,
                                  text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, check=False)
        expect(done.returncode != 0 and says in done.stdout, " ".join(words), done.stdout)


def unittests(where):
    done = subprocess.run([sys.executable, "-m", "unittest", "discover", "-s", where, "-p", "*.py"],
                          cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    ran = re.search(r"Ran (\d+) test", done.stdout)
    expect(done.returncode == 0 and ran and int(ran.group(1)) > 0, f"{where}: unittest fails",
           done.stdout)


for _where in CHECKED:
    test("host." + _where.replace("/", "."))(lambda where=_where: unittests(where))


@test("check.rules")
def rules():
    for app in ("apps/hello", "apps/httpd"):
        image(app)
    out = os.path.join(OUT, "release")
    done = subprocess.run([sys.executable, "support/check/check.py", "--out", out], cwd=ROOT,
                          text=True, capture_output=True, check=False)
    expect(done.returncode == 0, "make check finds faults", done.stdout + done.stderr)


@test("check.stale")
def stale():
    """What an older tree has built is brought up to date before it is looked at."""
    with building("stale") as out:
        make(["A=apps/hello", f"O={out}", "configured"])
        path = os.path.join(out, "hello", "kvm-x86_64", "config.h")
        os.rename(path, path + ".old")
        with open(path + ".old", encoding="utf-8") as old, open(path, "w", encoding="utf-8") as new:
            new.writelines(line for line in old if "CONFIG_FS_" not in line)
        text = make(["check", "RULES=headers", f"O={out}"])
    expect("LD " in text and "1 rules, 0 findings" in text, "old options are believed", text)


@test("check.selftest")
def selftest():
    text = make(["check-selftest"])
    match = re.search(r"(\d+) planted, (\d+) caught", text)
    expect(match and match.group(1) == match.group(2) and int(match.group(1)) >= 20,
           "a planted fault is missed", text)


@test("check.help")
def help_screen():
    text = make(["help"])
    expect(len(text.splitlines()) <= 25 and max(map(len, text.splitlines())) <= 100,
           "make help does not fit a screen", text)


@test("setup.doctor")
def doctor():
    text = make(["doctor"])
    expect("clang-19" in text and "qemu" in text.lower(), "make doctor names no tools", text)


@test("setup.refuses")
def refuses():
    """SETUP=no with a tool missing: the command to type, and a status."""
    path = os.path.join(OUT, "nothing")
    shutil.rmtree(path, ignore_errors=True)
    done = subprocess.run(["make", "A=apps/hello", f"O={path}", "SETUP=no", "CC=clang-99"],
                          cwd=ROOT, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if done.returncode == 0 or "clang" not in done.stdout:
        raise Failure("a missing compiler is not refused with its name", done.stdout)
