#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""make verify: the same bytes, whoever builds them, where and when.

    verify.py --out O --dl DL [--lib L] [--quick] APP...

Each application is built twice from copies of this checkout, in places that have nothing in common
but the machine: folder, user, home, language, time zone, umask, times and order of the source
files, build folder inside and outside of the tree, one job and many, and caches of objects of
their own, so that the C library is compiled too. Image, .dbg and initrd of both, and of the build
that is here, are compared byte by byte. --quick takes the machine's cache of objects.
"""
import argparse
import glob
import hashlib
import itertools
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time

import checkout
import compare

OTHER_USER = "nobody"


class Place:
    """One way to build: a copy of all sources, and who builds it how."""

    def __init__(self, top, name, path, **how):
        self.name = name
        self.top = os.path.join(top, path)
        self.tree = os.path.join(self.top, "ashlar" if name == "first" else "source-of-it")
        self.jobs, self.umask, self.locale = how["jobs"], how["umask"], how["locale"]
        self.user, self.when = how["user"], how["when"]
        self.outside = how["outside"]
        self.env = checkout.environment(
            HOME=os.path.join(self.top, "home"), LC_ALL=self.locale, TZ=how["zone"],
            LOGNAME=how["login"], USER=how["login"], PYTHONHASHSEED=how["seed"],
            **({"LOCPATH": how["locpath"]} if how["locpath"] else {}))

    @property
    def out(self):
        return os.path.join(self.top, "out") if self.outside else os.path.join(self.tree, "build")

    def describe(self):
        who = self.user or pwd.getpwuid(os.geteuid()).pw_name
        inside = "outside" if self.outside else "inside"
        return (f"{self.name}: {self.tree}, O={inside}, user {who}, {self.locale}, "
                f"umask {self.umask:03o}, -j{self.jobs}")

    def sources(self, folders):
        """The checkout and the folders of applications and libraries from elsewhere."""
        checkout.copy(self.tree, backwards=self.outside)
        for folder in folders:
            checkout.copy_folder(folder, self.moved(folder))
        os.makedirs(self.env["HOME"], exist_ok=True)
        os.makedirs(self.out, exist_ok=True)
        for number, (folder, _, names) in enumerate(os.walk(self.top)):
            for name in names:
                stamp = self.when + number
                os.utime(os.path.join(folder, name), (stamp, stamp), follow_symlinks=False)

    def moved(self, path):
        """Where a folder of the machine is here; its parent's name can mean something."""
        if path.startswith(checkout.ROOT + os.sep):
            return os.path.join(self.tree, os.path.relpath(path, checkout.ROOT))
        return os.path.join(self.top, "elsewhere", *path.split(os.sep)[-2:])

    def give_away(self):
        """Everything here is the other user's."""
        if not self.user:
            return
        who = pwd.getpwnam(self.user)
        for folder, _, names in os.walk(self.top):
            for path in [folder] + [os.path.join(folder, n) for n in names]:
                os.chown(path, who.pw_uid, who.pw_gid, follow_symlinks=False)

    def make(self, words):
        options = {}
        if self.user:
            who = pwd.getpwnam(self.user)
            options = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
        done = subprocess.run(["make", f"-j{self.jobs}", *words], cwd=self.tree, env=self.env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT, umask=self.umask, check=False, **options)
        if done.returncode:
            print(done.stdout[-3000:])
            raise checkout.Fault(f"the {self.name} build fails (above)")


def turkish(top):
    """(LC_ALL, LOCPATH): a language in which i is no I, if this machine can make it."""
    folder = os.path.join(top, "locale")
    os.makedirs(folder)
    try:
        subprocess.run(["localedef", "-i", "tr_TR", "-f", "UTF-8", f"{folder}/tr_TR.UTF-8"],
                       check=True, capture_output=True)
        return "tr_TR.UTF-8", folder
    except (OSError, subprocess.CalledProcessError):
        return "C.UTF-8", None


def places(top):
    other = OTHER_USER if os.geteuid() == 0 else None
    locale, locpath = turkish(top)
    return [Place(top, "first", "a", jobs=1, umask=0o022, locale="C", locpath=None, user=None,
                  login="ada", when=1_000_000_000, zone="UTC", seed="0", outside=False),
            Place(top, "second", "b/deeper/than-the-first", jobs=max(os.cpu_count() or 1, 2),
                  umask=0o077, locale=locale, locpath=locpath, user=other, login="grace",
                  when=1_400_000_000, zone="Asia/Kathmandu", seed="4711", outside=True)]


def results(out, app):
    """Names of the files that people boot or look into."""
    with open(os.path.join(out, app, "targets"), encoding="utf-8") as f:
        images = [f"{app}_{target}" for target in f.read().split()]
    names = [n for image in images for n in (image + ".dbg", image)]
    return names + [n for n in (f"{app}.initrd",) if os.path.exists(os.path.join(out, app, n))]


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def compare_all(app, outs):
    """Prints a line for each file; the number that differ. outs: [(name of the build, folder)]"""
    wrong = 0
    _, base = outs[0]
    for name in results(base, app):
        path = os.path.join(base, app, name)
        symbols = path.removesuffix(".dbg") + ".dbg"
        symbols = symbols if os.path.exists(symbols) else None
        told = []
        for other, out in outs[1:]:
            there = os.path.join(out, app, name)
            what = compare.difference(path, there, symbols) if os.path.exists(there) \
                else "is not there"
            if what:
                told.append(f"DIFFERS {name}: {outs[0][0]} | {other}: {what}")
        print("\n".join(told) or f"same {name} sha256 {digest(path)}", flush=True)
        wrong += bool(told)
    return wrong


