# SPDX-License-Identifier: BSD-3-Clause
"""Configuration: the front ends (menuconfig, defconfig, ...) and the generator (gen).

    config.py --app A --out O [--lib PATH]... [--fragments "F ..."] [--compiler CC] COMMAND

The configuration is $(O)/<app>/.config. Until somebody sets something in it (menuconfig, an
editor), it follows the application's defconfig, the fragments F= and the defaults of the tree;
afterwards it is that person's file, and is only read.
"""
from common import (Fault, fail, heed_interrupt, os_fault, read, short, write_atomic,
                    write_if_changed)
import argparse
import hashlib
import json
import os
import sys


ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Setting:
    """Where everything of this run lies."""

    def __init__(self, args):
        self.args = args
        self.app = os.path.abspath(os.path.join(ROOT, args.app))
        self.name = os.path.basename(self.app)
        self.out = os.path.join(os.path.abspath(args.out), self.name)
        self.config = os.path.join(self.out, ".config")
        self.origin = os.path.join(self.out, ".config.from")
        self.index = os.path.join(self.out, "kconfig")
        self.defconfig = os.path.join(self.app, "defconfig")
        self.external = [os.path.abspath(p) for p in args.lib.replace(":", " ").split()]
        self.fragments = args.fragments.split()
        self.menu_inputs = os.path.join(self.out, ".inputs")

    def fragment_files(self, names):
        """The paths of fragments; an unknown one lists those there are."""
        folder = os.path.join(ROOT, "support", "kconfig", "fragments")
        there = sorted(n[:-7] for n in os.listdir(folder) if n.endswith(".config"))
        for name in names:
            if name not in there and not os.path.isfile(name):
                raise Fault(f"F={name}: no such fragment", f"there are: {' '.join(there)}")
        return [os.path.join(folder, n + ".config") if n in there else os.path.abspath(n)
                for n in names]


def fingerprint(paths):
    """[[path, time, size]] to tell whether anything has changed; 0 for what is not there."""
    out = []
    for path in paths:
        try:
            st = os.stat(path)
            out.append([path, st.st_mtime_ns, 0 if os.path.isdir(path) else st.st_size])
        except FileNotFoundError:
            out.append([path, 0, 0])
    return out


def arguments_of(setting):
    return [setting.app, setting.external, setting.fragments, setting.args.compiler,
            os.environ.get("PATH", "")]


def up_to_date(setting):
    """Nothing that the last run read has changed since."""
    try:
        with open(setting.menu_inputs, encoding="utf-8") as f:
            last = json.load(f)
    except (OSError, ValueError):
        return False
    return last["arguments"] == arguments_of(setting) and \
        fingerprint(path for path, _, _ in last["files"]) == last["files"]


def _hash(text):
    return hashlib.sha256((text or "").encode()).hexdigest()


def load_origin(setting):
    """How .config was made, if it is still exactly what a tool of ours made of the defconfig."""
    try:
        origin = json.loads(read(setting.origin) or "null")
    except ValueError:
        origin = None
    text = read(setting.config)
    return origin if origin and text is not None and origin["hash"] == _hash(text) else None


def save_as_ours(setting, text, fragments, explicit):
    """.config and how it was made. In this order: wherever it is interrupted, what lies there is
    not taken for a person's own."""
    if read(setting.config) not in (None, text):
        os.unlink(setting.config)
    write_if_changed(setting.origin, json.dumps({"hash": _hash(text), "fragments": fragments,
                                                 "explicit": explicit}))
    write_if_changed(setting.config, text)


def claim(setting):
    """The build folder goes by the application's name: two of one name need two places."""
    inside = setting.app.startswith(ROOT + os.sep)
    own = os.path.relpath(setting.app, ROOT) if inside else setting.app
    mark = os.path.join(setting.out, ".app")
    other = read(mark) or own
    if other != own and os.path.exists(os.path.join(ROOT, other, "Config.uk")):
        raise Fault(f"A={own}: {short(setting.out)} is the build folder of {other}",
                    "give one of them another O=, or `make clean` the other one")
    if other != own or not os.path.exists(mark):
        os.makedirs(setting.out, exist_ok=True)
        write_atomic(mark, own)


