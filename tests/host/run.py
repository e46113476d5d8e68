# SPDX-License-Identifier: BSD-3-Clause
"""Run the host's test programs side by side and add up what their KTAP says.

usage: run.py yes|no GLOB PROGRAM...

The first says whether all programs could be built; if not, that counts as one failed test.
A program under .../nolock/ has its library's locks compiled out: it passes if TSan reports it.
"""
import concurrent.futures
import os
import re
import subprocess
import sys

TIME_LIMIT_S = 100
ENV = dict(os.environ, ASAN_OPTIONS="detect_stack_use_after_return=1",
           UBSAN_OPTIONS="print_stacktrace=1", TSAN_OPTIONS="halt_on_error=0 history_size=3",
           LC_ALL="C")
PLANTED_ENV = dict(ENV, TSAN_OPTIONS="halt_on_error=1")


def call(program, pattern):
    """(exit status, output); 124 and what came so far when it takes too long."""
    planted = "/nolock/" in program
    command = [program] + ([pattern] if pattern else [])
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=PLANTED_ENV if planted else ENV, timeout=TIME_LIMIT_S,
                              check=False)
        return done.returncode, done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired as late:
        return 124, (late.stdout or b"").decode(errors="replace")


def verdict_planted(program, text):
    """One test: the missing lock is found."""
    name = os.path.basename(os.path.dirname(program))
    found = "WARNING: ThreadSanitizer: data race" in text
    if not found:
        print(f"FAIL {name}: its locks were compiled out and TSan saw no race")
    return int(found), int(not found), 0


def verdict(program, status, text):
    passed = len(re.findall(r"^ok \d+ (?!.*# SKIP)", text, re.M))
    skipped = re.findall(r"^ok \d+ (\S+) # SKIP (.*)", text, re.M)
    failed = len(re.findall(r"^not ok ", text, re.M))
    plan = re.search(r"^1\.\.(\d+)$", text, re.M)
    complete = plan and int(plan[1]) == passed + len(skipped) + failed
    if not complete or (status != 0 and failed == 0):
        failed += 1
    for name, reason in skipped:
        print(f"SKIP {name}: {reason}")
    if failed:
        kind, name = program.split("/")[-3:-1]
        print("\n".join(text.splitlines()[-60:]))
        print(f"FAIL {kind} {name}: exit status {status}; again: {program}")
    return passed, failed, len(skipped)


def main():
    built, pattern, programs = sys.argv[1], sys.argv[2], sys.argv[3:]
    missing = [p for p in programs if not os.path.exists(p)]
    programs = [p for p in programs if p not in missing]
    if pattern:
        programs = [p for p in programs if "/nolock/" not in p]
    total = [0, int(built != "yes"), 0]
    if built != "yes":
        print("FAIL not all could be built:", " ".join(p.split("/")[-2] for p in missing))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        results = pool.map(lambda program: call(program, pattern), programs)
        for program, (status, text) in zip(programs, results):
            counts = verdict_planted(program, text) if "/nolock/" in program else \
                verdict(program, status, text)
            total = [a + b for a, b in zip(total, counts)]
    print(f"{total[0]} passed, {total[1]} failed, {total[2]} skipped")
    sys.exit(1 if total[1] else 0)


if __name__ == "__main__":
    main()
