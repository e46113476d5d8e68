# SPDX-License-Identifier: BSD-3-Clause
"""make rebuild-test: changing an option compiles exactly the files that name it.

    rebuild.py --app APP --out DIR --engine "make ... -f Makefile.uk ..."

Each option of the application's configuration in turn is changed. What the engine would compile
(make -n) must be what a plain search says: the files in which, or in a header of which, one of the
changed options stands, and files that were not in the image before. For some options the compile
is done for real, and must be the same. Then everything is put back as it was.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "support", "build"))

import config  # noqa: E402
from common import Fault, fail, read, write_atomic  # noqa: E402
from kconfiglib import BOOL, HEX, INT, STRING, Choice, expr_value  # noqa: E402

REAL_EVERY = 16     # each how many-th option is compiled for real


class Build:
    """One application's build folder."""

    def __init__(self, app, out, engine):
        self.app, self.top = app, os.path.abspath(out)
        self.setting = config.Setting(config.arguments(
            ["--app", app, "--out", out, "gen"]))
        if os.path.isdir(self.setting.out):
            shutil.rmtree(self.setting.out)
        self.session = config.Session(self.setting)
        inside = self.top.startswith(ROOT + os.sep)
        self.out = os.path.relpath(self.top, ROOT) if inside else self.top
        self.engine = engine.split()
        self.failures = 0

    def start(self):
        """A complete build of all objects to start from; its configuration becomes ours."""
        self.session.generate()
        self.target = (read(os.path.join(self.setting.out, "targets")) or "").split()[0]
        self.folder = os.path.join(self.setting.out, self.target)
        self.make("objects")
        again = self.compiled("objects")
        if again:
            raise Fault(f"with nothing changed these compile again: {' '.join(sorted(again))}")

    def make(self, *more):
        run = subprocess.run(self.engine + [f"O={self.out}", f"APP={self.setting.name}",
                                            f"TARGET={self.target}", *more],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if run.returncode:
            raise Fault("the engine fails:\n" + run.stdout[-3000:])
        return run.stdout

    def compiled(self, *more):
        """The sources that a run compiles or would compile."""
        words = self.make("-n", *more)
        return set(re.findall(r"^printf '%s %s\\n' '(?:CC|AS)' '([^ ']+)'", words, re.M))

    def shown(self, source):
        """As progress lines name it: upstream files by their tree alone."""
        upstream = f"{self.out}/src/"
        return source[len(upstream):] if source.startswith(upstream) else source

    def sources(self):
        """{source: library} of what is configured now, shared libraries left out."""
        deps = read(os.path.join(self.folder, "deps.mk"))
        shared = set(re.findall(r"^(\S+)\.identity :=", deps, re.M))
        found = {}
        for lib in re.search(r"^libs := (.*)", deps, re.M).group(1).split():
            if lib not in shared:
                text = read(os.path.join(self.folder, lib, "sources")) or ""
                found.update((self.shown(s), lib) for s in text.split())
        return found

    def prune(self):
        """Take away the objects of what is not configured any more: they would still be good."""
        wanted = self.sources()
        for source, path in self.dependency_files().items():
            if source not in wanted:
                os.unlink(path)
                os.unlink(path[:-2] + ".o")

    def dependency_files(self):
        """{source: its .d file}"""
        found = {}
        for top, _, files in os.walk(self.folder):
            for path in (os.path.join(top, name) for name in files if name.endswith(".d")):
                found[self.shown(read(path).replace("\\\n", " ").split()[1])] = path
        return found

    def flags(self):
        """{library: the flags it is compiled with}"""
        return {lib: read(os.path.join(self.folder, lib, "flags"))
                for lib in set(self.sources().values())}

    def values(self):
        return dict(re.findall(r"^#define CONFIG_(\w+) (.*)$",
                               read(os.path.join(self.folder, "config.h")), re.M))

    def names_by_source(self):
        """{source: options that it or one of its headers names}, from the compiler's own lists of
        headers and a search of the text."""
        cache, found = {}, {}
        for source, file in self.dependency_files().items():
            words = read(file).replace("\\\n", " ").split()[1:]
            names = set()
            for path in (w for w in words if "/stamps/" not in w):
                if path not in cache:
                    text = read(os.path.join(ROOT, path)) or ""
                    cache[path] = set(re.findall(r"CONFIG_([A-Z0-9_]+)", text))
                names |= cache[path]
            found[source] = names
        return found


class Snapshot:
    """The small files of a build folder with their times, and .config."""

    def __init__(self, build):
        self.build = build
        self.files = {}
        for top, _, files in os.walk(build.setting.out):
            for name in files:
                path = os.path.join(top, name)
                if not name.endswith((".o", ".d", ".a")):
                    st = os.stat(path)
                    with open(path, "rb") as f:
                        self.files[path] = (f.read(), st.st_atime_ns, st.st_mtime_ns)

    def restore(self):
        for top, _, files in os.walk(self.build.setting.out):
            for name in files:
                path = os.path.join(top, name)
                if path not in self.files and not name.endswith((".o", ".d", ".a")):
                    os.unlink(path)
        for path, (data, atime, mtime) in self.files.items():
            with open(path, "wb") as f:
                f.write(data)
            os.utime(path, ns=(atime, mtime))


def change(kconf, item):
    """Give an option another value; what it became, or None if it cannot change."""
    if isinstance(item, Choice):
        others = [s for s in item.syms if s.visibility and s is not item.selection
                  and not s.name.endswith("_EXTERN")]
        return others[0].set_value(2) and others[0].name if others else None
    before = item.str_value
    if item.orig_type is BOOL:
        item.set_value(0 if item.tri_value else 2)
    elif item.orig_type in (INT, HEX):
        base = 16 if item.orig_type is HEX else 10
        number = int(before or "0", base)
        low, high = next(((int(lo.str_value, base), int(hi.str_value, base))
                          for lo, hi, cond in item.ranges if expr_value(cond)), (0, 1 << 30))
        number = number + 1 if number < high else max(low, number - 1)
        item.set_value(hex(number) if base == 16 else str(number))
    elif item.orig_type is STRING:
        item.set_value(before + "x")
    return item.str_value if item.str_value != before else None


def expected(build, before, names, flags):
    """What must be compiled after the change, by searching alone."""
    after = build.values()
    changed = {n for n in before.keys() | after.keys() if before.get(n) != after.get(n)}
    now, now_flags = build.sources(), build.flags()
    return {s for s, lib in now.items()
            if s not in names or names[s] & changed or flags.get(lib) != now_flags[lib]}, changed


def try_option(build, number, label, kconf, item, names, flags):
    """Change one option and compare; True if it could be changed."""
    before = build.values()
    became = change(kconf, item)
    if became is None:
        return False
    build.session.kc.save(kconf, build.setting.config)
    try:
        build.session.generate()
    except Fault as fault:
        print(f"FAIL {label}: {fault}")
        build.failures += 1
        return True
    would = build.compiled("objects")
    want, changed = expected(build, before, names, flags)
    for source in sorted(would - want):
        print(f"FAIL {label}: {source} compiles, and names none of {' '.join(sorted(changed))}")
    for source in sorted(want - would):
        print(f"FAIL {label}: {source} does not compile, and names one of "
              f"{' '.join(sorted(changed))}")
    build.failures += would != want
    print(f"{'ok  ' if would == want else 'FAIL'} {label} -> {became}: {len(would)} files")
    if number % REAL_EVERY == 0 and would == want:
        really(build, label, would)
    return True


def really(build, label, would):
    """The same with the compiler; afterwards nothing is left to do. The objects of the old
    configuration come back by compiling once more."""
    out = build.make("objects")
    did = set(re.findall(r"^(?:CC|AS) (\S+)$", out, re.M))
    left = build.compiled("objects")
    if did != would or left:
        print(f"FAIL {label}: compiled {sorted(did ^ would)} otherwise than planned; "
              f"left {sorted(left)}")
        build.failures += 1


def main(argv):
    parser = argparse.ArgumentParser(prog="rebuild.py")
    parser.add_argument("--app", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--engine", required=True)
    args = parser.parse_args(argv)
    os.chdir(ROOT)
    try:
        build = Build(args.app, args.out, args.engine)
        build.start()
        tried, skipped = run(build)
    except Fault as fault:
        return fail(fault)
    print(f"{tried} options changed, {build.failures} not exact, {skipped} cannot change alone")
    return 1 if build.failures or not tried else 0


def run(build):
    """All options of the configuration in turn."""
    kc = build.session.kc
    config_text = read(build.setting.config)
    kconf = build.session.parse()
    kc.load(kconf, build.setting.config)
    labels = [item.name for item in kc.prompted(kconf) if item.visibility and item.name
              and not item.name.startswith("TARGET_") and not getattr(item, "choice", None)]
    tried = skipped = 0
    for number, label in enumerate(labels):
        snapshot = Snapshot(build)
        names, flags = build.names_by_source(), build.flags()
        kconf = build.session.parse()
        kc.load(kconf, build.setting.config)
        item = kconf.syms.get(label) or kconf.named_choices[label]
        if try_option(build, number, label, kconf, item, names, flags):
            tried += 1
        else:
            skipped += 1
        if number % REAL_EVERY:
            snapshot.restore()
        else:
            write_atomic(build.setting.config, config_text)
            build.session.generate()
            build.make("objects")
            build.prune()
    return tried, skipped


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
