#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Builds fuzz targets and runs them.

    run.py --out FOLDER [--seconds N] [--quick] [NAME... | list]

One after the other, each for N seconds (60; 0: until Ctrl-C), from the seeds in corpus/NAME/ and
from what earlier runs kept in FOLDER/NAME/corpus/. What is found is kept in FOLDER/NAME/. --quick,
for make test: all side by side, only the seeds and a second of mutations that are the same in each
run. Closes with `N targets, N findings`; status 1 if there are findings.
"""
import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PORTS = ("ports/lwip", "ports/musl")
INPUT_LIMIT_S = 10
INPUT_MAX = 65536
PROGRESS_S = 60
PREFIXES = ("crash-", "leak-", "timeout-", "oom-")


def sources(out):
    """Where the build has the ports' sources: beside the folder of the targets."""
    return os.path.join(os.path.dirname(out), "src")


def fetch(out):
    """The sources of the ports that are fuzzed; True: they are there."""
    words = ["--offline"] if os.environ.get("OFFLINE") else []
    cache = os.environ.get("DL_DIR")
    words += ["--dl", cache] if cache else []
    return subprocess.run([sys.executable, os.path.join(ROOT, "support/build/fetch.py"), *PORTS,
                           "--dest", sources(out), *words], cwd=ROOT, check=False).returncode == 0


def make(out, *words):
    """make -f fuzz.mk: the completed process."""
    command = ["make", "-s", f"-j{os.cpu_count() or 2}", "-f", os.path.join(HERE, "fuzz.mk"),
               f"OUT={out}/objects", f"PROGRAMS_OUT={out}", f"SRC={sources(out)}", *words]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False,
                          env={k: v for k, v in os.environ.items()
                               if k not in ("T", "MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES")})


def compiler():
    return os.environ.get("CC_HOST", "clang-19")


def missing():
    """None, or why nothing can be fuzzed here."""
    if not shutil.which(compiler()):
        return f"needs {compiler()}: make doctor says how to get it"
    done = subprocess.run([compiler(), "-print-runtime-dir"], capture_output=True, text=True,
                          check=False)
    folders = (done.stdout.strip(), os.path.join(os.path.dirname(done.stdout.strip()), "linux"))
    if not any(os.path.exists(os.path.join(f, n)) for f in folders
               for n in ("libclang_rt.fuzzer-x86_64.a", "libclang_rt.fuzzer.a")):
        return "needs libFuzzer: apt-get install libclang-rt-19-dev"
    return None


