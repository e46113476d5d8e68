# SPDX-License-Identifier: BSD-3-Clause
"""Write config.h and tables.ld for the host's test programs.

usage: generate.py OUT FOLDER... [NAME=VALUE...]

Every option of the libraries in FOLDER has its first default, but for that of debug builds;
libraries that the host tests (hosttest-y) are on, other libraries off; NAME=VALUE says otherwise.
"""
import os
import re
import sys


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def options(text):
    """(name, type, default) of each option in a Config.uk."""
    for body in re.split(r"^(?=\s*(?:menu)?config )", text, flags=re.M):
        name = re.match(r"\s*(?:menu)?config (\w+)", body)
        if not name:
            continue
        kind = re.search(r"^\s+(?:def_)?(bool|int|hex|string)\b", body, re.M)
        default = re.search(r"^\s+(?:default|def_bool)\s+"
                            r"(\"[^\"]*\"|\S+)(?!\S| +if OPTIMIZE_DEBUG)", body, re.M)
        yield name[1], kind[1] if kind else "bool", default[1] if default else None


def c_value(kind, default):
    if kind == "bool":
        return "1" if default == "y" else "0"
    if kind == "string":
        return default if default and "$" not in default else '""'
    return default if default and re.fullmatch(r"-?\d+|0x[0-9a-fA-F]+", default) else "0"


def configuration(folders):
    values = {}
    for folder in folders:
        config = os.path.join(folder, "Config.uk")
        if not os.path.exists(config):
            continue
        for name, kind, default in options(read(config)):
            values[name] = c_value(kind, default)
        makefile = os.path.join(folder, "Makefile.uk")
        symbol = "LIB_" + os.path.basename(folder).upper().replace("-", "_")
        tested = os.path.exists(makefile) and re.search(r"^hosttest-y", read(makefile), re.M)
        values[symbol] = "1" if tested else "0"
    return values


def tables(folders):
    """Names of the tables that any header or source declares."""
    found = set()
    for folder in folders:
        for top, _, files in os.walk(folder):
            for name in files:
                if name.endswith((".c", ".h")):
                    text = read(os.path.join(top, name))
                    found.update(re.findall(r"^UK_TABLE\([^,]*,\s*(\w+)\)", text, re.M))
    return sorted(found)


def write_if_changed(path, text):
    if not os.path.exists(path) or read(path) != text:
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)


def main():
    out = sys.argv[1]
    folders = [a.rstrip("/") for a in sys.argv[2:] if "=" not in a]
    values = configuration(folders)
    values.update(a.split("=", 1) for a in sys.argv[2:] if "=" in a)
    os.makedirs(out, exist_ok=True)
    lines = ["#pragma once"] + [f"#define CONFIG_{n} {v}" for n, v in sorted(values.items())]
    write_if_changed(os.path.join(out, "config.h"), "\n".join(lines) + "\n")
    lines = [f"\t\tuk_tab_{n} = .; KEEP(*(SORT(.uk_tab.{n}.*))) uk_tab_{n}_end = .;"
             for n in tables(folders)]
    write_if_changed(os.path.join(out, "tables.ld"), "SECTIONS\n{\n\t.uk_tab : ALIGN(16)\n\t{\n" +
                     "\n".join(lines) + "\n\t}\n}\nINSERT AFTER .data;\n")


if __name__ == "__main__":
    main()
