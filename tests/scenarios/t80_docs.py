# SPDX-License-Identifier: BSD-3-Clause
"""The documents: links lead somewhere, commands exist, the tutorial works as it stands."""
import os
import re
import shutil
import subprocess

from build import OUT, ROOT
from registry import expect, test

# A fenced block and the last path in backquotes before it.
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


def documents():
    """{path: text} of all pages."""
    done = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard",
                           "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    found = {}
    for path in done.stdout.split("\0"):
        if not path or path.startswith("tests/"):
            continue
        with open(os.path.join(ROOT, path), encoding="utf-8") as f:
            found[path] = f.read()
    return found


@test("docs.links")
def links():
    for path, text in documents().items():
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            there = os.path.join(ROOT, os.path.dirname(path), target)
            expect(os.path.exists(there), f"{path}: the link to {target} leads nowhere")


def commands(text):
    """Lines of shell and commands in backquotes."""
    yield from re.findall(r"`(make [^`\n]+)`", text)
    for _, block in BLOCK.findall(text):
        yield from re.findall(r"^(make [^#\n]+)", block, re.M)


@test("docs.commands")
def goals():
    """Each `make goal` of the documents and of make help is a goal of the makefiles."""
    done = subprocess.run(["make", "-pnq", "O=" + os.path.join(OUT, "docs"), "help"], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    known = set(re.findall(r"^([a-z][\w-]*):", done.stdout, re.M))
    expect({"run", "test", "check"} <= known, "no goals found", done.stdout[-2000:])
    for path, text in documents().items():
        for command in commands(text):
            words = re.sub(r"'[^']*'|\"[^\"]*\"", "", command).split()[1:]
            for word in (w for w in words if re.fullmatch(r"[a-z][a-z-]*", w)):
                expect(word in known, f"{path}: `{command.strip()}`: there is no goal {word}")


def copy_of_the_tree():
    """The files as they stand here, committed or not, in a repository of their own."""
    tree = os.path.join(OUT, "docs", "tree")
    shutil.rmtree(tree, ignore_errors=True)
    done = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                          cwd=ROOT, capture_output=True, text=True, check=True)
    for path in filter(None, done.stdout.split("\0")):
        if os.path.lexists(os.path.join(ROOT, path)):
            os.makedirs(os.path.dirname(os.path.join(tree, path)), exist_ok=True)
            shutil.copy2(os.path.join(ROOT, path), os.path.join(tree, path),
                         follow_symlinks=False)
    subprocess.run(["git", "init", "-q", tree], check=True)
    return tree


def shell(tree, text):
    done = subprocess.run(["sh", "-e", "-c", text], cwd=tree, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900,
                          check=False)
    expect(done.returncode == 0, f"fails: {text.strip()}", done.stdout)
    return done.stdout


def follow(tree, page):
    """Write each file that the page shows and type each command; returns what they printed."""
    said, at = "", 0
    for block in BLOCK.finditer(page):
        kind, text = block.groups()
        paths = re.findall(r"`((?:lib|apps)/[\w./-]+)`", page[at:block.start()])
        at = block.end()
        if "apps/tally/Config.uk" in paths:
            add_select(os.path.join(tree, "apps/tally/Config.uk"))
        if kind == "sh":
            # Formats and headers are another test's; here the new library is what counts.
            said += shell(tree, text.replace("make check\n", "make check RULES='layers includes "
                                             "symbols help options files length'\n"))
        elif paths:
            path = os.path.join(tree, paths[-1])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
    return said


def add_select(path):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace("\tselect LIB_PARAM\n", "\tselect LIB_PARAM\n\tselect LIB_COUNTER\n"))


@test("docs.adding-a-library")
def adding_a_library():
    """Followed to the letter, in a copy of the tree."""
    tree = copy_of_the_tree()
    said = follow(tree, documents()["docs/adding-a-library.md"])
    for line in ("1 passed, 0 failed", "1\n2\n3\n", "exit status: 0", " 0 findings"):
        expect(line in said, f"not printed: {line!r}", said)
