# SPDX-License-Identifier: BSD-3-Clause
"""What the engine reads: config.h, config.mk, deps.mk and one stamp per option."""
import hashlib
import os
import re

import kconf as kc
from common import read, write_if_changed
from kconfiglib import BOOL, STRING


def header(kconf):
    """config.h"""
    lines = ["/* Written by the build from .config; not to be edited. */", "#pragma once"]
    lines += [f"#define CONFIG_{s.name} {kc.value(s)}" for s in kc.options(kconf)]
    return "\n".join(lines) + "\n"


def _make_text(text):
    return text.replace("$", "$$").replace("#", "\\#")


def makefile(kconf):
    """config.mk: CONFIG_X is y or empty, a number, or a string without quotes."""
    lines = []
    for sym in kc.options(kconf):
        if sym.orig_type is BOOL:
            text = "y" if sym.tri_value else ""
        else:
            text = kc.value(sym)
            text = _make_text(sym.str_value if sym.orig_type is STRING else text)
        lines.append(f"CONFIG_{sym.name} := {text}")
    return "\n".join(lines) + "\n"


def touch_stamps(folder, old, new):
    """One file per option, newer than the objects that name it when its value has changed."""
    def values(text):
        return dict(re.findall(r"^#define CONFIG_(\w+) (.*)$", text or "", re.M))
    before, after = values(old), values(new)
    os.makedirs(folder, exist_ok=True)
    there = set(os.listdir(folder))
    for name in after:
        if name not in there or (old is not None and before.get(name) != after[name]):
            with open(os.path.join(folder, name), "w", encoding="utf-8"):
                pass
    for name in there - set(after):
        os.unlink(os.path.join(folder, name))


def identity(tree, lib):
    """A hash of what a shared library is made of: its folder and the common headers that it can
    reach. The upstream tree is in it through the hash that its `source` file pins."""
    digest = hashlib.sha256()
    paths = []
    for top, dirs, files in os.walk(lib.path):
        dirs.sort()
        paths += [os.path.join(top, name) for name in sorted(files)]
    common = set()
    todo = list(paths)
    while todo:
        for name in re.findall(rb'#\s*include\s*<(uk/[^>]+)>', _bytes(todo.pop())):
            path = os.path.join(tree.root, "include", name.decode())
            if path not in common and os.path.exists(path):
                common.add(path)
                todo.append(path)
    for path in paths + sorted(common):
        digest.update(os.path.basename(path).encode() + b"\0" + _bytes(path) + b"\0")
    return digest.hexdigest()[:16]


def _bytes(path):
    with open(path, "rb") as f:
        return f.read()


def source_of(lib):
    """name-version of a port's upstream tree, from its `source` file; None for other libraries."""
    text = read(os.path.join(lib.path, "source"))
    fields = dict(re.findall(r"^(name|version)\s+(\S+)", text or "", re.M))
    return f"{fields['name']}-{fields['version']}" if len(fields) == 2 else None


def is_shared(lib):
    return re.search(r"^\s*shared-y\s*[:+?]?=\s*y", read(lib.makefile) or "", re.M) is not None


def dependencies(graph, target, plat, arch):
    """deps.mk"""
    ranked = graph.rank()
    lines = [f"target := {target}", f"plat := {plat.name}", f"plat.dir := {plat.dir}",
             f"arch := {arch}", f"app := {graph.tree.app.name}",
             "libs := " + " ".join(lib.name for lib in ranked)]
    for lib in ranked:
        lines += [f"{lib.name}.dir := {lib.dir}", f"{lib.name}.layer := {lib.layer}",
                  f"{lib.name}.uses := " + " ".join(o.name for o in graph.uses(lib))]
        if source_of(lib):
            lines.append(f"{lib.name}.source := {source_of(lib)}")
        if is_shared(lib):
            lines.append(f"{lib.name}.identity := {identity(graph.tree, lib)}")
    for lib in graph.tree.libraries:
        if lib not in ranked:
            lines.append(f"{lib.name}.dir := {lib.dir}")
    return "\n".join(lines) + "\n"


def write_target(folder, kconf, graph, target, plat, arch):
    """All files of one target; stamps first, so that an interruption rebuilds too much, never
    too little."""
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "config.h")
    new = header(kconf)
    deps = dependencies(graph, target, plat, arch)
    touch_stamps(os.path.join(folder, "stamps"), read(path), new)
    write_if_changed(os.path.join(folder, "config.mk"), makefile(kconf))
    write_if_changed(os.path.join(folder, "deps.mk"), deps)
    write_if_changed(path, new)
