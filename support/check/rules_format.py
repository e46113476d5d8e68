# SPDX-License-Identifier: BSD-3-Clause
"""Rules that other tools know: format of C, shell and Python; headers that stand alone."""
import glob
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from rule import Skip, rule

JOBS = os.cpu_count() or 2


def tool(*names):
    """The first of these commands that is here."""
    for name in names:
        if shutil.which(name):
            return name
    raise Skip(f"{names[0]} is missing: make doctor says how to get it")


def run(command, cwd):
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def chunks(items, size):
    return [items[i:i + size] for i in range(0, len(items), size)]


def located(text, root):
    """(file:line, message) of lines such as file:line:column: message."""
    for line in text.splitlines():
        match = re.match(r"([^:\s]+):(\d+):(?:\d+:)?\s*(.*)", line)
        if match:
            path = os.path.relpath(os.path.join(root, match.group(1)), root)
            yield f"{path}:{match.group(2)}", match.group(3)


@rule("format", "C is formatted by clang-format 19")
def format_c(project):
    command = tool("clang-format-19")
    paths = [f.path for f in project.c_files]
    with ThreadPoolExecutor(JOBS) as pool:
        runs = pool.map(lambda part: run([command, "--dry-run", "--ferror-limit=1", *part],
                                         project.root), chunks(paths, 20))
        seen = set()
        for done in runs:
            for where, what in located(done.stderr, project.root):
                path = where.split(":", maxsplit=1)[0]
                if "code should be clang-formatted" in what and path not in seen:
                    seen.add(path)
                    yield where, f"not formatted: clang-format-19 -i {path}"


def is_shell(file):
    return file.path.endswith(".sh") or re.match(r"#!\s*/(usr/)?bin/(env )?(ba|da)?sh\b",
                                                 file.lines[0])


def is_python(file):
    return file.path.endswith(".py") or re.match(r"#!.*\bpython3?\b", file.lines[0])


def plain_files(project):
    return [f for f in project.files if f.path.endswith((".py", ".sh"))
            or "." not in os.path.basename(f.path)]


@rule("shell", "shell scripts pass shellcheck")
def shell(project):
    command = tool("shellcheck")
    paths = [f.path for f in plain_files(project) if is_shell(f)]
    if paths:
        done = run([command, "-x", "--format=gcc", *paths], project.root)
        yield from located(done.stdout, project.root)


@rule("python", "Python passes pyflakes and pycodestyle")
def python(project):
    paths = [f.path for f in plain_files(project) if is_python(f)]
    if not paths:
        return
    flakes = run([tool("pyflakes3"), *paths], project.root)
    yield from located(flakes.stdout, project.root)
    style = run([sys.executable, "-m", "pycodestyle", "--max-line-length=100",
                 "--ignore=W503,W504,E731", *paths], project.root)
    if "No module named" in style.stderr:
        raise Skip("pycodestyle is missing: make doctor says how to get it")
    yield from located(style.stdout, project.root)


def public_headers(project):
    """[(file, library or None)]"""
    for file in project.named(".h"):
        lib = project.owner(file.path)
        base = os.path.join(lib.folder, "include") if lib else "include"
        if file.path.startswith(base + "/"):
            yield file, lib


def include_dirs(project, lib):
    """Layer 0, the members of contracts, the library, and all whose headers its headers reach."""
    found = ["include"]
    todo = [lib] if lib else []
    todo += [other for other in project.libraries.values() if other.layer == "arch"]
    by_symbol = {other.symbol: other for other in project.libraries.values()}
    while todo:
        at = todo.pop()
        path = os.path.join(at.folder, "include")
        if path not in found:
            found.append(path)
            todo += [by_symbol[o] for _, o in at.selects
                     if o in by_symbol and by_symbol[o].layer != "ports"]
    return [d for d in found if os.path.isdir(os.path.join(project.root, d))]


@rule("headers", "every public header compiles alone, in C and in C++")
def headers(project):
    command = tool("clang-19", "clang")
    resource = run([command, "-print-resource-dir"], project.root).stdout.strip()
    configs = sorted(glob.glob(os.path.join(project.out, "*", "*", "config.h")))
    if not configs:
        raise Skip("nothing is built: make A=apps/hello, then again")
    base = [command, "--target=x86_64-linux-musl", "-nostdinc", "-isystem", resource + "/include",
            "-fsyntax-only", "-Wall", "-Wundef", "-Werror", "-Wno-pragma-once-outside-header",
            "-include", configs[0], '-DUK_LIB="check"', "-mgeneral-regs-only"]
    jobs = []
    for file, lib in public_headers(project):
        if lib and (lib.hosted or lib.layer in ("app", "ports")):
            continue
        if "/include/uk/member/" in "/" + file.path:
            continue    # parts of a contract's header
        flags = [f"-I{d}" for d in include_dirs(project, lib)]
        for language in (["-x", "c", "-std=gnu11"], ["-x", "c++", "-std=c++17"]):
            jobs.append((file, language[1], base + flags + language
                         + ["-include", file.path, "/dev/null"]))
    with ThreadPoolExecutor(JOBS) as pool:
        for (file, language, _), done in zip(jobs, pool.map(lambda j: run(j[2], project.root),
                                                            jobs)):
            if done.returncode:
                where, what = next(located(done.stderr, project.root), (f"{file.path}:1", "fails"))
                yield f"{file.path}:1", f"as {language} alone: {where}: {what}"
