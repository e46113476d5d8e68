# SPDX-License-Identifier: BSD-3-Clause
"""gdb commands for a stopped guest, loaded by make debug: uk-threads, uk-timers, uk-heap."""
import gdb

MOST = 1000             # elements of a list: a broken one must not hold us for ever
DEPTH = 24              # frames of a thread that does not run
NEVER = 2**63 - 1       # UK_NSEC_NEVER
STATES = {0: "ready", 1: "waiting", 2: "dead"}
# What uk_context_switch() leaves on a stack of x86_64 (arch/x86_64/switch.S), from sp upwards
SAVED_RBP, SAVED_RIP, SAVED_END = 48, 56, 64


def static(source, name):
    """A variable that one file defines; None if this image does not have it."""
    for symbol in [gdb.lookup_global_symbol(name), *gdb.lookup_static_symbols(name)]:
        if symbol and symbol.symtab and symbol.symtab.filename.endswith(source):
            return symbol.value()
    return None


def number(value):
    return int(value) & 0xffffffffffffffff


def word(address):
    data = gdb.selected_inferior().read_memory(address, 8)
    return int.from_bytes(bytes(data), "little")


def place(address, is_return=False):
    """main+18 (main.c:14); a return address belongs to the call before it."""
    at = address - 1 if is_return else address
    text = gdb.execute(f"info symbol {at:#x}", to_string=True)
    name = text.split(" in section")[0].replace(" + ", "+") if " in section" in text else \
        f"{address:#x}"
    line = gdb.find_pc_line(at)
    if line.symtab and line.line:
        name += f" ({line.symtab.filename.split('/')[-1]}:{line.line})"
    return name


def running():
    """{address of the thread that a CPU runs: (CPU, pc)}; its pointer lies where GS points."""
    found, here = {}, gdb.selected_thread()
    try:
        for cpu in gdb.selected_inferior().threads():
            cpu.switch()
            frame = gdb.newest_frame()
            try:
                found[word(number(frame.read_register("gs_base")))] = (cpu.num - 1, frame.pc())
            except (gdb.error, ValueError):
                pass            # before the kernel has set it up
    finally:
        if here:
            here.switch()
    return found


def listed(head, kind, member):
    """The elements of a struct uk_list, as kind."""
    struct = gdb.lookup_type("struct " + kind)
    offset = next(f.bitpos // 8 for f in struct.fields() if f.name == member)
    node, end = head["next"], number(head.address)
    for _ in range(MOST):
        if number(node) in (end, 0):
            return
        yield gdb.Value(number(node) - offset).cast(struct.pointer()).dereference()
        node = node["next"]
    print(f"(more than {MOST}: the list is broken, or very long)")


class Command(gdb.Command):
    """Errors as one line, so that a guest in a bad state does not end a script."""

    def __init__(self, name):
        super().__init__(name, gdb.COMMAND_STATUS)

    def invoke(self, argument, _from_tty):
        try:
            self.show(argument.split())
        except (gdb.error, StopIteration) as e:
            print(f"{self.__class__.__name__.lower()}: {e}")


class Threads(Command):
    """uk-threads [ID|all]: the threads; with an ID or all, where each of them waits."""

    def show(self, words):
        head = static("thread/thread.c", "uk_thread_list")
        if head is None:
            print("this image has no threads (LIB_THREAD is off)")
            return
        print(f"{'ID':>5} {'NAME':<16} {'STATE':<8} {'PRIO':>4} {'CPU':>3}  WHERE")
        on_cpu = running()
        for t in listed(head, "uk_thread", "all"):
            cpu, pc = on_cpu.get(number(t.address), (None, 0))
            state = STATES.get(int(t["state"]), "?") if cpu is None else "running"
            frames = self.frames(t) if cpu is None else [pc]
            where = place(frames[0]) if frames else "?"
            print(f"{int(t['id']):>5} {t['name'].string():<16} {state:<8} "
                  f"{int(t['sched']['priority']):>4} {int(t['sched']['cpu']):>3}  {where}")
            if words and words[0] in ("all", str(int(t["id"]))):
                for address in frames[1:]:
                    print(f"{'':>10}{address:#x} {place(address, True)}")

    def frames(self, thread):
        """Return addresses by frame pointers; only the first where there are none."""
        sp = number(thread["context"]["sp"])
        try:
            out, fp, last = [word(sp + SAVED_RIP)], word(sp + SAVED_RBP), sp
            while len(out) < DEPTH and fp > last and fp % 8 == 0:
                address = word(fp + 8)
                if not address:
                    break
                out.append(address)
                last, fp = fp, word(fp)
        except gdb.MemoryError:
            pass
        return out


class Timers(Command):
    """uk-timers: what is to come, per CPU, in the order of the deadlines."""

    def show(self, _words):
        cpus = static("timer/timer.c", "cpus")
        if cpus is None:
            print("this image has no timers (LIB_TIMER is off)")
            return
        low, high = cpus.type.range()
        for n in range(low, high + 1):
            timers = sorted(self.heap(cpus[n]["root"]), key=lambda t: number(t["deadline"]))
            armed = number(cpus[n]["armed"])
            text = "not armed" if armed >= NEVER else f"armed for {armed / 1e9:.9f} s"
            print(f"CPU {n}: {len(timers)} timers, {text}")
            for t in timers:
                print(f"  {number(t['deadline']) / 1e9:>18.9f} s  {place(number(t['fn']))}"
                      f"  arg {number(t['arg']):#x}")

    def heap(self, root):
        out, todo = [], [root]
        while todo and len(out) < MOST:
            timer = todo.pop()
            while number(timer) and len(out) < MOST:
                out.append(timer.dereference())
                todo.append(timer["child"])
                timer = timer["next"]
        return out


class Heap(Command):
    """uk-heap: bytes in use, free and at most, as uk_heap_stats() counts them."""

    def show(self, _words):
        for source, name in (("heap-tlsf/heap.c", "uk__heap_tlsf_stats"),
                             ("heap-region/region.c", "statistics")):
            value = static(source, name)
            if value is not None:
                for field in value.type.fields():
                    print(f"{field.name:<8} {number(value[field.name])}")
                return
        print("this image has no heap, or the optimiser has dropped its statistics")


Threads("uk-threads")
Timers("uk-timers")
Heap("uk-heap")


def ashlar_end():
    """The machine ends with the debugger: let go, it would run on for a moment."""
    try:
        if gdb.selected_inferior().threads():
            gdb.execute("kill", to_string=True)
    except gdb.error:
        pass            # QEMU ends without a last word


gdb.execute("define hook-quit\npython ashlar_end()\nend")