def lists(out, app):
    """{library of a target: its source files in the order in which they are linked}"""
    found = {}
    for path in glob.glob(os.path.join(glob.escape(os.path.join(out, app)), "*", "*", "sources")):
        with open(path, encoding="utf-8") as f:
            words = f.read().split()
        # The ends of paths: all else is where the build was.
        found[os.path.relpath(os.path.dirname(path), os.path.join(out, app))] = \
            ["/".join(w.split("/")[-3:]) for w in words]
    return found


def compare_lists(app, outs):
    """The order of files, which --quick does not see in what is linked from the cache."""
    wrong = 0
    base = lists(outs[0][1], app)
    for other, out in outs[1:]:
        there = lists(out, app)
        for name in sorted(set(base) & set(there)):
            pairs = itertools.zip_longest(base[name], there[name])
            odd = next((f"{a} | {b}" for a, b in pairs if a != b), None)
            if odd:
                print(f"DIFFERS order of files in {name}: {outs[0][0]} | {other}: {odd}")
                wrong += 1
    return wrong


def build(place, apps, libs, args, configs):
    """All applications in one place; seconds that it took."""
    start = time.monotonic()
    for app in apps:
        name = os.path.basename(app)
        if configs[app]:
            os.makedirs(os.path.join(place.out, name), exist_ok=True)
            shutil.copyfile(configs[app], os.path.join(place.out, name, ".config"))
    shared = os.path.join(place.top, "objects")
    if args.quick:
        cached_objects(args, apps, shared)
    place.give_away()
    for app in apps:
        place.make([f"A={place.moved(app)}", f"O={place.out}", f"DL_DIR={args.dl_copy}",
                    f"L={':'.join(place.moved(lib) for lib in libs)}", f"SHARED={shared}",
                    "OFFLINE=1", *args.words, "image"])
    return time.monotonic() - start


def downloads(top, dl):
    """The archives where the other user can read them."""
    folder = os.path.join(top, "dl")
    os.makedirs(folder)
    for name in os.listdir(dl) if os.path.isdir(dl) else []:
        path = os.path.join(dl, name)
        if os.path.isfile(path) and ".orig." in name or name.endswith((".zip", ".tar.gz")):
            checkout.put(path, os.path.join(folder, name))
    return folder


def cached_objects(args, apps, shared):
    """--quick: the libraries that the builds here were linked with."""
    for app in apps:
        for path in glob.glob(os.path.join(args.out, os.path.basename(app), "*", "link.in")):
            with open(path, encoding="utf-8") as f:
                words = f.read().split()
            for word in words:
                if word.endswith("/lib.a") and word.startswith(args.shared + os.sep):
                    checkout.put(word, os.path.join(shared, os.path.relpath(word, args.shared)))


def verify(args, top):
    apps = [os.path.abspath(a) for a in args.apps]
    libs = [os.path.abspath(p) for p in args.lib.replace(":", " ").split()]
    args.dl_copy = downloads(top, args.dl)
    configs = {}
    for app in apps:
        path = os.path.join(args.out, os.path.basename(app), ".config")
        configs[app] = path if os.path.exists(path) else None
    both = places(top)
    elsewhere = [p for p in apps + libs if not p.startswith(checkout.ROOT + os.sep)]
    for place in both:      # before the first builds: people go on writing
        place.sources(elsewhere)
    for place in both:
        print(place.describe(), flush=True)
        print(f"  built in {build(place, apps, libs, args, configs):.0f} s", flush=True)
    outs = [("here", args.out)] if args.here else []
    outs += [(place.name, place.out) for place in both]
    files = sum(len(results(outs[0][1], os.path.basename(a))) for a in apps)
    names = [os.path.basename(app) for app in apps]
    wrong = sum(compare_all(name, outs) + compare_lists(name, outs) for name in names)
    print(f"verify: {len(outs)} builds of {len(apps)} applications, {files} files, {wrong} differ")
    return wrong


def main():
    parser = argparse.ArgumentParser(description="Build twice and compare the bytes.")
    parser.add_argument("apps", nargs="+", metavar="APP")
    parser.add_argument("--out", required=True, help="the build folder of this checkout")
    parser.add_argument("--dl", required=True, help="cache of archives")
    parser.add_argument("--shared", default="", help="cache of objects, for --quick")
    parser.add_argument("--lib", default="", help="libraries from elsewhere")
    parser.add_argument("--word", dest="words", action="append", default=[], help="for make")
    parser.add_argument("--quick", action="store_true", help="libc's objects from the cache")
    parser.add_argument("--no-here", dest="here", action="store_false")
    args = parser.parse_args()
    args.out = os.path.abspath(args.out)
    top = tempfile.mkdtemp(prefix="ashlar-verify.")
    os.chmod(top, 0o755)
    try:
        wrong = verify(args, top)
    except checkout.Fault as fault:
        print(f"verify: {fault}", file=sys.stderr)
        wrong = 1
    if wrong:
        print(f"verify: both builds are kept in {top}", file=sys.stderr)
    else:
        shutil.rmtree(top)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
