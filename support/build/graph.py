# SPDX-License-Identifier: BSD-3-Clause
"""The dependency graph of libraries: who selects whom, the layer rule, the rank.

Edges come from Config.uk alone: `select` and `imply` of any option that stands in a library's
Config.uk. `select USE_X` (X a contract, a choice of implementations) leads to the member that
is on. Rank = order of initialisation: a library comes after what it selects or implies.
"""
import glob
import os
import re

from kconfiglib import expr_value

from common import Fault, read

# What a layer may name. drivers and posix never meet; nobody but an application sits above ports.
MAY_NAME = {
    "arch": {"arch"},
    "lib": {"arch", "lib"},
    "drivers": {"arch", "lib", "drivers"},
    "posix": {"arch", "lib", "posix"},
    "plat": {"arch", "lib", "drivers", "plat"},
    "ports": {"arch", "lib", "posix", "ports"},
    "app": {"arch", "lib", "drivers", "posix", "ports", "app"},
}


class Graph:
    """Edges between the libraries of a tree, as one evaluated configuration has them."""

    def __init__(self, kconf, tree):
        self.tree = tree
        self.kconf = kconf
        self.by_symbol = {lib.symbol: lib for lib in tree.libraries}
        self.named = {lib: [] for lib in tree.libraries}   # textual: for include paths
        self.live = {lib: [] for lib in tree.libraries}    # in force now: for the rank
        self.contracts = {lib: set() for lib in tree.libraries}
        self._read_edges()
        self.on = [lib for lib in tree.libraries
                   if lib.symbol in kconf.syms and kconf.syms[lib.symbol].tri_value]

    def _owner(self, node):
        path = os.path.join(self.tree.root, node.filename)
        best = None
        for lib in self.tree.libraries:
            if path.startswith(lib.path + os.sep):
                best = lib
        return best

    def _read_edges(self):
        for sym in self.kconf.unique_defined_syms:
            for node in sym.nodes:
                lib = self._owner(node)
                if lib is None:
                    continue
                for other, cond in node.selects + node.implies:
                    live = sym.tri_value and expr_value(cond) and other.tri_value
                    self._edge(lib, node, other, live)

    def _edge(self, lib, node, other, live):
        if other.name.startswith("USE_"):
            self.contracts[lib].add(other.name[4:])
        to = self.by_symbol.get(other.name)
        if to is None or to is lib:
            return
        if to.layer not in MAY_NAME[lib.layer]:
            raise Fault(f"{node.filename}:{node.linenr}: {lib.dir} (layer {lib.layer}) names "
                        f"{other.name} of {to.dir} (layer {to.layer}): upward or sideways",
                        "names go downward only: register through a class or table of lib/ instead")
        if to not in self.named[lib]:
            self.named[lib].append(to)
        if live and to not in self.live[lib]:
            self.live[lib].append(to)

    def rank(self):
        """The libraries that are on, each after what it needs; a cycle is an error."""
        needs = {lib: [o for o in self.live[lib] if o in self.on] for lib in self.on}
        self._refuse_cycle(needs)
        arch = [lib for lib in self.on if lib.layer == "arch"]
        soft = [(lib, a) for lib in self.on for a in arch if lib.layer != "arch"]
        for lib in self.on:
            soft += [(lib, member) for member in self._members(lib)]
        for lib, to in soft:
            if lib is not to and not reaches(needs, to, lib):
                needs[lib].append(to)
        return order(needs)

    def _members(self, lib):
        """The implementations of the contracts that a library uses."""
        for name in sorted(self.contracts[lib]):
            choice = self.kconf.named_choices.get(name)
            if choice is not None and choice.selection is not None:
                member = self.by_symbol.get(choice.selection.name)
                if member in self.on:
                    yield member

    @staticmethod
    def _refuse_cycle(needs):
        done = set()
        for start in needs:
            _walk(needs, start, [], done)

    def uses(self, lib):
        """Libraries whose headers a library may include: what it names, and what their own
        public headers include in turn."""
        found, todo = [], list(self.named[lib]) + self._header_needs(lib)
        while todo:
            other = todo.pop(0)
            if other not in found and other is not lib:
                found.append(other)
                todo += self._header_needs(other)
        return found

    def _header_needs(self, lib):
        cache = self.__dict__.setdefault("_headers", {})
        if lib not in cache:
            owner = self._header_owners()
            names = set()
            for path in public_headers(lib):
                names.update(re.findall(r'^\s*#\s*include\s*<(uk/[^>]+)>', read(path) or "", re.M))
            cache[lib] = sorted({owner[n] for n in names if n in owner and owner[n] is not lib},
                                key=lambda o: o.name)
        return cache[lib]

    def _header_owners(self):
        if not hasattr(self, "_owners"):
            self._owners = {os.path.relpath(path, os.path.join(lib.path, "include")): lib
                            for lib in self.tree.libraries for path in public_headers(lib)
                            if lib.layer not in ("arch", "plat")}
        return self._owners


def public_headers(lib):
    """The headers that a library offers."""
    return sorted(glob.glob(os.path.join(lib.path, "include", "uk", "**", "*.h"), recursive=True))


def _walk(needs, lib, path, done):
    if lib in path:
        names = " -> ".join(o.name for o in path[path.index(lib):] + [lib])
        raise Fault(f"dependency cycle: {names}",
                    "take out one of these selects or implies, or move what both need into a "
                    "library of its own")
    if lib in done:
        return
    for other in needs[lib]:
        _walk(needs, other, path + [lib], done)
    done.add(lib)


def reaches(needs, start, goal):
    """Does start need goal, directly or not?"""
    todo, seen = [start], set()
    while todo:
        lib = todo.pop()
        if lib is goal:
            return True
        if lib not in seen:
            seen.add(lib)
            todo += needs[lib]
    return False


def order(needs):
    """Depth first, names in alphabetical order: the same for the same configuration."""
    out = []

    def visit(lib):
        if lib in out:
            return
        for other in sorted(needs[lib], key=lambda o: o.name):
            visit(other)
        if lib not in out:
            out.append(lib)
    for lib in sorted(needs, key=lambda o: o.name):
        visit(lib)
    return out
