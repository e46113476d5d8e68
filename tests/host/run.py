# SPDX-License-Identifier: BSD-3-Clause
"""Run the host's test programs side by side and add up what their KTAP says.

usage: run.py yes|no GLOB PROGRAM...

The first says whether all programs could be built; if not, that counts as one failed test.
A program under .../nolock/ has its library's locks compiled out: it passes if TSan reports it. What
goes wrong without them may end it before that: then it runs again, some times.
"""
import concurrent.futures
import os
import re
import subprocess
import sys

TIME_LIMIT_S = 100
PLANTED_RUNS = 8
RACE = "WARNING: ThreadSanitizer: data race"
ENV = dict(os.environ, ASAN_OPTIONS="detect_stack_use_after_return=1",
           UBSAN_OPTIONS="print_stacktrace=1", TSAN_OPTIONS="halt_on_error=0 history_size=3",
           LC_ALL="C")
PLANTED_ENV = dict(ENV, TSAN_OPTIONS="halt_on_error=1")


def call(program, pattern):
    """(exit status, output); 124 and what came so far when it takes too long."""
    env = PLANTED_ENV if "/nolock/" in program else ENV
    command = [program] + ([pattern] if pattern else [])
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=env, timeout=TIME_LIMIT_S, check=False)
        return done.returncode, done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired as late:
        return 124, (late.stdout or b"").decode(errors="replace")


def call_planted(program):
    for _ in range(PLANTED_RUNS):
        status, text = call(program, "")
        if RACE in text:
            break
    return status, text


def verdict_planted(program, status, text):
    """The missing lock is found: True or False."""
    name = os.path.basename(os.path.dirname(program))
    found = RACE in text
    if not found:
        print("\n".join(text.splitlines()[-10:]))
        print(f"FAIL {name}: its locks were compiled out and TSan saw no race; "
              f"exit status {status}; again: {program}")
    return found


def verdict(program, status, text):
    """(names passed, number failed, {name skipped: reason})"""
    passed = re.findall(r"^ok \d+ (\S+)$", text, re.M)
    skipped = dict(re.findall(r"^ok \d+ (\S+) # SKIP (.*)", text, re.M))
    failed = len(re.findall(r"^not ok ", text, re.M))
    plan = re.search(r"^1\.\.(\d+)$", text, re.M)
    complete = plan and int(plan[1]) == len(passed) + len(skipped) + failed
    if not complete or (status != 0 and failed == 0):
        failed += 1
    if failed:
        kind, name = program.split("/")[-3:-1]
        print("\n".join(text.splitlines()[-60:]))
        print(f"FAIL {kind} {name}: exit status {status}; again: {program}")
    return passed, failed, skipped


def main():
    built, pattern, programs = sys.argv[1], sys.argv[2], sys.argv[3:]
    missing = [p for p in programs if not os.path.exists(p)]
    programs = [p for p in programs if p not in missing]
    if pattern:
        programs = [p for p in programs if "/nolock/" not in p]
    passed, failed, skipped = [], int(built != "yes"), {}
    if built != "yes":
        print("FAIL not all could be built:", " ".join(p.split("/")[-2] for p in missing))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        results = pool.map(lambda program: call_planted(program) if "/nolock/" in program
                           else call(program, pattern), programs)
        for program, (status, text) in zip(programs, results):
            if "/nolock/" in program:
                found = verdict_planted(program, status, text)
                names, bad, left_out = [program] * found, int(not found), {}
            else:
                names, bad, left_out = verdict(program, status, text)
            passed += names
            failed += bad
            skipped.update(left_out)
    # What one CPU cannot show may have run with four.
    skipped = {name: why for name, why in skipped.items() if name not in passed}
    for name, why in skipped.items():
        print(f"SKIP {name}: {why}")
    print(f"{len(passed)} passed, {failed} failed, {len(skipped)} skipped")
    ran = passed or failed or skipped
    if not ran:
        print(f"no test matches {pattern}" if pattern else "there are no tests")
    sys.exit(1 if failed or not ran else 0)


if __name__ == "__main__":
    main()
