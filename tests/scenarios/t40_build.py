# SPDX-License-Identifier: BSD-3-Clause
"""Configurations and the engine, as people use them."""
import os
import pty
import re
import select
import shutil
import subprocess
import time

from build import OUT, ROOT, folder, image, make
from guest import boot
from processes import children, gone
from registry import Failure, expect, test

RANDOM = int(os.environ.get("RANDOM_CONFIGS", "4"))


def configured(how, arguments=(), env=None):
    """Build hello with a configuration made by a make target, in a folder of its own."""
    out = folder(f"conf-{how}" + "".join(arguments).replace("=", ""))
    base = ["A=apps/hello", f"O={out}"]
    make([*base, how, *arguments], env=env)
    make(base)
    shutil.rmtree(os.path.join(out, "hello"))


@test("build.allnoconfig")
def allno():
    configured("allnoconfig")


@test("build.allyesconfig")
def allyes():
    configured("allyesconfig")


for _seed in range(1, RANDOM + 1):
    test(f"build.randconfig.{_seed}")(lambda s=_seed: configured("randconfig", [f"SEED={s}"]))


@test("build.gcc.hello")
def gcc_hello():
    guest = image("apps/hello", "gcc", arguments=["COMPILER=gcc"])
    result = boot(guest)
    expect(result.status == 0 and "Hello, world!" in result.text, f"status {result.status}",
           result.text)


@test("build.gcc.httpd")
def gcc_httpd():
    image("apps/httpd", "gcc", arguments=["COMPILER=gcc"])


@test("build.debug")
def debug():
    result = boot(image("apps/hello", "debug", "debug"))
    expect(result.status == 0 and "Hello, world!" in result.text, f"status {result.status}",
           result.text)


@test("build.rebuild")
def rebuild():
    text = make(["rebuild-test", f"O={folder('rebuild')}"], timeout=1800)
    expect(re.search(r"\b0 not exact", text), "rebuilds are not exact", text)


