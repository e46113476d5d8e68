# SPDX-License-Identifier: BSD-3-Clause
"""Rules about the text of sources: layers, includes, conditionals, assembler, size."""
import os
import re

from graph import MAY_NAME
from rule import rule

# What the compiler itself brings; code below libc names no other system header.
FREESTANDING = {"stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "limits.h", "stdatomic.h"}
FUNCTION_LINES = 40


@rule("layers", "select and imply go downward only, drivers and posix never meet")
def layers(project):
    by_symbol = {lib.symbol: lib for lib in project.libraries.values()}
    for lib in project.libraries.values():
        for number, option in lib.selects:
            to = by_symbol.get(option)
            if to and to is not lib and to.layer not in MAY_NAME[lib.layer]:
                yield (f"{lib.config.path}:{number}",
                       f"{lib.folder} ({lib.layer}) may not name {to.folder} ({to.layer})")


def header_owners(project):
    """{name as in <...>: library} of public headers; contracts of layer 0 have None."""
    owners = {}
    for file in project.named(".h"):
        lib = project.owner(file.path)
        base = os.path.join(lib.folder, "include") if lib else "include"
        if file.path.startswith(base + "/"):
            owners.setdefault(os.path.relpath(file.path, base), lib)
    return owners


def may_include(project, lib, name, owners):
    """None if a library may include <name>, else why not."""
    if name in owners:
        owner = owners[name]
        if owner is None or owner is lib:
            return None
        if name.startswith("uk/member/"):
            return None if lib is None else "members are reached through their contract"
        if lib is None:
            return f"layer 0 may not know {owner.folder}"
        if owner.symbol in {option for _, option in lib.selects} or owner.layer == "arch":
            return None     # the target's CPU is on everybody's path
        return f"its owner {owner.folder} is not selected in {lib.config.path}"
    if lib is None or lib.layer in ("app", "ports") or lib.hosted:
        return None if lib else (None if name in FREESTANDING else "no such contract in include/")
    if name in FREESTANDING:
        return None
    return "is no header of the project or of the compiler"


def of_the_host(project, name):
    """A header of the host tests, which hosttest-y files may use."""
    return os.path.exists(os.path.join(project.root, "tests", "host", "include", name))


@rule("includes", "a library includes layer 0, itself and what it directly selects")
def includes(project):
    owners = header_owners(project)
    for file in project.c_files + project.named(".S"):
        if file.path.startswith(("tests/", "support/")):
            continue
        lib = project.owner(file.path)
        for number, line in enumerate(file.lines, 1):
            match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)', line)
            if not match:
                continue
            kind, name = match.groups()
            if kind == '"':
                if lib and lib.layer == "ports" and ".." not in name:
                    continue    # a header of the upstream source
                top = lib.folder if lib else "include"
                target = os.path.normpath(os.path.join(file.folder, name))
                if not target.startswith(top + "/"):
                    yield f"{file.path}:{number}", f'"{name}" leaves {top}/'
                continue
            if "/test/" in file.path and (name == "uk/test.h" or of_the_host(project, name)):
                continue
            why = may_include(project, lib, name, owners)
            if why:
                yield f"{file.path}:{number}", f"<{name}>: {why}"


@rule("ifdef", "options are 0 or 1: if (CONFIG_X), never #ifdef, never pasted")
def ifdef(project):
    for file in project.c_files + project.named(".S"):
        for number, line in enumerate(file.lines, 1):
            if re.match(r"\s*#\s*(ifdef|ifndef)\s+CONFIG_", line) or \
               re.match(r"\s*#\s*(el)?if\b.*\bdefined\s*\(?\s*CONFIG_", line):
                yield f"{file.path}:{number}", "tests whether an option is defined; it always is"
            if re.search(r"CONFIG_\w*\s*##|##\s*CONFIG_", line):
                yield f"{file.path}:{number}", "pastes an option's name: rebuilds cannot see it"


@rule("if-inside", "no preprocessor conditional inside a function")
def if_inside(project):
    for file in project.named(".c"):
        for first, last in file.functions:
            for number in range(first, last):
                if re.match(r"\s*#\s*(if|ifdef|ifndef|elif|else)\b", file.code[number - 1]):
                    yield f"{file.path}:{number}", "write if (CONFIG_X), or give it a file"


@rule("asm", "assembler only in arch/ and plat/")
def asm(project):
    for file in project.c_files:
        if file.path.startswith(("arch/", "plat/", "tests/host/")):
            continue
        for number, line in enumerate(file.code, 1):
            if not re.search(r"\b(asm|__asm__|__asm)\b", line):
                continue
            # A compiler barrier has no instruction; layer 0 may say it once for all.
            if file.path == "include/uk/atomic.h" and "uk_compiler_barrier" in line:
                continue
            yield f"{file.path}:{number}", "put it behind a contract of arch"
    for file in project.named(".S", ".s"):
        if not file.path.startswith(("arch/", "plat/", "ports/", "tests/", "support/")):
            yield f"{file.path}:1", "an assembler file outside of arch/ and plat/"


@rule("length", f"functions have at most {FUNCTION_LINES} lines, lines at most 100 columns")
def length(project):
    for file in project.c_files:
        for first, last in file.functions:
            if last - first - 1 > FUNCTION_LINES:
                yield f"{file.path}:{first}", f"{last - first - 1} lines in one function"
        for number, line in enumerate(file.lines, 1):
            if len(line.expandtabs(8)) > 100:
                yield f"{file.path}:{number}", f"{len(line.expandtabs(8))} columns"


@rule("files", "licence line at the top, no C file deeper than three folders")
def files(project):
    for file in project.named(".c", ".h", ".S", ".py", ".sh", "Makefile", "Makefile.uk",
                              "Config.uk", ".mk", ".ld"):
        if file.path.endswith("/Makefile") and len(file.lines) <= 3:
            continue    # an application's two lines
        if "SPDX-License-Identifier: BSD-3-Clause" not in "\n".join(file.lines[:3]):
            yield f"{file.path}:1", "no SPDX-License-Identifier: BSD-3-Clause in its first lines"
    for file in project.named(".c"):
        if file.path.count("/") > 3:
            yield f"{file.path}:1", "lies more than three folders deep"
