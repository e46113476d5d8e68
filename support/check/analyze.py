#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Static analysis of all C of ours: clang's analyzer, and cppcheck.

    analyze.py --out FOLDER APPLICATION... [--files GLOB...]

Each source is looked at once, as the first of the applications that has it compiles it. What is
found is printed, a line each; closes with `N files, N findings`, status 1 if there are any. What is
right and yet reported is marked in the source, on the line before, with the reason:
/* cppcheck-suppress id ; reason */; the analyzer is told what it cannot know by an assertion.
"""
import argparse
import concurrent.futures
import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys

LIMIT_S = 600
# Bounds of tables and of the image are symbols of the linker: pointers to "different objects".
LINKER_SYMBOLS = "--suppress=comparePointers"
# UK_ASSERT(condition && "why"): the text is for the message.
REASONS = "--suppress=incorrectStringBooleanError"
# An instruction writes what it looks at; a change there compiles libc anew, so it is said here.
RDSEED = "--suppress=identicalInnerCondition:arch/x86_64/include/uk/member/cpu.h"
# The first warns of every memcpy; to the other what an option folds away is dead.
CLANG_OFF = ("security.insecureAPI.DeprecatedOrUnsafeBufferHandling", "deadcode.DeadStores")
CPPCHECK = ("-q", "--enable=warning,performance,portability", "--std=c11", "--platform=unix64",
            "--inline-suppr", "--suppress=missingIncludeSystem", LINKER_SYMBOLS, REASONS,
            RDSEED, "--max-configs=1", "--template={file}:{line}: {message} [{id}]")


class Source:
    """One file, and how it is compiled."""

    def __init__(self, entry):
        self.path = entry["file"]
        self.folder = entry["directory"]
        words = [w for w in entry["arguments"] if not w.startswith("-flto") and w != "-Werror"]
        self.compiler = words[0]
        # The last two are -c and the file.
        self.flags = [w for w in words[1:-2] if not w.endswith(".c")]

    def clang(self):
        off = [w for name in CLANG_OFF
               for w in ("-Xclang", f"-analyzer-disable-checker={name}")]
        return [self.compiler, *self.flags, "--analyze", "-Xclang", "-analyzer-output=text", *off,
                "-o", os.devnull, self.path]

    def cppcheck(self):
        words, at = [], 0
        while at < len(self.flags):
            flag = self.flags[at]
            if flag == "-include":
                at += 1
                words.append(f"--include={self.flags[at]}")
            elif flag.startswith(("-I", "-D")) and len(flag) > 2:
                words.append(flag)
            elif flag.startswith("--target="):
                words.append(f"-D__{flag[len('--target='):].split('-')[0]}__=1")
            at += 1
        return ["cppcheck", *CPPCHECK, *words, self.path]


def sources(out, apps, globs):
    """Each file of ours once, by its path."""
    found = {}
    for app in apps:
        with open(os.path.join(out, app, "compile_commands.json"), encoding="utf-8") as f:
            for entry in json.load(f):
                path = entry["file"]
                if os.path.isabs(path) or path.startswith(("build/", "..")) \
                        or not path.endswith(".c"):
                    continue
                if not globs or any(fnmatch.fnmatchcase(path, g) for g in globs):
                    found.setdefault(path, Source(entry))
    return [found[path] for path in sorted(found)]


def findings(command, source):
    """(where, what) of each line that is a warning or an error."""
    done = subprocess.run(command, cwd=source.folder, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT_S,
                          check=False)
    seen = []
    for line in done.stdout.splitlines():
        match = re.match(r"([^:\s]+:\d+):(?:\d+:)? (?:warning: |error: |fatal error: )?(.*\])$",
                         line)
        if match and ": note: " not in line:
            seen.append(match.groups())
    if done.returncode and not seen:
        seen.append((source.path, f"{command[0]}: status {done.returncode}: "
                     + (done.stdout.strip().splitlines() or [""])[-1]))
    return seen


def look(source):
    return findings(source.clang(), source) + findings(source.cppcheck(), source)


def main():
    parser = argparse.ArgumentParser(description="Analyse Ashlar's sources.")
    parser.add_argument("--out", required=True)
    parser.add_argument("--files", nargs="*", default=[])
    parser.add_argument("apps", nargs="+")
    args = parser.parse_args()
    if not shutil.which("cppcheck"):
        sys.exit("analyze: needs cppcheck: make doctor says how to get it")
    files = sources(args.out, args.apps, args.files)
    seen = set()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for found in pool.map(look, files):
            for where, what in found:
                if (where, what) not in seen:
                    print(f"{where}: {what}", flush=True)
                seen.add((where, what))
    print(f"{len(files)} files, {len(seen)} findings")
    sys.exit(1 if seen else 0)


if __name__ == "__main__":
    main()