class Target:
    """One target, and how its run ended."""

    def __init__(self, out, name, seconds, quick):
        self.name = name
        self.folder = os.path.join(out, name)
        self.program = os.path.join(self.folder, "fuzz")
        self.seconds = seconds
        self.quick = quick
        self.log = os.path.join(self.folder, "log")
        self.finding = None

    def command(self):
        seeds = [p for p in (os.path.join(HERE, "corpus", self.name),) if os.path.isdir(p)]
        words = [self.program, f"-artifact_prefix={self.folder}/", f"-timeout={INPUT_LIMIT_S}",
                 f"-max_len={INPUT_MAX}", "-rss_limit_mb=2048", "-print_final_stats=1"]
        words += ["-seed=1", "-len_control=0"] if self.quick else []
        words += [f"-max_total_time={self.seconds}"] if self.seconds else []
        dictionary = os.path.join(HERE, "corpus", f"{self.name}.dict")
        words += [f"-dict={dictionary}"] if os.path.exists(dictionary) else []
        grown = os.path.join(self.folder, "quick" if self.quick else "corpus")
        if self.quick:
            shutil.rmtree(grown, ignore_errors=True)
        os.makedirs(grown, exist_ok=True)
        return [*words, grown, *seeds]

    def environment(self):
        symbolizer = os.environ.get("SYMBOLIZER") or shutil.which("llvm-symbolizer-19")
        env = dict(os.environ, UBSAN_OPTIONS="print_stacktrace=1", LC_ALL="C",
                   ASAN_OPTIONS="detect_stack_use_after_return=1:allocator_may_return_null=1")
        if symbolizer:
            env["ASAN_SYMBOLIZER_PATH"] = env["UBSAN_SYMBOLIZER_PATH"] = symbolizer
        return env

    def run(self):
        before = set(os.listdir(self.folder))
        with open(self.log, "wb") as log:
            process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=log, env=self.environment())
            try:
                self.watch(process)
            finally:
                if process.poll() is None:
                    process.terminate()
                    process.wait()
        fresh = sorted(n for n in set(os.listdir(self.folder)) - before if n.startswith(PREFIXES))
        text = self.text()
        if fresh or (process.returncode not in (0, -2, -15) and "libFuzzer: run interrupted"
                     not in text):
            self.finding = fresh[0] if fresh else "log"
        return self

    def watch(self, process):
        start = time.monotonic()
        while True:
            try:
                process.wait(PROGRESS_S)
                return
            except subprocess.TimeoutExpired:
                print(f"{self.name}: {time.monotonic() - start:.0f} s, {self.state()}", flush=True)

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()

    def state(self):
        """What libFuzzer said last."""
        found = re.findall(r"^#(\d+)\s.*?cov: (\d+)", self.text(), re.M)
        return f"{found[-1][0]} inputs, {found[-1][1]} edges" if found else "no input yet"

    def report(self):
        if not self.finding:
            print(f"ok   {self.name}: {self.state()}", flush=True)
            return
        said = re.findall(r"^(?:SUMMARY: .*|.*runtime error: .*|.*: not true: .*"
                          r"|\[ashlar\] panic: .*)$", self.text(), re.M)
        again = f"{self.program} {os.path.join(self.folder, self.finding)}"
        print(f"FIND {self.name}: {said[0] if said else 'see ' + self.log}\n     again: "
              + (again if self.finding != "log" else " ".join(self.command())), flush=True)


def run_all(targets, quick):
    """Side by side, or one after the other."""
    if quick:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
            for target in pool.map(Target.run, targets):
                target.report()
        return
    for target in targets:
        print(f"fuzz {target.name}: " + (f"{target.seconds} s" if target.seconds
                                         else "until Ctrl-C"), flush=True)
        target.run().report()


def seconds_of(text):
    if not text.isdigit():
        sys.exit(f"fuzz: SECONDS={text}: how many for each target? 0: until Ctrl-C")
    return int(text)


def main():
    parser = argparse.ArgumentParser(description="Fuzz Ashlar's parsers.")
    parser.add_argument("--out", required=True)
    parser.add_argument("--seconds", type=seconds_of, default=60)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    out = os.path.abspath(args.out)
    reason = missing()
    if reason:
        sys.exit(f"fuzz: {reason}")
    if not fetch(out):
        sys.exit("fuzz: the sources of the ports are not there")
    names = make(out, "list").stdout.split()
    if args.names == ["list"]:
        print("\n".join(names))
        return
    unknown = set(args.names) - set(names) - {"planted"}
    if unknown:
        sys.exit(f"fuzz: no target {' '.join(sorted(unknown))}; make fuzz T=list")
    names = args.names or names
    if not args.quick and not args.seconds and len(names) > 1:
        sys.exit("fuzz: SECONDS=0 is for ever: name one target by T=")
    if make(out, f"T={' '.join(names)}", "targets").returncode:
        sys.exit("fuzz: the targets do not build")
    targets = [Target(out, name, 1 if args.quick else args.seconds, args.quick) for name in names]
    if args.seconds and len(names) > 1 and not args.quick:
        print(f"{len(names)} targets, {args.seconds} s each: T=name for one", flush=True)
    try:
        run_all(targets, args.quick)
    except KeyboardInterrupt:
        print()
    findings = sum(bool(target.finding) for target in targets)
    print(f"{len(targets)} targets, {findings} findings")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
