# SPDX-License-Identifier: BSD-3-Clause
"""Rules about what SECURITY.md promises: each promise has a test beside it, and the test exists."""
import fnmatch
import os
import re
import subprocess
import sys

from rule import Skip, rule
from rules_config import config_files, definitions

PAGE = "SECURITY.md"


def rows(lines):
    """[(line number, cells)] of the table under the heading `What is promised`."""
    inside = False
    for number, line in enumerate(lines, 1):
        if line.startswith("#"):
            inside = line.lower().startswith("## what is promised")
        elif inside and re.match(r"\|(?!\s*promise\s*\||[\s|:-]+$)", line):
            yield number, [cell.strip() for cell in line.strip().strip("|").split("|")]


def listed(project, tool):
    """Names of the tests of `make test`, of the attacks of `make test-hostile`."""
    path = os.path.join(project.root, "tests", tool)
    if not os.path.exists(path):
        return set()
    done = subprocess.run([sys.executable, path, "--list"], capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise Skip(f"tests/{tool} --list fails: {(done.stderr.strip() or '?').splitlines()[-1]}")
    return {line.split()[0] for line in done.stdout.splitlines()}


def unit_tests(project):
    """suite.name of every UK_TEST."""
    return {".".join(pair) for file in project.named("_test.c")
            for pair in re.findall(r"^UK_TEST\((\w+), (\w+)", file.text, re.M)}


def goals(project):
    """What make makes: targets of the front door and of the files that it includes."""
    return {word for file in project.named("Makefile", ".mk")
            for line in re.findall(r"^([a-z][\w .-]*):(?!=)", file.text, re.M)
            for word in line.split()}


def wrong(cells, tests, targets, options):
    """What is wrong with one promise."""
    if len(cells) != 3:
        yield f"{len(cells)} cells: it takes promise, default, proved by"
        return
    for name in re.findall(r"`(\w+)`", cells[1]):
        if name not in options:
            yield f"{name} is no option"
    proofs = re.findall(r"`([^`]+)`", cells[2])
    if not proofs:
        yield "no test proves it"
    for name in proofs:
        if name.startswith("make "):
            if name.split()[1] not in targets:
                yield f"there is no goal `{name}`"
        elif not any(fnmatch.fnmatchcase(test, name) for test in tests):
            yield f"no test is named {name}"


@rule("promises", "each promise of SECURITY.md names tests, and they exist")
def promises(project):
    page = next((f for f in project.files if f.path == PAGE), None)
    if page is None:
        return
    tests = listed(project, "run.py") | listed(project, "hostile/run.py") | unit_tests(project)
    targets = goals(project)
    options = {entry["name"] for file in config_files(project) for entry in definitions(file)}
    for number, cells in rows(page.lines):
        for what in wrong(cells, tests, targets, options):
            yield f"{PAGE}:{number}", what