class Session:
    """The tree and the commands on it; kconfiglib is loaded only when there is work."""

    def __init__(self, setting):
        try:
            import kconf
        except ImportError as error:
            raise Fault(f"{sys.executable} cannot import kconfiglib ({error})",
                        "install python3-kconfiglib (`make doctor` says how), or set PYTHON= to "
                        "the python that has it") from None
        import tree
        self.kc = kconf
        self.tree_module = tree
        self.setting = setting
        self.tree = tree.Tree(ROOT, setting.app, setting.external)
        tree.write_index(self.tree, setting.index)
        if not self.tree.targets():
            raise Fault("no target: no plat/<name>/<cpu>/image.ld with an arch/<cpu> beside it")

    def parse(self, target=""):
        os.environ["UK_APP"] = self.setting.name   # lib/param: argv[0]
        return self.kc.parse(ROOT, self.setting.index, target)

    def from_defconfig(self, fragments, explicit):
        """.config of the application's defconfig and these fragments; each line must count."""
        kconf = self.parse()
        files = [self.setting.defconfig] if os.path.exists(self.setting.defconfig) else []
        files += self.setting.fragment_files(fragments)
        for path in files:
            self.kc.load(kconf, path)
        self.kc.check_effect(kconf, files)
        self.kc.check_selects(kconf, "")
        save_as_ours(self.setting, self.kc.text_of(kconf, self.setting.config), fragments, explicit)

    def ensure_config(self):
        """.config as the build wants it: made, followed, or a person's own with F= on top."""
        setting = self.setting
        origin = load_origin(setting)
        if read(setting.config) is None or origin:
            explicit = bool(origin and origin["explicit"])
            names = origin["fragments"] if explicit and not setting.fragments \
                else setting.fragments
            self.from_defconfig(names, explicit)
        elif setting.fragments:
            kconf = self.parse()
            files = setting.fragment_files(setting.fragments)
            for path in [setting.config] + files:
                self.kc.load(kconf, path)
            self.kc.check_effect(kconf, files)
            if self.kc.save(kconf, setting.config):
                print(f"configuration: {short(setting.config)} "
                      f"with F=\"{' '.join(setting.fragments)}\" on top")

    def chosen_targets(self, kconf):
        names = [n for n in sorted(self.tree.targets())
                 if kconf.syms[self.tree_module.target_symbol(n)].tri_value]
        if not names:
            raise Fault(f"{short(self.setting.config)} names no target",
                        "`make menuconfig`, menu Targets, or F=x86_64")
        return names

    def generate(self):
        """Evaluate the tree once per target and write what the engine reads."""
        import emit
        import graph
        import toolchain
        self.ensure_config()
        kconf = self.parse()
        self.kc.load(kconf, self.setting.config)
        names = self.chosen_targets(kconf)
        sources = set(kconf.kconfig_filenames)
        for name in names:
            plat, arch = self.tree.targets()[name]
            kconf = self.parse(name)
            self.kc.load(kconf, self.setting.config)
            self.kc.check_selects(kconf, name)
            emit.write_target(os.path.join(self.setting.out, name), kconf,
                              graph.Graph(kconf, self.tree), name, plat, arch)
        write_if_changed(os.path.join(self.setting.out, "toolchain.mk"),
                         toolchain.describe(self.setting.args.compiler))
        write_if_changed(os.path.join(self.setting.out, "targets"), "\n".join(names) + "\n")
        self.remember(sources, names)

    def remember(self, sources, targets):
        """Note all that was read and written, so that the next run with nothing changed ends at
        once."""
        import emit
        import graph
        setting = self.setting
        here = os.path.dirname(os.path.abspath(__file__))
        paths = {os.path.join(ROOT, name) for name in sources}
        paths |= {os.path.join(here, n) for n in os.listdir(here) if n.endswith(".py")}
        paths |= set(self.tree.watched) | {setting.config, setting.defconfig}
        paths |= set(setting.fragment_files(setting.fragments))
        paths |= {os.path.join(setting.out, name) for name in ("targets", "toolchain.mk")}
        paths |= {os.path.join(setting.out, target, name) for target in targets
                  for name in ("config.h", "config.mk", "deps.mk", "stamps")}
        for lib in self.tree.libraries:
            paths |= {lib.path, lib.makefile} | set(graph.public_headers(lib))
            # A new header shows in its folder.
            paths |= {top for top, _, _ in os.walk(os.path.join(lib.path, "include"))}
            if emit.is_shared(lib):
                for top, _, files in os.walk(lib.path):
                    paths |= {top} | {os.path.join(top, n) for n in files}
                paths |= {os.path.join(ROOT, "include", "uk", n)
                          for n in os.listdir(os.path.join(ROOT, "include", "uk"))}
            if lib.layer == "plat":
                paths |= {e.path for e in os.scandir(lib.path) if e.is_dir()}
        write_atomic(setting.menu_inputs, json.dumps(
            {"arguments": arguments_of(setting), "files": fingerprint(sorted(paths))}))


def arguments(argv):
    parser = argparse.ArgumentParser(prog="config.py")
    parser.add_argument("--app", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--lib", default="")
    parser.add_argument("--fragments", default="")
    parser.add_argument("--compiler", default="clang-19")
    parser.add_argument("--seed", default="")
    parser.add_argument("command")
    return parser.parse_args(argv)


def main(argv):
    heed_interrupt()
    setting = Setting(arguments(argv))
    try:
        if os.path.exists(os.path.join(setting.app, "Config.uk")):
            claim(setting)
        if setting.args.command == "gen":
            if not up_to_date(setting):
                Session(setting).generate()
            return 0
        import frontends
        return frontends.run(setting, Session(setting))
    except Fault as fault:
        return fail(fault)
    except OSError as error:
        return fail(os_fault(error))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
