# SPDX-License-Identifier: BSD-3-Clause
"""Rules about options: defined, used, explained."""
import re

from rule import rule

DERIVED = ("LIB_", "ARCH_", "PLAT_", "APP_", "TARGET_")


def definitions(file):
    """[{line, name, prompt, help, choice, selects}] of a Config.uk."""
    found, name, entry, choice = [], None, None, False
    for number, line in enumerate(file.lines, 1):
        match = re.match(r"\s*(?:menu)?config\s+(\w+)", line)
        if match or re.match(r"\s*(choice|endchoice|menu|endmenu|if|endif|source|comment)\b", line):
            name = match.group(1) if match else None
            choice = (choice or line.startswith("choice")) and not line.startswith("endchoice")
            if match:
                entry = {"line": number, "name": name, "prompt": False, "help": None,
                         "choice": choice, "selects": False}
                found.append(entry)
        elif name and entry["help"] is not None:
            entry["help"] += line.strip() + " "
        elif name and re.match(r"\s*help\s*$", line):
            entry["help"] = ""
        elif name and re.match(r"\s*(select|imply)\s", line):
            entry["selects"] = True
        elif name and re.match(r'\s*(bool|int|hex|string|tristate|prompt)\s+"', line):
            entry["prompt"] = True
    return found


def config_files(project):
    return [f for f in project.files
            if f.path.endswith("Config.uk") or f.path.startswith("support/kconfig/")
            and f.path.endswith(".uk")]


@rule("help", "every option that people can set says what it costs and who needs it")
def help_text(project):
    for file in config_files(project):
        for entry in definitions(file):
            text = (entry["help"] or "").strip()
            if entry["prompt"] and len(text.split()) < 8:
                yield (f"{file.path}:{entry['line']}",
                       f"{entry['name']}: its help text says too little or is missing")


@rule("options", "an option that is named exists, and one that exists is used")
def options(project):
    defined, everything, known = {}, {}, set()
    for file in config_files(project):
        for entry in definitions(file):
            # A member of a choice is used by being the other one, a selector by its selects.
            if not entry["choice"] and not entry["selects"]:
                defined.setdefault(entry["name"], (file.path, entry["line"]))
            known.add(entry["name"])
        for number, line in enumerate(file.lines, 1):
            if re.match(r"\s*(menu)?config\s", line):
                continue
            for name in re.findall(r"\b[A-Z][A-Z0-9_]+\b", line):
                everything.setdefault(name, []).append(f"{file.path}:{number}")
    uses = []
    for file in project.files:
        if file.path.endswith((".c", ".h", ".S", ".ld", ".uk", "Makefile", ".mk", ".py", ".in")):
            for number, line in enumerate(file.lines, 1):
                for name in re.findall(r"\bCONFIG_(\w+)", line):
                    uses.append((name, file, number))
    used = {name for name, _, _ in uses}
    for name, file, number in uses:
        exists = name in known or name.startswith(("HAS_",) + DERIVED)
        if file.path.endswith((".c", ".h", ".S", "Makefile.uk")) and not exists and name != "X":
            yield f"{file.path}:{number}", f"CONFIG_{name} is not defined in any Config.uk"
    for name, (path, number) in defined.items():
        if not name.startswith(DERIVED) and name not in used and name not in everything:
            yield f"{path}:{number}", f"{name} is used nowhere"
