# SPDX-License-Identifier: BSD-3-Clause
"""The tree: which libraries, applications and targets there are, and the menu index made of them.

A library is a folder with a Config.uk. In-tree ones are found in the folders of their layer;
those of L= join them under the layer that their own folder tells (its parent's name, a port if
it has a `source` file, else lib), so that nothing afterwards can tell the difference.
"""
import os
import re

from common import Fault, write_if_changed

LAYERS = ("arch", "plat", "lib", "drivers", "ports")
PREFIX = {"arch": "ARCH_", "plat": "PLAT_", "app": "APP_"}
# The menus of the root Config.uk, in its order.
MENUS = ("plat", "arch", "lib", "drivers", "posix", "ports", "app")
DEFAULT_TARGET = "kvm-x86_64"


class Library:
    """One folder: name, directory (relative to the root if inside), layer and option."""

    def __init__(self, root, path, layer):
        self.path = os.path.abspath(path)
        self.name = os.path.basename(self.path)
        self.layer = "posix" if layer == "lib" and self.name.startswith("posix-") else layer
        self.symbol = PREFIX.get(layer, "LIB_") + self.name.upper().replace("-", "_")
        inside = self.path.startswith(root + os.sep)
        self.dir = os.path.relpath(self.path, root) if inside else self.path

    @property
    def config(self):
        return os.path.join(self.path, "Config.uk")

    @property
    def makefile(self):
        return os.path.join(self.path, "Makefile.uk")


def external_layer(path):
    """The layer of a library given with L=."""
    parent = os.path.basename(os.path.dirname(path))
    if parent in LAYERS:
        return parent
    return "ports" if os.path.exists(os.path.join(path, "source")) else "lib"


class Tree:
    """All libraries of one build: the tree's, those of L=, and the application."""

    def __init__(self, root, app, external=()):
        self.root = os.path.abspath(root)
        self.libraries = []
        self.watched = [os.path.join(self.root, layer) for layer in LAYERS]
        for layer in LAYERS:
            self._scan(layer)
        for path in external:
            self._external(path)
        self.app = self._app(app)
        self.libraries.append(self.app)
        self._refuse_twins()
        self._refuse_nameless()
        self.libraries.sort(key=lambda lib: lib.name)

    def _scan(self, layer):
        top = os.path.join(self.root, layer)
        for name in sorted(os.listdir(top)) if os.path.isdir(top) else ():
            if os.path.exists(os.path.join(top, name, "Config.uk")):
                self.libraries.append(Library(self.root, os.path.join(top, name), layer))

    def _external(self, path):
        path = os.path.abspath(path)
        if not os.path.exists(os.path.join(path, "Config.uk")):
            raise Fault(f"L={path}: not a library: it has no Config.uk")
        self.libraries.append(Library(self.root, path, external_layer(path)))

    def _app(self, app):
        path = os.path.abspath(os.path.join(self.root, app))
        if os.path.exists(os.path.join(path, "Config.uk")):
            return Library(self.root, path, "app")
        apps = os.path.join(self.root, "apps")
        there = [f"apps/{name}" for name in sorted(os.listdir(apps))
                 if os.path.exists(os.path.join(apps, name, "Config.uk"))] \
            if os.path.isdir(apps) else []
        raise Fault(f"A={app}: no application there (no Config.uk in {path})",
                    f"applications of the tree: {' '.join(there) or 'none'}")

    def _refuse_twins(self):
        seen = {}
        for lib in self.libraries:
            other = seen.setdefault(lib.symbol, lib)
            if other is not lib:
                raise Fault(f"two libraries have the name {lib.name}: {other.dir} and {lib.dir}",
                            "rename one folder (and its option), or leave it out of L=")

    def _refuse_nameless(self):
        """A copied folder with the old option in it would be configured as something else."""
        for lib in self.libraries:
            option = rf"^\s*(menu)?config\s+{re.escape(lib.symbol)}\s*$"
            with open(lib.config, encoding="utf-8", errors="replace") as f:
                if not re.search(option, f.read(), re.M):
                    raise Fault(f"{lib.dir}/Config.uk defines no {lib.symbol}",
                                "the option of a library has its folder's name: rename one of them")

    def targets(self):
        """{name: (plat, arch)}: a platform's linker script for a CPU is what makes a target."""
        arches = [lib.name for lib in self.libraries if lib.layer == "arch"]
        return {f"{plat.name}-{arch}": (plat, arch)
                for plat in self.libraries if plat.layer == "plat" for arch in arches
                if os.path.exists(os.path.join(plat.path, arch, "image.ld"))}


def target_symbol(target):
    """kvm-x86_64 -> TARGET_KVM_X86_64"""
    return "TARGET_" + target.upper().replace("-", "_")


def _targets_menu(names):
    """The bools that a person chooses; the usual target is on when no other one is."""
    out = []
    for name in names:
        others = [target_symbol(n) for n in names if n != name]
        default = ""
        if name == (DEFAULT_TARGET if DEFAULT_TARGET in names else names[0]):
            cond = " && ".join("!" + o for o in others)
            default = "\tdefault y" + (f" if {cond}" if cond else "") + "\n"
        out.append(f'config {target_symbol(name)}\n\tbool "{name}"\n{default}\thelp\n'
                   f"\t  Build an image for {name}. Costs one more build of all libraries\n"
                   "\t  that are configured. Needed by whoever boots on that machine.\n")
    return "\n".join(out)


def _fixed(symbol, names):
    """An option that follows from the target: in menus, from any target that is chosen."""
    terms = []
    for name in names:
        terms += [f'"$(UK_TARGET)" = "{name}"', f'("$(UK_TARGET)" = "" && {target_symbol(name)})']
    return f"config {symbol}\n\tbool\n" + (f"\tdefault y if {' || '.join(terms)}\n"
                                           if terms else "")


def _capabilities(libraries):
    """HAS_* needs no definition: whoever has it selects it."""
    found = set()
    for lib in libraries:
        with open(lib.config, encoding="utf-8") as f:
            found.update(re.findall(r"^\s*(?:select|imply)\s+(HAS_\w+)", f.read(), re.M))
    return "\n".join(f"config {name}\n\tbool\n" for name in sorted(found))


def write_index(tree, where):
    """Write the files that the root Config.uk sources: one per menu."""
    os.makedirs(where, exist_ok=True)
    targets = tree.targets()
    texts = {"targets": _targets_menu(sorted(targets)) if targets else ""}
    for menu in MENUS:
        libs = [lib for lib in tree.libraries if lib.layer == menu]
        texts[menu] = "".join(f'source "{lib.config}"\n' for lib in libs)
    fixed = [f"config {tree.app.symbol}\n\tbool\n\tdefault y\n"]
    for lib in tree.libraries:
        if lib.layer == "plat":
            fixed.append(_fixed(lib.symbol, [n for n, t in sorted(targets.items())
                                             if t[0] is lib]))
        elif lib.layer == "arch":
            fixed.append(_fixed(lib.symbol, [n for n, t in sorted(targets.items())
                                             if t[1] == lib.name]))
    texts["fixed"] = "\n".join(fixed) + "\n" + _capabilities(tree.libraries)
    for name, text in texts.items():
        write_if_changed(os.path.join(where, name + ".uk"), text)
