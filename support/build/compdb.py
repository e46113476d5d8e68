# SPDX-License-Identifier: BSD-3-Clause
"""compile_commands.json for editors, from the flags and sources of each library.

    compdb.py TARGET_DIR LIBRARY... -o FILE [--also FILE]
"""
from common import read, write_if_changed
import argparse
import json
import os
import shlex
import sys


def main(argv):
    parser = argparse.ArgumentParser(prog="compdb.py")
    parser.add_argument("target")
    parser.add_argument("libraries", nargs="*")
    parser.add_argument("-o", required=True)
    parser.add_argument("--also")
    args = parser.parse_args(argv)
    entries = []
    for lib in args.libraries:
        folder = os.path.join(args.target, lib)
        flags = shlex.split(read(os.path.join(folder, "flags")) or "")
        # The first words are the compiler and its version; the flags follow.
        first = next((i for i, f in enumerate(flags) if f.startswith("-")), len(flags))
        for source in (read(os.path.join(folder, "sources")) or "").split():
            entries.append({"directory": os.getcwd(), "file": source,
                            "arguments": flags[:1] + flags[first:] + ["-c", source]})
    text = json.dumps(entries, indent=0) + "\n"
    for path in filter(None, (args.o, args.also)):
        write_if_changed(path, text)
    os.utime(args.o)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
