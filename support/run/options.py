# SPDX-License-Identifier: BSD-3-Clause
"""The runner's options: `--mem 64`, `MEM=64` as a word, or MEM=64 in the environment."""
import os
import re
import sys
from dataclasses import dataclass, field

import guestline
from errors import RunError

# name, default, what it means
TABLE = (
    ("MACHINE", "microvm", "microvm, microvm-noacpi, pc, q35"),
    ("MEM", "64", "the guest's memory: MiB, or with K, M, G"),
    ("SMP", "1", "number of CPUs, up to 64"),
    ("CPU", "", "QEMU's CPU model (max under TCG, host under KVM)"),
    ("ACCEL", "auto", "auto, kvm, tcg"),
    ("NET", "", "user, tap:NAME, none (user if the image has a network stack)"),
    ("PORT", "8080", "this machine's port with NET=user; the next free one if taken"),
    ("PORT_GUEST", "80", "the port that the application serves"),
    ("DISK", "", "a file that becomes the guest's disk"),
    ("INITRD", "", "an initrd instead of the one beside the image; none: without"),
    ("WWW", "", "a folder that is packed into the initrd"),
    ("TIMEOUT", "", "seconds, after which the run ends with status 124"),
    ("ARGS", "", "the application's arguments, quoted as in a shell"),
    ("ENV", "", "the application's environment: X=1 Y=2"),
    ("PARAMS", "", "parameters of libraries: net.ip=10.0.0.2/24"),
    ("CMDLINE", "", "the guest's whole command line, verbatim, instead of the three above"),
    ("QEMU", "", "the QEMU to use"),
    ("QEMU_EXTRA", "", "more options for it, quoted as in a shell"),
    ("DRYRUN", "", "1: print the QEMU command and stop"),
)
NAMES = [name for name, _, _ in TABLE]


@dataclass
class Options:
    image: str
    values: dict
    argv: list = field(default_factory=list)
    for_make: bool = False      # print `exit status: N`, return 1 for any failure

    def __getitem__(self, name):
        return self.values[name]

    def given(self, name):
        return self.values[name] != next(d for n, d, _ in TABLE if n == name)


def usage(tool="run"):
    lines = [f"usage: {tool} IMAGE [NAME=value | --name value]... [-- ARGUMENT...]", ""]
    for name, default, text in TABLE:
        lines.append(f"  {name:<11} {text}" + (f" [{default}]" if default else ""))
    return "\n".join(lines) + "\n"


def _flag(word, rest):
    """One `--name value` or `--name=value`; returns (NAME, value)."""
    name, equals, value = word[2:].partition("=")
    name = name.upper().replace("-", "_")
    if name not in NAMES:
        raise RunError(f"unknown option {word.split('=')[0]}: run --help lists them")
    if equals:
        return name, value
    if name == "DRYRUN":
        return name, "1"
    if not rest:
        raise RunError(f"{word} needs a value")
    return name, rest.pop(0)


def parse(words, environ=None, tool="run"):
    environ = os.environ if environ is None else environ
    values = {name: environ.get(name) or default for name, default, _ in TABLE}
    rest, image, argv, for_make = list(words), None, [], False
    while rest:
        word = rest.pop(0)
        if word in ("-h", "--help"):
            sys.stdout.write(usage(tool))
            raise SystemExit(0)
        if word == "--":
            argv, rest = rest, []
        elif word == "--for-make":
            for_make = True
        elif word.startswith("--"):
            name, value = _flag(word, rest)
            values[name] = value
        elif re.match(r"[A-Z_]+=", word) and word.split("=")[0] in NAMES:
            name, _, values[name] = word.partition("=")
        elif image is None:
            image = word
        else:
            raise RunError(f"{word!r} is neither an option nor the image: run --help")
    if image is None:
        raise RunError("no image is given: run IMAGE, or make A=apps/hello run")
    for name, default, _ in TABLE:
        values[name] = values[name] or default
    return Options(image, values, argv, for_make)


def memory_bytes(text):
    m = re.fullmatch(r"(\d{1,9})([KMGkmg]?)(i?[bB])?", text)
    if not m or not int(m.group(1)):
        raise RunError(f"MEM={text} is no size: give MiB, or a number with K, M or G")
    return int(m.group(1)) << {"K": 10, "M": 20, "": 20, "G": 30}[m.group(2).upper()]


def number(options, name, low, high):
    text = options[name]
    if not re.fullmatch(r"\d{1,6}", text) or not low <= int(text) <= high:
        raise RunError(f"{name}={text}: give a number from {low} to {high}")
    return int(text)


def seconds(options):
    text = options["TIMEOUT"]
    if text in ("", "0"):
        return None
    if not re.fullmatch(r"\d{1,7}(\.\d+)?s?", text):
        raise RunError(f"TIMEOUT={text}: give seconds")
    return float(text.rstrip("s"))


def yes(text):
    return text not in ("", "0", "n", "no")


def extra(options):
    return guestline.split("QEMU_EXTRA", options["QEMU_EXTRA"])
