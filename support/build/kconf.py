# SPDX-License-Identifier: BSD-3-Clause
"""The Config.uk tree on kconfiglib: parse it, load values, refuse what is not sound, save."""
import os
import re

import kconfiglib
from kconfiglib import BOOL, HEX, INT, STRING, Choice, Symbol, expr_str, expr_value

from common import Fault, read, short, write_if_changed

# Messages of kconfiglib that name something outside our control: overriding is what fragments do.
QUIET = ("warn_assign_override", "warn_assign_redun")


def _loop_fault(text):
    """kconfiglib's page about a dependency loop, as one line."""
    line = r"^(?:\.\.\.depends(?: again)? on )?(\w+) \(defined at ([^)]*)\)"
    names = re.findall(line, text, re.M)
    chain = " -> ".join(f"{name} ({where})" for name, where in names)
    return Fault(f"dependency cycle: {chain or text}",
                 "take out one of these selects, or move what both need into a library of its own")


class Kconfig(kconfiglib.Kconfig):
    """Kconfig in which `imply X` means "used when it is there": it never turns X on, so it makes
    no dependency loop either. The graph of libraries reads it."""

    def _add_props_to_sym(self, node):
        implies, node.implies = node.implies, []
        super()._add_props_to_sym(node)
        node.implies = implies
        node.item.implies += implies


def parse(root, index, target=""):
    """The tree, evaluated for one target, or for the menus (all chosen targets) without one."""
    os.environ.update(srctree=root, UK_INDEX=index, UK_TARGET=target, CONFIG_="CONFIG_",
                      KCONFIG_WARN_UNDEF="y", KCONFIG_CONFIG_HEADER="")
    try:
        kconf = Kconfig("Config.uk", warn_to_stderr=False)
    except kconfiglib.KconfigError as error:
        text = str(error).strip()
        raise (_loop_fault(text) if "Dependency loop" in text else Fault(text)) from None
    for name in QUIET:
        setattr(kconf, name, False)
    kconf.warn_assign_undef = True
    _refuse(kconf.warnings)
    kconf.warnings.clear()
    return kconf


def _refuse(warnings):
    """The first warning of the parser as an error. The one harmless one: a tree without the
    library that a choice would take by default takes another member."""
    absent = set()
    for text in warnings:
        absent.update(re.findall(r"default selection (\w+) \(undefined\) of <choice", text))
    warnings = [w for w in warnings if not re.search(r"default selection \w+ \(undefined\)", w)
                and not any(f"undefined symbol {name}:" in w for name in absent)]
    if not warnings:
        return
    text = re.sub(r"^warning: ", "", warnings[0].strip())
    undefined = re.match(r"undefined symbol (\w+):\s*(?:- Referenced at ([^:]+:\d+))?", text)
    if not undefined:
        raise Fault(re.sub(r"\s*\n\s*", " ", text))
    name, where = undefined.groups()
    hint = "a library that has it must say `select " + name + "`" if name.startswith("HAS_") else \
        "correct the name, or add the library that defines it (L=path)"
    raise Fault(f"{where or 'Config.uk'}: {name} is not an option of this tree", hint)


def selectors(kconf, sym):
    """[(selecting symbol, condition)] of those that are on now."""
    found = []
    for other in kconf.unique_defined_syms:
        for selected, cond in other.selects:
            if selected is sym and min(other.tri_value, expr_value(cond)):
                found.append(other)
    return found


def where(item):
    """file:line of an option's first definition that a person wrote."""
    node = next((n for n in item.nodes if not n.filename.endswith("/fixed.uk")), item.nodes[0])
    return f"{node.filename}:{node.linenr}"


def check_selects(kconf, target):
    """A select whose dependency is unmet is an error, not a warning."""
    for sym in kconf.unique_defined_syms:
        if sym.orig_type is BOOL and expr_value(sym.rev_dep) > expr_value(sym.direct_dep):
            by = ", ".join(f"{s.name} ({where(s)})" for s in selectors(kconf, sym))
            raise Fault(f"{target or 'configuration'}: {sym.name} ({where(sym)}) is selected by "
                        f"{by}, but its dependency is not met: {expr_str(sym.direct_dep)}",
                        f"let {by.split(' ')[0]} depend on that too, or turn it off")


