# SPDX-License-Identifier: BSD-3-Clause
"""Rules about what was built: names of symbols, instructions that only the machine's layers use."""
import fnmatch
import glob
import json
import os
import re
import subprocess

from rule import Skip, rule
from rules_format import tool

# The compiler calls these by name, so their names are not ours to choose.
COMPILER_NAMES = {"mem": {"memcpy", "memmove", "memset", "memcmp", "bcmp"},
                  "panic": {"__stack_chk_fail"}, "canary": {"__stack_chk_guard"}}
PRIVILEGED = {"hlt", "cli", "sti", "syscall", "sysretq", "iretq", "wrmsr", "lidtq", "lgdtq"}


def objects(project, lib):
    """Of images: those of the host tests carry names of the sanitizers."""
    return sorted(path for folder in glob.glob(os.path.join(project.out, "*", "*", lib.name))
                  + shared_folders(project, lib)
                  for path in glob.glob(os.path.join(folder, "**", "*.o"), recursive=True)
                  if "-debug" not in path
                  and not path.startswith(os.path.join(project.out, "host", "")))


def shared_folders(project, lib):
    """Where the images that are built have this library's archive from, wherever it is kept."""
    found = set()
    for path in glob.glob(os.path.join(project.out, "*", "*", "link.in")):
        with open(path, encoding="utf-8") as f:
            found |= {os.path.join(project.root, os.path.dirname(word)) for word in f.read().split()
                      if word.endswith(f"/{lib.name}/lib.a")}
    return sorted(found)


def allowed(lib):
    """What a global of this library may be called: prefixes and patterns."""
    own = lib.name.replace("-", "_")
    patterns = [f"uk_{own}_*", f"uk__{own}_*", f"uk_{own}"]
    names = set()
    # Each public header is a name of its own: virtio has <uk/virtq.h>, so it may say uk_virtq_.
    for header in glob.glob(os.path.join(lib.project.root, lib.folder, "include/uk/*.h")):
        patterns.append(f"uk_{os.path.basename(header)[:-2].replace('-', '_')}_*")
    for contract in lib.words("implements-y"):
        patterns.append(f"uk_{contract.replace('-', '_')}_*")
        names |= COMPILER_NAMES.get(contract, set())
    if "y" in lib.words("syscalls-y"):
        patterns.append("uk_sys_*")
    return patterns + sorted(names) + lib.words("exports-y")


@rule("symbols", "globals are named after their library, nothing is weak")
def symbols(project):
    nm = tool("llvm-nm-19", "llvm-nm")
    built = False
    for lib in project.libraries.values():
        if lib.layer == "app":
            continue
        paths = objects(project, lib)
        built = built or bool(paths)
        patterns = allowed(lib)
        if "*" in patterns and lib.layer == "ports":
            continue
        seen = set()
        for path, kind, name in defined(nm, paths):
            bad = None
            if kind in "wWvV" and lib.layer != "ports":
                bad = f"{name} is weak"
            elif not any(fnmatch.fnmatchcase(name, p) for p in patterns):
                bad = f"{name} does not start with uk_{lib.name.replace('-', '_')}_"
            if bad and bad not in seen:
                seen.add(bad)
                yield f"{source_of(lib, path)}:1", bad
    if not built:
        raise Skip("nothing is built: make A=apps/hello, then again")


def defined(nm, paths):
    for start in range(0, len(paths), 200):
        done = subprocess.run([nm, "-A", "-g", "--defined-only", "--format=posix",
                               *paths[start:start + 200]],
                              capture_output=True, text=True, check=False)
        for line in done.stdout.splitlines():
            match = re.match(r"(.*\.o):? (\S+) (\w)\b", line)
            if match:
                yield match.group(1), match.group(3), match.group(2)


def source_of(lib, path):
    """lib/timer/timer.c of an object .../timer/timer.o"""
    inner = path.split(f"/{lib.name}/", 1)[1]
    return os.path.join(lib.folder, re.sub(r"(\.c)?\.o$", ".c", inner))


@rule("privileged", "libc and applications hold no hlt, cli, sti, syscall or the like")
def privileged(project):
    objdump = tool("llvm-objdump-19", "llvm-objdump")
    symbolizer = tool("llvm-symbolizer-19", "llvm-symbolizer")
    images = sorted(glob.glob(os.path.join(project.out, "*", "*.dbg")))
    if not images:
        raise Skip("nothing is built: make A=apps/hello, then again")
    for image in images:
        done = subprocess.run([objdump, "-d", "--no-show-raw-insn", image],
                              capture_output=True, text=True, check=False)
        found = [(m.group(1), m.group(2)) for m in
                 re.finditer(r"^\s*([0-9a-f]+):\s+(\w+)", done.stdout, re.M)
                 if m.group(2) in PRIVILEGED]
        if not found:
            continue
        for (at, what), (path, line) in zip(found, places(symbolizer, image, found)):
            # Line 0: the optimiser has moved it, and the file is that of the function around it.
            if line and not re.search(r"(^|/)(arch|plat)/", path):
                path = os.path.relpath(os.path.join(project.root, path), project.root)
                yield f"{path}:{line}", f"{what} at 0x{at} of {image}"


def places(symbolizer, image, found):
    """(file, line) of each instruction, as it was inlined; (image, 1) where none is known."""
    done = subprocess.run([symbolizer, "-e", image, "--inlines", "--output-style=JSON",
                           *(f"0x{at}" for at, _ in found)],
                          capture_output=True, text=True, check=False)
    answers = json.loads(done.stdout)
    for answer in answers if isinstance(answers, list) else [answers]:
        inner = (answer.get("Symbol") or [{}])[0]
        yield (inner["FileName"], inner["Line"]) if inner.get("FileName") else (image, 1)
