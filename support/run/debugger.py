# SPDX-License-Identifier: BSD-3-Clause
"""A guest that waits at its first instruction, and gdb on its symbols, stopped at main.

GDB_BATCH='bt; uk-threads' runs these commands and ends; without it, gdb has the terminal and the
guest's console is shown between its lines.
"""
import os
import subprocess
import tempfile
import threading

import command
import image as images
import options as opt
import panics
import process
import runner
import start
import symbols
from errors import RunError

HELPERS = os.path.join(start.HERE, "gdb", "ashlar.py")
SOCKET_WAIT = 10.0


def find_gdb():
    tool = os.environ.get("GDB") or process.find_tool("gdb", "gdb-multiarch")
    if not tool:
        raise RunError("gdb is not installed: apt-get install gdb, or give GDB=")
    return tool


def gdb_command(plan, socket, batch):
    root = os.path.dirname(os.path.dirname(start.HERE))
    words = [find_gdb(), "-q", "-nx", "-ex", "set confirm off", "-ex", "set pagination off",
             "-ex", "set print demangle off", "-ex", "set architecture i386:x86-64",
             "-ex", f"file {plan.image.debug_path}", "-ex", f"directory {root}",
             "-ex", f"source {HELPERS}", "-ex", f"target remote {socket}",
             "-ex", "hbreak main", "-ex", "continue"]
    if batch:
        words.insert(1, "-batch")
        for text in batch.replace("\n", ";").split(";"):
            if text.strip():
                words += ["-ex", text.strip()]
        words += ["-ex", "python ashlar_end()"]
    return words


def show_console(pipe, console):
    """Copies the guest's console until it closes."""
    while True:
        data = os.read(pipe.fileno(), 4096)
        if not data:
            break
        os.write(1, console.take(data))
    os.write(1, console.finish())


def main(options):
    options.values["ACCEL"] = "tcg" if options["ACCEL"] == "auto" else options["ACCEL"]
    image = images.Image(options.image)
    if image.has("KASLR"):
        # the file with symbols carries no list of addresses to move: it stays where it was linked
        options.image = image.debug_path
    plan = command.Plan(options)
    runner.put(plan.choose_accel() + "\n")
    if plan.network.kind == "user":
        plan.network.take_port()
        runner.put(f"port {plan.network.port} of this machine leads to the guest's "
                   f"{plan.network.guest_port}\n")
    with tempfile.TemporaryDirectory(prefix="ashlar-gdb-") as folder:
        socket = os.path.join(folder, "gdb")
        plan.extra += ["-S", "-chardev", f"socket,id=gdb,path={socket},server=on,wait=off",
                       "-gdb", "chardev:gdb"]
        qemu = process.start(plan.command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
        try:
            return attach(plan, qemu, socket)
        finally:
            process.end(qemu)
            plan.close()


def attach(plan, qemu, socket):
    wait_for(socket, qemu)
    console = panics.Console(lambda: symbols.Symbols(plan.image.debug_path))
    reader = threading.Thread(target=show_console, args=(qemu.stdout, console), daemon=True)
    reader.start()
    batch = os.environ.get("GDB_BATCH", "")
    # gdb keeps the terminal and takes Ctrl-C itself: it stops the guest, not this program
    process.ignore_ctrl_c()
    gdb = subprocess.Popen(gdb_command(plan, socket, batch),
                           stdin=subprocess.DEVNULL if batch else None,
                           preexec_fn=process.heed_ctrl_c)
    try:
        status = gdb.wait()
    finally:
        if gdb.poll() is None:
            gdb.terminate()
            gdb.wait()
    process.end(qemu)
    reader.join(2)
    return 1 if status else 0


def wait_for(path, qemu):
    waited = 0.0
    while not os.path.exists(path):
        if qemu.poll() is not None:
            raise RunError("QEMU does not start; DRYRUN=1 make run shows its command line")
        if waited > SOCKET_WAIT:
            raise RunError("QEMU opens no socket for gdb")
        threading.Event().wait(0.05)
        waited += 0.05


def parse(words):
    return opt.parse(words, tool="debug")