def load(kconf, path, strict=True):
    """Read values from a file. An option that the tree does not know is an error if strict."""
    kconf.warnings.clear()
    try:
        kconf.load_config(path, replace=False)
    except kconfiglib.KconfigError as error:
        raise Fault(str(error).strip()) from None
    unknown = [m.group(1) for m in (re.search(r"undefined symbol (\w+)", w)
                                    for w in kconf.warnings) if m]
    other = [w for w in kconf.warnings if "undefined symbol" not in w]
    kconf.warnings.clear()
    if unknown and strict:
        raise Fault(f"{path}: unknown option CONFIG_{unknown[0]}"
                    + (f" (and {len(unknown) - 1} more)" if unknown[1:] else ""),
                    "correct its name there, or leave the line out; "
                    "`make olddefconfig` drops such lines from a .config")
    if other and strict:
        text = re.sub(r"(^|: )warning: ", r"\1", re.sub(r"\s*\n\s*", " ", other[0].strip()))
        raise Fault(text if text.startswith(path) else f"{path}: {text}")
    return unknown


def assignments(path):
    """[(line number, option, value)] of a defconfig or fragment."""
    out = []
    for number, line in enumerate((read(path) or "").splitlines(), 1):
        match = re.match(r"\s*CONFIG_(\w+)=(.*?)\s*$", line)
        unset = re.match(r"\s*# CONFIG_(\w+) is not set", line)
        if match:
            out.append((number, match.group(1), match.group(2)))
        elif unset:
            out.append((number, unset.group(1), "n"))
    return out


def check_effect(kconf, paths):
    """A line that somebody wrote and that has no effect is an error that says why."""
    last = {}
    for path in paths:
        for number, name, value in assignments(path):
            last[name] = (path, number, value)
    for name, (path, number, value) in last.items():
        why = _without_effect(kconf, kconf.syms[name], value, last)
        if why:
            raise Fault(f"{short(path)}:{number}: CONFIG_{name}={value} has no effect: {why[0]}",
                        *why[1:])


def _without_effect(kconf, sym, value, last):
    """Why an option is not what a line says, and what to do; None if it is, or another line won."""
    if sym.str_value == (value if sym.orig_type is BOOL else sym.user_value):
        return None
    if sym.orig_type is BOOL and value == "n":
        by = ", ".join(s.name for s in selectors(kconf, sym))
        return (f"it is selected by {by}",) if by else None
    if sym.choice and sym.choice.selection is not None:
        other = sym.choice.selection.name
        return None if other in last else (f"{other} is chosen instead",)
    if not expr_value(sym.direct_dep):
        return (f"it depends on {expr_str(sym.direct_dep)}, which is not met",
                "turn that on as well, or leave the line out")
    if not sym.visibility:
        return ("it is not for people to set; select what needs it",)
    low, high = next((low.str_value, high.str_value) for low, high, cond in sym.ranges
                     if expr_value(cond))
    return (f"it goes from {low} to {high}",)


def text_of(kconf, near):
    """The whole configuration as a .config says it; written beside the file near and removed."""
    os.makedirs(os.path.dirname(near), exist_ok=True)
    temp = f"{near}.{os.getpid()}.tmp"
    try:
        kconf.write_config(temp, header="# Ashlar configuration: `make menuconfig` edits it\n",
                           save_old=False)
        return read(temp)
    finally:
        if os.path.exists(temp):
            os.unlink(temp)


def save(kconf, path):
    """Write the whole configuration; the old file stays until the new one is complete."""
    return write_if_changed(path, text_of(kconf, path))


def value(sym):
    """What config.h says: bools 0 or 1; numbers and strings also with dependencies unmet."""
    if sym.orig_type is BOOL:
        return str(int(sym.tri_value > 0))
    text = sym.str_value
    if not text:
        text = next((d.str_value for d, _ in sym.defaults
                     if isinstance(d, Symbol) and d.is_constant), "")
    if sym.orig_type is STRING:
        return '"' + kconfiglib.escape(text) + '"'
    if sym.orig_type is HEX:
        text = text or "0"
        return text if text.startswith(("0x", "0X")) else "0x" + text
    return text or "0"


def options(kconf):
    """All options with a value, by name; the engine's own constants and choices left out."""
    return sorted((s for s in kconf.unique_defined_syms
                   if s.orig_type in (BOOL, INT, HEX, STRING)), key=lambda s: s.name)


def prompted(kconf):
    """Symbols and choices that a person can set now, in menu order."""
    seen = set()
    for node in kconf.node_iter():
        if isinstance(node.item, (Symbol, Choice)) and node.prompt and node.item not in seen:
            seen.add(node.item)
            yield node.item
