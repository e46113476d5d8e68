# SPDX-License-Identifier: BSD-3-Clause
"""make why X=LIB_TIMER: the chain of selects that turned an option on, and what the image uses.

For each target of the configuration: from an option that a person set (or the application or the
platform) down to X; and, if X is a library, the symbols of it that are in the .dbg image.
"""
from common import Fault, fail, heed_interrupt, short
import difflib
import os
import sys

import config
from kconfiglib import expr_str

sys.path.append(os.path.join(config.ROOT, "support", "run"))


def chain(kc, kconf, sym):
    """The shortest way from an option that nobody selects down to sym; one from the application
    or the target comes first, because what a .config records may be there for their sake."""
    paths, seen, ends = [[sym]], {sym}, []
    while paths:
        path = paths.pop(0)
        above = kc.selectors(kconf, path[0])
        if not above:
            ends.append(path)
        for other in above:
            if other not in seen:
                seen.add(other)
                paths.append([other] + path)
    fixed = [path for path in ends if path[0].name.startswith(("APP_", "PLAT_"))]
    return (fixed + ends + [[sym]])[0]


def reason(sym):
    """Why an option that nobody selects is on."""
    if sym.name.startswith("APP_"):
        return "the application (A=)"
    if sym.name.startswith(("PLAT_", "ARCH_")):
        return "the target"
    if sym.choice:
        return f"chosen for {sym.choice.name or 'a choice'}" + \
            ("" if sym.user_value else " by default")
    if sym.user_value is not None and sym.visibility:
        return "set in the configuration"
    return "on by default" if sym.tri_value else "off"


def explain(kc, kconf, sym):
    """Lines about one option."""
    if not sym.tri_value:
        by = sorted(o.name for o in kconf.unique_defined_syms
                    if any(s is sym for s, _ in o.selects))
        lines = [f"{sym.name} is off", f"  depends on: {expr_str(sym.direct_dep)}"]
        return lines + [f"  would be turned on by: {' '.join(by) or 'nothing but a person'}"]
    path = chain(kc, kconf, sym)
    lines = [f"{path[0].name} ({kc.where(path[0])}): {reason(path[0])}"]
    contract = path[0].choice and kconf.syms.get(f"USE_{path[0].choice.name}")
    if contract and contract.tri_value:
        lines = explain(kc, kconf, contract) + lines
    for depth, (above, below) in enumerate(zip(path, path[1:]), 1):
        lines.append("  " * depth + f"selects {below.name} ({kc.where(below)})")
    others = [o.name for o in kc.selectors(kconf, sym) if len(path) < 2 or o is not path[-2]]
    if others:
        lines.append(f"{sym.name} is also selected by: {' '.join(others)}")
    return lines


def used(image, library):
    """Lines about the symbols of a library in an image."""
    import sizes
    parts = [p for p in sizes.pieces(image) if p.library == library]
    if not parts:
        return [f"of {library} nothing is in {short(image)} (or all of it was inlined)"]
    total = sum(p.size for p in parts)
    lines = [f"of {library}, {short(image)} uses {len(parts)} symbols, {total} bytes:"]
    for p in sorted(parts, key=lambda p: (-p.size, p.name)):
        lines.append(f"  {p.size:7} {p.kind:4} {p.name}")
    return lines


def near(name, names):
    """Options that have it in their name, or that somebody meant who mistyped."""
    typos = difflib.get_close_matches(name, names, 4, 0.75)
    return (typos + sorted(n for n in names - set(typos) if name in n))[:8]


def why(setting, name):
    """Print the answer for each target."""
    session = config.Session(setting)
    name = name.upper().replace("-", "_")
    name = name[7:] if name.startswith("CONFIG_") else name
    for target in session.chosen_targets(current(session, "")):
        kconf = current(session, target)
        lib = next((o for o in session.tree.libraries
                    if name in (o.symbol, o.name.upper().replace("-", "_"))), None)
        sym = kconf.syms.get(lib.symbol if lib else name)
        if sym is None or not sym.nodes:
            close = near(name, {s.name for s in kconf.unique_defined_syms})
            raise Fault(f"X={name}: no such option", f"close to it: {' '.join(close) or 'none'}")
        print("\n".join([f"{target}:"] + explain(session.kc, kconf, sym)))
        image = f"{setting.out}/{setting.name}_{target}.dbg"
        if lib and sym.tri_value and os.path.exists(image):
            print("\n".join(used(image, lib.name)))


def current(session, target):
    kconf = session.parse(target)
    session.kc.load(kconf, session.setting.config)
    return kconf


def main(argv):
    heed_interrupt()
    option = argv.pop()
    setting = config.Setting(config.arguments(argv + ["why"]))
    try:
        if not option:
            raise Fault("which option? make why X=LIB_TIMER")
        why(setting, option)
        sys.stdout.flush()
    except Fault as fault:
        return fail(fault)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:     # `make why ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