@test("build.killed")
def killed():
    """Who ends make ends the compilers too; the next make goes on from there."""
    out = folder("killed")
    shutil.rmtree(os.path.join(out, "hello"), ignore_errors=True)
    base = ["A=apps/hello", f"O={out}"]
    with subprocess.Popen(["make", *base], cwd=ROOT, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as run:
        for line in run.stdout:
            if line.startswith("CC lib/"):
                break
        while not (pids := children(run.pid)) and run.poll() is None:
            pass        # it says what it compiles before it does
        run.terminate()
        expect(run.wait(60) != 0 and pids and gone(pids), "something goes on compiling")
    expect("LD " in make(base), "nothing was left to do?")
    expect(make(base).strip().endswith("nothing to do"), "it is built again")


@test("build.nothing-to-do")
def nothing():
    image("apps/hello")
    text = make(["A=apps/hello", f"O={folder('release')}"])
    expect(text.strip().endswith("nothing to do"), "an unchanged tree is built again", text)


@test("build.new-app")
def new_app():
    """make new-app outside of the tree: it builds and runs, from its own folder too."""
    where = os.path.join(OUT, "outside", "myapp")
    shutil.rmtree(where, ignore_errors=True)
    home = os.path.dirname(where)
    make(["new-app", "NAME=myapp", "DIR=~/myapp"], env={"HOME": home})
    expect(os.path.isdir(where), "~ in DIR= is not the home folder")
    out = folder("newapp")
    done = subprocess.run(["make", f"O={out}", "ACCEL=tcg", "run"], cwd=where, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=600, check=False)
    expect(done.returncode == 0 and "[ashlar] exit 0" in done.stdout
           and "exit status: 0" in done.stdout, "it does not run", done.stdout)
    with open(os.path.join(where, "main.c"), "a", encoding="utf-8") as f:
        f.write("int unused(int a) { return 0; }\n")
    faulty(["-C", where, f"O={out}"])
    with open(os.path.join(where, "Makefile.uk"), "a", encoding="utf-8") as f:
        f.write("cflags-y := -Wno-error\n")
    make(["-C", where, f"O={out}"])


@test("build.external-library")
def external():
    """A library given with L= is found, configured, built and linked."""
    out = folder("external")
    base = ["A=tests/apps/external", f"O={out}", f"L={ROOT}/tests/external/answer"]
    make([*base, "defconfig"])
    make(base)
    result = boot(os.path.join(out, "external", "external_kvm-x86_64"))
    expect(result.status == 42, f"status {result.status}", result.text)


def faulty(arguments, *words):
    done = subprocess.run(["make", *arguments], cwd=ROOT, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600,
                          check=False)
    expect(done.returncode != 0, f"make {' '.join(arguments)} does not fail", done.stdout)
    for word in words:
        expect(word in done.stdout, f"'{word}' is not in the message", done.stdout)


@test("build.bad-input")
def bad_input():
    out = f"O={folder('bad')}"
    faulty(["A=apps/nowhere", out], "apps/nowhere", "apps/hello")
    faulty(["A=/nowhere/app", out], "A=/nowhere/app:")
    faulty(["A=apps/hello", out, "COMPILER=icc"], "icc", "gcc")
    faulty(["A=apps/hello", out, "why"], "X=LIB_")
    faulty(["A=apps/hello", out, "F=nonsense", "defconfig"], "nonsense", "debug")
    faulty(["A=apps/hello", out, "L=/nowhere/lib"], "/nowhere/lib")


@test("build.missing-source")
def missing_source():
    """A Makefile.uk that names a file that is not there is told, with what it may have meant."""
    library = os.path.join(OUT, "missing", "answer")
    shutil.rmtree(library, ignore_errors=True)
    shutil.copytree(os.path.join(ROOT, "tests/external/answer"), library)
    base = ["A=tests/apps/external", f"O={folder('missing-source')}", f"L={library}"]
    make([*base, "defconfig"])
    path = os.path.join(library, "Makefile.uk")
    for named, says in (("anwser.c", "is it answer.c?"), ("src/answer.c", "is it answer.c?"),
                        ("Config.uk", "it is no source"), ("xyz.S", "there are: answer.c")):
        with open(path, "w", encoding="utf-8") as f:
            f.write(f"srcs-y := {named}\n")
        faulty(base, "missing/answer/Makefile.uk (library answer) names", named, says)


def drawn(terminal, patience=60, quiet=1.0):
    """What a program on a pseudo-terminal draws until it rests, or has ended."""
    text, end = b"", time.monotonic() + patience
    while time.monotonic() < end:
        if select.select([terminal], [], [], quiet)[0]:
            try:
                text += os.read(terminal, 65536)
            except OSError:     # it has closed the terminal
                break
        elif text:
            break
    return text


@test("build.menuconfig")
def menuconfig():
    """A person flips an option in the menu, saves, and the image changes."""
    out = folder("menu")
    base = ["A=apps/hello", f"O={out}"]
    make([*base, "defconfig"])
    make(base)
    path = os.path.join(out, "hello", "hello_kvm-x86_64")
    with open(path, "rb") as f:
        before = f.read()
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        os.environ.update(TERM="xterm", LINES="40", COLUMNS="100")
        os.execvp("make", ["make", *base, "menuconfig"])
    # "/" jumps to an option by name; Enter goes there, y turns it on; q, y: save and leave.
    screen = b""
    while b"Ashlar configuration" not in screen:
        new = drawn(terminal)
        expect(new, "the menu does not come", screen.decode(errors="replace"))
        screen += new
    for key in (b"/", b"HELLO_PUTS", b"\r", b"y", b"q", b"y"):
        os.write(terminal, key)
        screen += drawn(terminal)
    while new := drawn(terminal, 20):
        screen += new
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    with open(os.path.join(out, "hello", ".config"), encoding="utf-8") as f:
        if "CONFIG_HELLO_PUTS=y" not in f.read():
            raise Failure(f"the option was not saved (status {status})",
                          screen.decode(errors="replace"))
    make(base)
    with open(path, "rb") as f:
        expect(f.read() != before, "the image has not changed")
