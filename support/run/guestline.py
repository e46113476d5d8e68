# SPDX-License-Identifier: BSD-3-Clause
"""The guest's command line: `library.name=value ... [env.X=y] -- argv1 argv2`.

Words are quoted as a shell word is, because the guest takes them apart that way.
"""
import os
import re
import shlex

from errors import RunError

LONGEST = 65536     # what one argument of QEMU may safely hold; the guest states its own limit


def split(name, text):
    """The words of a variable's text, as a shell would see them."""
    try:
        return shlex.split(text)
    except ValueError as e:
        raise RunError(f"{name}={text}: {str(e).lower()}") from e


def quote(word):
    """As a shell word; a value keeps its name in front of the quotes: a.b='c d'."""
    name = re.match(r"[A-Za-z_][\w.-]*=", word)
    if name:
        value = word[name.end():]
        return name.group() + (shlex.quote(value) if value else "")
    return shlex.quote(word)


def build(params="", env="", args="", devices=(), argv=()):
    """devices: words for virtio_mmio.device=, which must stand before `--`."""
    words = [quote(w) for w in split("PARAMS", params)]
    if "--" in words:
        raise RunError("PARAMS holds `--`: give the application's arguments in ARGS")
    if env.startswith("/") and os.path.exists(env):
        env = ""        # not ours: a shell's start-up file, by the variable of the same name
    for pair in split("ENV", env):
        if not re.match(r"[A-Za-z_]\w*=", pair):
            raise RunError(f"ENV: {pair!r} is not NAME=value")
        words.append("env." + quote(pair))
    words += ["virtio_mmio.device=" + d for d in devices]
    rest = [quote(w) for w in split("ARGS", args)] + [quote(w) for w in argv]
    if rest:
        words += ["--"] + rest
    line = " ".join(words)
    if len(line) > LONGEST:
        raise RunError(f"the guest's command line has {len(line)} characters, more than "
                       f"{LONGEST}: shorten PARAMS, ENV or ARGS")
    if "\n" in line or "\0" in line:
        raise RunError("the guest's command line cannot hold a line break: put it in a file")
    return line
