# SPDX-License-Identifier: BSD-3-Clause
"""Shows a linker's errors, and for names of ours which library would provide them.

    linkhelp.py ERROR_FILE
"""
from common import read
import glob
import os
import re
import sys


def providers(symbol):
    """Folders of the tree that define names like this one: the library, or the contract's."""
    found = []
    for makefile in sorted(glob.glob("*/*/Makefile.uk")):
        folder = os.path.dirname(makefile)
        name = os.path.basename(folder).replace("-", "_")
        contracts = re.findall(r"^implements-y\s*[:+]?=\s*([^#\n]*)", read(makefile) or "", re.M)
        names = [name] + [c for line in contracts for c in line.split()]
        if any(re.match(rf"uk_+{re.escape(n)}(_|$)", symbol) for n in names):
            found.append(folder)
    return found


def main(argv):
    text = read(argv[0]) or ""
    sys.stderr.write(text)
    for symbol in dict.fromkeys(re.findall(r"undefined symbol: (uk_\w+)", text)):
        found = providers(symbol)
        options = ["LIB_" + os.path.basename(f).upper().replace("-", "_") for f in found]
        if found:
            print(f"error: {symbol} is of {' or '.join(found)}\n  the library that calls it must "
                  f"say so in its Config.uk (select {' or '.join(options)}; for a choice of "
                  "implementations select USE_...), or its source file is missing in Makefile.uk",
                  file=sys.stderr)
        else:
            print(f"error: no library of the tree defines {symbol}", file=sys.stderr)
    if "duplicate symbol" in text:
        print("error: two configured libraries define the same name: turn one of them off "
              "(`make menuconfig`), or rename one", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
