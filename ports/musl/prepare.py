#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Generates musl's headers in a freshly unpacked tree; called by support/build/fetch.py.

For each CPU: gen/<cpu>/include (bits/*, to be put before musl's include; bits/syscall.h is also
where the build learns which calls there are) and gen/<cpu>/internal (syscall_arch.h, version.h).
"""

import pathlib
import re
import sys

import gen_syscalls

CPUS = {"x86_64": "x86_64", "arm64": "aarch64"}     # our name: musl's


def alltypes(text):
    """What musl's tools/mkalltypes.sed does: each type is defined once, where it is asked for."""
    def guarded(kind, name, body):
        key = f"struct_{name}" if kind == "struct" else f"union_{name}" if kind == "union" else name
        return (f"#if defined(__NEED_{key}) && !defined(__DEFINED_{key})\n{body}\n"
                f"#define __DEFINED_{key}\n#endif\n")

    out = []
    for line in text.splitlines():
        if match := re.match(r"TYPEDEF (.*) ([^ ]*);$", line):
            out.append(guarded("", match[2], f"typedef {match[1]} {match[2]};"))
        elif match := re.match(r"(STRUCT|UNION) *([^ ]*) (.*);$", line):
            kind = match[1].lower()
            out.append(guarded(kind, match[2], f"{kind} {match[2]} {match[3]};"))
        else:
            out.append(line)
    return "\n".join(out) + "\n"


def public_headers(tree, arch, out):
    """One folder bits/ from the generic headers, those of the CPU, and the generated ones."""
    bits = out / "include" / "bits"
    bits.mkdir(parents=True)
    for folder in ("generic", arch):
        for path in sorted((tree / "arch" / folder / "bits").glob("*.h")):
            (bits / path.name).write_bytes(path.read_bytes())
    types = (tree / "arch" / arch / "bits" / "alltypes.h.in").read_text()
    types += (tree / "include" / "alltypes.h.in").read_text()
    (bits / "alltypes.h").write_text(alltypes(types))
    numbers = (tree / "arch" / arch / "bits" / "syscall.h.in").read_text()
    aliases = [line.replace("__NR_", "SYS_") for line in numbers.splitlines() if "__NR_" in line]
    (bits / "syscall.h").write_text(numbers + "\n".join(aliases) + "\n")


def internal_headers(tree, arch, out):
    internal = out / "internal"
    internal.mkdir(parents=True)
    table = gen_syscalls.calls((tree / "arch" / arch / "bits" / "syscall.h.in").read_text())
    (internal / "syscall_arch.h").write_text(gen_syscalls.header(table))
    version = (tree / "VERSION").read_text().strip()
    (internal / "version.h").write_text(f'#define VERSION "{version}"\n')


def main(argv):
    tree = pathlib.Path(argv[1])
    for cpu, arch in CPUS.items():
        public_headers(tree, arch, tree / "gen" / cpu)
        internal_headers(tree, arch, tree / "gen" / cpu)
        (tree / "arch" / arch / "syscall_arch.h").unlink()      # ours must be the only one
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
