# SPDX-License-Identifier: BSD-3-Clause
"""What people call: menuconfig, defconfig, savedefconfig, randconfig and their kin."""
import os
import random
import sys

from common import Fault, read, short, write_atomic
from kconfiglib import BOOL, HEX, INT, Choice, expr_value


def _current(session):
    """The tree with today's .config (made first, if there is none)."""
    session.ensure_config()
    kconf = session.parse()
    for name in session.kc.load(kconf, session.setting.config, strict=False):
        print(f"dropped: CONFIG_{name} is not an option of this tree")
    return kconf


def _finish(session, kconf):
    """Save, unless a select is unmet or no target is chosen."""
    session.kc.check_selects(kconf, "")
    session.chosen_targets(kconf)
    session.kc.save(kconf, session.setting.config)
    print(f"configuration: {short(session.setting.config)}")


def _interactive(session, module):
    os.environ["KCONFIG_CONFIG"] = session.setting.config
    os.environ.setdefault("MENUCONFIG_STYLE", "aquatic")
    kconf = _current(session)
    try:
        front = __import__(module)
    except ImportError as error:
        raise Fault(f"{module} needs a Python module that is not here: {error}",
                    "install python3-tk for guiconfig, or use `make menuconfig`") from None
    try:
        front.menuconfig(kconf)
    except Exception as error:
        if type(error).__name__ not in ("TclError", "error"):
            raise
        raise Fault(f"{module} cannot open its window: {error}",
                    "guiconfig needs a display, menuconfig a terminal (TERM)") from None


def menuconfig(session):
    _interactive(session, "menuconfig")


def guiconfig(session):
    _interactive(session, "guiconfig")


def defconfig(session):
    session.from_defconfig(session.setting.fragments, True)
    print(f"configuration: {short(session.setting.config)}")


def savedefconfig(session):
    kconf = _current(session)
    temp = f"{session.setting.defconfig}.{os.getpid()}.tmp"
    try:
        kconf.write_min_config(temp, header="")
        text = read(temp)
    finally:
        if os.path.exists(temp):
            os.unlink(temp)
    write_atomic(session.setting.defconfig, text)
    print(f"wrote {short(session.setting.defconfig)}")


def olddefconfig(session):
    _finish(session, _current(session))


def listnewconfig(session):
    kconf = _current(session)
    for item in session.kc.prompted(kconf):
        if not isinstance(item, Choice) and item.visibility and item.user_value is None \
                and not item.choice:
            print(f"CONFIG_{item.name}={item.str_value}")


def allnoconfig(session):
    kconf = session.parse()
    kconf.warn = False
    for item in session.kc.prompted(kconf):
        if not isinstance(item, Choice) and item.orig_type is BOOL and not item.choice \
                and not item.name.startswith("TARGET_"):
            item.set_value(0)
    _finish(session, kconf)


def allyesconfig(session):
    kconf = session.parse()
    kconf.warn = False
    changed = True
    while changed:
        changed = False
        for item in session.kc.prompted(kconf):
            if not isinstance(item, Choice) and item.orig_type is BOOL and not item.choice \
                    and item.tri_value < 2:
                item.set_value(2)
                changed = changed or item.tri_value == 2
    _finish(session, kconf)


def randconfig(session):
    """A valid configuration drawn from SEED=: the same seed and tree give the same one. The choices
    of the Build menu stay."""
    seed = session.setting.args.seed or str(random.SystemRandom().randrange(1 << 31))
    dice = random.Random(seed)
    print(f"SEED={seed}")
    kconf = session.parse()
    kconf.warn = False
    for item in session.kc.prompted(kconf):
        if isinstance(item, Choice) and item.nodes[0].filename.endswith("/build.uk"):
            continue    # how it is compiled stays: another libc for each would take an hour
        if isinstance(item, Choice):
            # ..._EXTERN needs a library that only the person has.
            members = [s for s in item.syms if s.visibility and not s.name.endswith("_EXTERN")]
            if members:
                dice.choice(members).set_value(2)
        elif item.choice or item.name.startswith("TARGET_"):
            continue
        elif item.orig_type is BOOL:
            item.set_value(dice.choice((0, 2)))
        elif item.orig_type in (INT, HEX):
            _random_number(item, dice)
    _finish(session, kconf)


def _random_number(item, dice):
    for low, high, cond in item.ranges:
        if expr_value(cond):
            base = 16 if item.orig_type is HEX else 10
            low, high = int(low.str_value, base), int(high.str_value, base)
            number = dice.choice((low, high, dice.randint(low, high)))
            item.set_value(hex(number) if base == 16 else str(number))
            return


COMMANDS = {f.__name__: f for f in (menuconfig, guiconfig, defconfig, savedefconfig, olddefconfig,
                                    listnewconfig, allnoconfig, allyesconfig, randconfig)}


def run(setting, session):
    """Run one command by name."""
    command = COMMANDS.get(setting.args.command)
    if not command:
        raise Fault(f"unknown command {setting.args.command}",
                    f"there are: gen {' '.join(COMMANDS)}")
    command(session)
    sys.stdout.flush()
    return 0
