#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Budgets: figures of images that may not grow unnoticed.

    budget.py check [--file F] [--compiler TEXT] IMAGE...   fails when a figure is over its budget
    budget.py write [--file F] [--compiler TEXT] IMAGE...   writes what is measured as the budget
    budget.py show IMAGE...                                 prints what is measured

tests/budgets holds lines `target app figure value`, and beside it tests/budgets.parts the sizes of
libraries and functions at that time, so that whoever grew can be named. Both depend on the
compiler: with another one than the file's head says, sizes and counts are not compared.
"""
import argparse
import os
import re
import subprocess
from collections import namedtuple

import start
import boot_report
import image as images
import measure
import options as opt
import process
import runner
import sizes
from errors import RunError

ROOT = os.path.dirname(os.path.dirname(start.HERE))
DEFAULT = os.path.join(ROOT, "tests", "budgets")
HEAD = "# compiler: "
SMALLEST_PART = 128         # bytes: smaller functions are not listed one by one

Figure = namedtuple("Figure", "target app name value")


def compiler_version():
    tool = process.find_tool("clang-19", "clang")
    if not tool:
        return ""
    out = subprocess.run([tool, "--version"], stdout=subprocess.PIPE, check=False).stdout.decode()
    m = re.search(r"clang version [\d.]+", out)
    return m.group() if m else out.split("\n")[0]


def read(path):
    """(compiler, {(target, app, figure): value})"""
    found, compiler = {}, ""
    try:
        with open(path) as f:
            for n, line in enumerate(f, 1):
                if line.startswith(HEAD):
                    compiler = line[len(HEAD):].strip()
                words = line.split("#")[0].split()
                if not words:
                    continue
                if len(words) != 4 or not words[3].isdigit():
                    raise RunError(f"{path}:{n}: not `target app figure value`")
                found[tuple(words[:3])] = int(words[3])
    except FileNotFoundError:
        raise RunError(f"there is no {path}: make budgets writes it") from None
    except OSError as e:
        raise RunError(f"{path}: {e.strerror}") from e
    return compiler, found


def parts_of(it, report):
    """{(target, app, figure, library, name): value}: what a figure is made of."""
    out = {}
    for p in sizes.pieces(it.debug_path, it):
        if p.kind == "bss":
            continue
        small = p.size < SMALLEST_PART
        key = (it.target, it.app, "image_bytes", p.library, "(small)" if small else p.name)
        out[key] = out.get(key, 0) + p.size
    for (library, name), count in report.functions.items() if report else ():
        out[it.target, it.app, "entry_to_main", library, name] = count
    return out


def measured(path, wanted=None, enough=0):
    """(figures, parts) of one image; `wanted`: names of figures, all if None. `enough`: KiB of
    memory that are looked at first: if it works with them, the least is not searched for."""
    it = images.Image(path)
    report, out = None, []

    def want(name):
        return wanted is None or name in wanted

    def add(name, value):
        out.append(Figure(it.target, it.app, name, value))

    if want("image_bytes"):
        add("image_bytes", os.path.getsize(path))
    if want("entry_to_main") and not it.has_network():
        # with a network the way to main depends on when the host answers
        report = boot_report.measure(opt.parse([path], environ={}))
        add("entry_to_main", report.total)
    if want("least_mem_kib"):
        fits = enough and measure.works(path, enough)
        add("least_mem_kib", enough if fits else measure.least_memory(path))
    return out, parts_of(it, report)


def growth(before, after, figure):
    """Lines: the libraries and functions that grew most, for one figure of one image."""
    where = (figure.target, figure.app, figure.name)
    libraries, functions = {}, []
    for key in set(before) | set(after):
        if key[:3] == where:
            change = after.get(key, 0) - before.get(key, 0)
            libraries[key[3]] = libraries.get(key[3], 0) + change
            functions.append((change, key[3], key[4]))
    lines = []
    for library, change in sorted(libraries.items(), key=lambda i: -i[1])[:3]:
        if change > 0:
            best = max(f for f in functions if f[1] == library)
            lines.append(f"    {library} grew by {change}: most of it {best[2]} (+{best[0]})")
    return lines


def check(args):
    compiler, budgets = read(args.file)
    same = compiler == args.compiler
    _, before = read_parts(args.file + ".parts")
    bad = 0
    for path in args.images:
        it = images.Image(path)
        wanted = {k[2] for k in budgets if k[:2] == (it.target, it.app)}
        if not wanted:
            print(f"{it.target} {it.app}: no budget")
            continue
        if not it.has("LTO_FULL"):
            print(f"{it.target} {it.app}: not compared: this is no release build")
            continue
        if not same:
            print(f"{it.target} {it.app}: not compared: the budgets are for {compiler}, "
                  f"this is {args.compiler}")
            continue
        figures, after = measured(path, wanted,
                                  budgets.get((it.target, it.app, "least_mem_kib"), 0))
        for f in figures:
            bad += not judge(f, budgets[f[:3]], before, after)
    return 1 if bad else 0


def judge(figure, budget, before, after):
    ok = figure.value <= budget
    print(f"{'ok' if ok else 'OVER':<5}{figure.target} {figure.app} {figure.name} "
          f"{figure.value} (budget {budget})")
    if not ok:
        print("\n".join(growth(before, after, figure)
                        or ["    no part of it is known to have grown"]))
    return ok


def read_parts(path):
    found = {}
    try:
        with open(path) as f:
            for line in f:
                words = line.rstrip("\n").split("\t")
                if len(words) == 6 and words[5].isdigit():
                    found[tuple(words[:5])] = int(words[5])
    except OSError:
        pass            # then nothing can be named, but figures are still compared
    return None, found


def write(args):
    figures, parts = [], {}
    for path in args.images:
        some, more = measured(path)
        figures += some
        parts.update(more)
    lines = ["# SPDX-License-Identifier: BSD-3-Clause",
             "# What may not grow unnoticed: `target app figure value`. make budgets writes this;",
             "# it is committed with the reason. budgets.parts says what the figures were made of.",
             HEAD + args.compiler] + [" ".join(map(str, f)) for f in figures]
    process.write_whole(args.file, ("\n".join(lines) + "\n").encode())
    text = "".join("\t".join(k) + f"\t{v}\n" for k, v in sorted(parts.items()))
    process.write_whole(args.file + ".parts", text.encode())
    print("\n".join(lines[3:]))
    return 0


def show(args):
    for path in args.images:
        for f in measured(path)[0]:
            print(" ".join(map(str, f)))
    return 0


def main(words):
    parser = argparse.ArgumentParser(prog="budget.py", description="Budgets of images.")
    parser.add_argument("what", choices=("check", "write", "show"))
    parser.add_argument("images", nargs="+", metavar="IMAGE")
    parser.add_argument("--file", default=DEFAULT)
    parser.add_argument("--compiler", default=None)
    args = parser.parse_args(words)
    if args.compiler is None:
        args.compiler = compiler_version()
    return {"check": check, "write": write, "show": show}[args.what](args)


if __name__ == "__main__":
    start.main(lambda words: runner.guarded(main, words))
