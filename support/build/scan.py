# SPDX-License-Identifier: BSD-3-Clause
"""Reads the configured sources for tables and system calls.

    scan.py SCAN_IN SOURCES... --out DIR

SCAN_IN holds the libraries in rank order (name, folder, "syscalls" or "-") and, after "names:",
the files that list the system calls that libc knows. SOURCES are files with source names.
Writes DIR/tables.ld (the bounds of each table, entries by level and rank) and
DIR/syscalls_absent.c (-ENOSYS for what no configured library defines).
"""
from common import Fault, fail, read, write_if_changed
import argparse
import glob
import os
import re
import sys


TABLE = re.compile(r"^\s*UK_TABLE\(([^;]*),\s*(\w+)\)", re.M)
ENTRY = re.compile(r"^[^#\n]*\bUK_TABLE_ENTRY(?:_AT)?\([^,()]*,\s*(\w+)", re.M)
SYSCALL = re.compile(r"^\s*UK_SYSCALL_(?:FULL|LEAF)[0-6]\(\s*(\w+)", re.M)
KNOWN = re.compile(r"^#define __NR_(\w+)\s", re.M)
# Tables whose entries have levels, in the order of <uk/init.h>; the others have the level "1".
LEVELS = ("0", "1", "2", "3", "4")


def headers(folders):
    """All common and public headers of these libraries."""
    found = sorted(glob.glob("include/uk/**/*.h", recursive=True))
    for folder in folders:
        found += sorted(glob.glob(f"{folder}/**/*.h", recursive=True))
    return found


def tables(folders, sources):
    """The declared tables; an entry for an undeclared one would be lost, so it is an error."""
    declared, used = set(), {}
    for path in headers(folders) + sources:
        text = read(path) or ""
        declared.update(name for _, name in TABLE.findall(text))
        for match in ENTRY.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            used.setdefault(match.group(1), f"{path}:{line}")
    declared.discard("name")
    for name, place in sorted(used.items()):
        if name not in declared and name != "name" and not place.startswith("include/uk/table.h"):
            raise Fault(f"{place}: the table `{name}` is declared nowhere",
                        f"UK_TABLE(type, {name}); belongs into the header of its owner")
    return sorted(declared)


def tables_ld(names, libraries):
    """The linker script's part: bounds, and the libraries in rank order within each level."""
    lines = ["/* Written by the build: the tables, and in each the libraries in rank order. */"]
    for name in names:
        lines += ["\t. = ALIGN(16);", f"\tuk_tab_{name} = .;"]
        lines += [f"\tKEEP(*(.uk_tab.{name}.{level}.{lib}))"
                  for level in LEVELS for lib in libraries]
        lines += [f"\tuk_tab_{name}_end = .;"]
    return "\n".join(lines) + "\n"


def absent_c(known, defined):
    """One body for each call that libc knows and nobody defines; LTO folds it away."""
    lines = ["/* Written by the build: system calls that no configured library defines. */"]
    for name in sorted(known - defined):
        lines += [f"long uk_sys_{name}(long, long, long, long, long, long);",
                  f"long uk_sys_{name}(long a, long b, long c, long d, long e, long f)",
                  "{", "\t(void)a, (void)b, (void)c, (void)d, (void)e, (void)f;",
                  "\treturn -38; /* ENOSYS */", "}"]
    return "\n".join(lines) + "\n"


def syscalls(sources, allowed):
    """The calls that these sources define; only libraries that say syscalls-y may."""
    defined = {}
    for path in sources:
        for match in SYSCALL.finditer(read(path) or ""):
            name = match.group(1)
            if name in defined and defined[name] != path:
                raise Fault(f"{path}: the system call {name} is also defined in {defined[name]}")
            if not path.startswith(tuple(folder + "/" for folder in allowed)):
                raise Fault(f"{path}: defines the system call {name}, but its library does not "
                            "say so", "add `syscalls-y := y` to its Makefile.uk")
            defined[name] = path
    return set(defined)


def main(argv):
    parser = argparse.ArgumentParser(prog="scan.py")
    parser.add_argument("scan_in")
    parser.add_argument("sources", nargs="*")
    parser.add_argument("--out", required=True)
    args = parser.parse_args(argv)
    libs, _, names = read(args.scan_in).partition("names:")
    words = libs.split()
    libraries = list(zip(words[0::3], words[1::3], words[2::3]))
    sources = [s for path in args.sources for s in (read(path) or "").split()]
    sources = [s for s in sources if s.endswith((".c", ".h"))]
    known = set()
    for path in names.split():
        known.update(KNOWN.findall(read(path) or ""))
    try:
        found = tables([folder for _, folder, _ in libraries if not folder.startswith("ports/")],
                       sources)
        write_if_changed(os.path.join(args.out, "tables.ld"),
                         tables_ld(found, [name for name, _, _ in libraries]))
        defined = syscalls(sources, [folder for _, folder, says in libraries
                                     if says == "syscalls"])
        write_if_changed(os.path.join(args.out, "syscalls_absent.c"), absent_c(known, defined))
    except Fault as fault:
        return fail(fault)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
