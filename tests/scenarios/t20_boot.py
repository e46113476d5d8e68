# SPDX-License-Identifier: BSD-3-Clause
"""hello and its relatives on all machines: statuses, arguments, faults, figures."""
import os
import re
import subprocess

from build import ROOT, image
from guest import MACHINES, boot
from registry import expect, test

STATUSES = (0, 1, 127, 200, 255)
# What the fault is called in the panic line, and the function that it must name.
FAULTS = {
    "null-write": ("page fault (write)", "null_write"),
    "text-write": ("page fault (write)", "text_write"),
    "text-alias-write": ("page fault (write)", "text_alias_write"),
    "data-jump": ("page fault (exec)", None),
    "stack-overflow": ("stack overflow", "stack_overflow"),
    "div-zero": ("division error", "div_zero"),
    "bad-opcode": ("invalid opcode", "bad_opcode"),
    "smash-stack": ("stack smashed", None),
}


def hello_says(machine):
    result = boot(image("apps/hello"), MACHINE=machine)
    expect("Hello, world!" in result.text, "no hello", result.text)
    expect(result.status == 0, f"status {result.status}", result.text)
    marks = [line for line in result.lines if line.startswith("[ashlar]")]
    expect(marks == ["[ashlar] exit 0"], f"its last line is not `[ashlar] exit 0`: {marks}",
           result.text)


def statuses(machine):
    guest = image("tests/apps/status")
    for status in STATUSES:
        result = boot(guest, MACHINE=machine, ARGS=str(status))
        expect(result.status == status, f"main returned {status}, the runner {result.status}",
               result.text)


def fault(machine, what):
    kind, function = FAULTS[what]
    result = boot(image("apps/faults"), MACHINE=machine, ARGS=what)
    lines = [line for line in result.lines if "[ashlar] panic: " in line]
    expect(result.status == 134 and len(lines) == 1,
           f"status {result.status}, {len(lines)} panic lines", result.text)
    expect(f"panic: {kind}" in lines[0], f"expected '{kind}' in: {lines[0]}", result.text)
    expect(re.search(r" in [A-Za-z_]\w*", lines[0]), f"no function in: {lines[0]}", result.text)
    if function:
        expect(f" in {function}" in lines[0], f"expected {function} in: {lines[0]}", result.text)


for _machine in MACHINES:
    test(f"boot.hello.{_machine}")(lambda m=_machine: hello_says(m))
    test(f"boot.status.{_machine}")(lambda m=_machine: statuses(m))
    for _fault in FAULTS:
        test(f"fault.{_fault}.{_machine}")(lambda m=_machine, f=_fault: fault(m, f))


@test("boot.arguments")
def arguments():
    result = boot(image("tests/apps/status"), ARGS="0 \"b c\" 'd\"e' f\\ g", ENV="X=1 'Y=2 3'")
    for line in ("arg 0 <status>", "arg 1 <0>", "arg 2 <b c>", 'arg 3 <d"e>', "arg 4 <f g>",
                 "env <X=1>", "env <Y=2 3>"):
        expect(line in result.lines, f"no line {line}", result.text)


@test("boot.arguments.bad")
def bad_arguments():
    guest = image("tests/apps/status")
    for params, named in (("no.such=1", "no.such"), ("boot.x=\"a", "quot"),
                          ("x" * 5000 + "=1", "long")):
        result = boot(guest, PARAMS=params)
        expect(result.status not in (0, 124, 134), f"status {result.status} for {params[:40]}",
               result.text)
        expect(named in result.text, f"{named} is not in the message", result.text)


@test("boot.stdlib.exits")
def exits():
    guest = image("tests/apps/status")
    for words, status in (("exit 7", 7), ("_exit 9", 9)):
        result = boot(guest, ARGS=words)
        expect(result.status == status, f"{words}: status {result.status}", result.text)
    result = boot(guest, ARGS="abort")
    expect(result.status == 134, f"abort: status {result.status}", result.text)


@test("boot.stdin")
def stdin():
    """What is typed arrives in main, by lines; of one longer than the buffer nothing is lost."""
    guest = image("tests/apps/status")
    with subprocess.Popen([os.path.join(ROOT, "support/run/run"), guest.path, "ACCEL=tcg",
                           "NET=none", "TIMEOUT=200", "ARGS=stdin"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as run:
        text, _ = run.communicate(b"one\ntwo words\n" + b"x" * 1200 + b"\n\x04", timeout=240)
    text = text.decode(errors="replace")
    expect("line <one>" in text and "line <two words>" in text, "input did not arrive", text)
    pieces = re.findall("line <(x+)>", text)
    expect(sum(map(len, pieces)) == 1200, f"of the long line: {list(map(len, pieces))}", text)


@test("boot.memory")
def memory():
    result = boot(image("apps/hello"), MEM="2")
    expect(result.status == 0, f"hello with MEM=2: status {result.status}", result.text)
    result = boot(image("apps/hello"), MEM="1028K", timeout=20)
    expect(result.status == 125 and "too small" in result.text and "MEM=" in result.text,
           f"hello with far too little memory: status {result.status}", result.text)


@test("boot.repeatable")
def repeatable():
    """Entry to main takes the same number of instructions in five runs, within the budget."""
    guest = image("apps/hello")
    seen = set()
    for _ in range(5):
        done = subprocess.run([os.path.join(ROOT, "support/run/boot-report"), guest.path],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=300, check=False)
        match = re.search(r"^entry to main: (\d+) instructions$", done.stdout, re.M)
        expect(match, "no figure", done.stdout + done.stderr)
        seen.add(int(match.group(1)))
    expect(len(seen) == 1, f"differs between runs: {sorted(seen)}")
    expect(max(seen) <= 20000, f"{max(seen)} instructions from entry to main")


@test("boot.inline")
def inline():
    """System calls and libc fold into the application."""
    guest = image("tests/apps/inline")
    text = subprocess.run(["llvm-objdump-19", "-d", "--no-show-raw-insn",
                           "--disassemble-symbols=main", guest.symbols], capture_output=True,
                          text=True, check=True).stdout
    calls = [line for line in text.splitlines() if re.search(r"\bcall", line)]
    expect("<main>:" in text and not calls, "main calls instead of inlining", text)
    result = boot(guest)
    expect(result.status == len("inline"), f"status {result.status}", result.text)


@test("boot.pagetable", alone=True)
def pagetable():
    for machine in MACHINES:
        result = boot(image("tests/guest", "test"), MACHINE=machine, ARGS="pagetable.*",
                      timeout=60)
        expect(result.status == 0 and "ok 1 " in result.text, f"{machine}: W+X or no test",
               result.text)


@test("boot.kvm", needs=("kvm",))
def kvm():
    result = boot(image("apps/hello"), ACCEL="kvm", CPU="qemu64", timeout=60)
    expect(result.status == 0 and "Hello, world!" in result.text, f"status {result.status}",
           result.text)
