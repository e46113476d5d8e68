# SPDX-License-Identifier: BSD-3-Clause
"""What the guest's console says: its exit status, and a panic whose addresses get names.

Bytes pass through at once. Only lines that begin `[ashlar] ` wait for their end, and a panic from
its first line to `[ashlar] panic end`, because it is rewritten as a whole. Lines of the debug
build's reports (`[ashlar] leak: ...`) get names behind their addresses.
"""
import re

MARK = b"[ashlar] "
PANIC = MARK + b"panic: "
PANIC_END = MARK + b"panic end"
REPORTS = tuple(MARK + word for word in (b"leak: ", b"stack: ", b"lock: "))     # of debug builds
LONGEST_LINE = 4096
LONGEST_PANIC = 400

EXIT = re.compile(rb"\[ashlar\] exit (\d{1,3})\s*$")
FAILED = re.compile(rb"boot: (\S+) cannot start: error (\d{1,3})\s*$")
HEX = re.compile(r"\b0x[0-9a-fA-F]{1,16}\b")
RIP = re.compile(r"\b(?:rip|pc)\s+(0x[0-9a-fA-F]+)")
HEADER = re.compile(r"^(?P<what>.*) in (?P<where>0x[0-9a-fA-F]{1,16})\b(?P<rest>.*)$")


def rewrite(lines, symbols):
    """The lines of one panic, named. The first keeps its words: `panic: KIND ... in FUNCTION`."""
    addresses = [int(h, 16) for line in lines for h in HEX.findall(line)]
    symbols.load_lines(addresses + [a - 1 for a in addresses if a])
    body = _body(lines[1:], symbols)
    return [_header(lines[0], lines[1:], symbols)] + body


def _header(line, rest, symbols):
    m = HEADER.match(line)
    if not m:
        return behind(line, symbols)
    where = int(m["where"], 16)
    # without registers it was a call of uk_panic, and this is where that would have returned to
    named = symbols.name(where, is_return=not any(RIP.search(ln) for ln in rest))
    if not named:
        # a jump to data or to nowhere: whoever made it stands next in the backtrace
        thing = symbols.object(where)
        named = f"{thing[0]}+{thing[1]:#x}" if thing else f"{where:#x}"
        caller = _first_caller(rest, symbols)
        if caller:
            named += f", called from {caller}"
    return f"{behind(_short(m['what']), symbols)} in {named}{m['rest']}"


def _first_caller(lines, symbols):
    traced = False
    for line in lines:
        if line.startswith("backtrace:"):
            traced = True
        elif traced:
            m = HEX.search(line)
            name = m and symbols.name(int(m.group(), 16), is_return=True)
            if name:
                return name
    return None


def _short(text):
    """0x0000000000000000 reads as 0x0."""
    return HEX.sub(lambda m: f"{int(m.group(), 16):#x}", text)


def behind(line, symbols):
    def put(m):
        address = int(m.group(), 16)
        name = symbols.name(address)
        return f"{m.group()} <{name}>" if name else m.group()
    return HEX.sub(put, line)


def _body(lines, symbols):
    out, traced, rip = [], False, None
    for line in lines:
        m = RIP.search(line)
        if m and rip is None:
            rip = int(m.group(1), 16)
        if line.startswith("backtrace:"):
            traced = True
        frame = re.match(r"\s+(0x[0-9a-fA-F]{1,16})\s*$", line) if traced else None
        if not frame:
            out.append(behind(line, symbols))
            continue
        address = int(frame.group(1), 16)
        name = symbols.name(address, is_return=address != rip)
        out.append(f"{line.rstrip()} {name}" if name else line)
    return out


class Console:
    """Takes the guest's bytes, gives those to show; remembers how the guest said it ended."""

    def __init__(self, symbols):
        self.symbols = symbols      # called without arguments when first needed
        self.line = b""             # the current line so far, or its last LONGEST_LINE bytes
        self.held = b""             # its bytes that were not shown yet
        self.panic = None           # lines of a panic being read
        self.exit = None            # status of an exit line, if that was the last of its kind
        self.panicked = False
        self.failed = None          # (library, errno) of the one that could not start
        self.bytes = 0
        self.at_start = True        # what was shown ends with a line break

    def take(self, data):
        out = []
        self.bytes += len(data)
        for part in re.findall(rb"[^\n]*\n|[^\n]+", data):
            self.line += part
            self.held += part
            out.append(self._end_line() if part.endswith(b"\n") else self._release())
        return self._shown(b"".join(out))

    def _release(self):
        """Of an unfinished line, all that cannot become ours."""
        if self.panic is not None:
            return b""
        at = self.line.find(MARK)
        if at < 0:
            at = self._mark_begins()
        keep = len(self.line) - at
        if keep > LONGEST_LINE:
            keep = 0
        out, self.held = self.held[:len(self.held) - keep], self.held[len(self.held) - keep:]
        self.line = self.line[-LONGEST_LINE:]
        return out

    def _mark_begins(self):
        """Where a mark of which only the beginning came may start; the line's length if nowhere."""
        for size in range(min(len(MARK) - 1, len(self.line)), 0, -1):
            if self.line.endswith(MARK[:size]):
                return len(self.line) - size
        return len(self.line)

    def _end_line(self):
        line, held = self.line, self.held
        self.line = self.held = b""
        at = max(line.find(MARK), 0)
        before, ours = held[:len(held) - len(line) + at], line[at:]
        self._judge(ours)
        if self.panic is None and ours.startswith(REPORTS):
            return before + self._named(ours)
        if self.panic is None and not ours.startswith(PANIC):
            return held
        if self.panic is None:
            self.panic = []
        else:
            before, ours = b"", held
        self.panic.append(ours)
        if ours.startswith((PANIC_END, MARK + b"exit")) or len(self.panic) > LONGEST_PANIC:
            return before + self._end_panic()
        return before

    def _judge(self, line):
        m = EXIT.search(line)
        if m and int(m.group(1)) < 256:
            self.exit, self.panicked = int(m.group(1)), False
        elif line.startswith(PANIC):
            self.exit, self.panicked = None, True
        elif (m := FAILED.match(line)):
            self.failed = m.group(1).decode("utf-8", "replace"), int(m.group(2))

    def _named(self, line):
        """A line of a report, its addresses named."""
        text = line.decode("utf-8", "replace")
        symbols = self.symbols()
        symbols.load_lines([int(h, 16) for h in HEX.findall(text)])
        return behind(text, symbols).encode()

    def _end_panic(self):
        lines, self.panic = self.panic, None
        texts = [ln.decode("utf-8", "replace").rstrip("\r\n") for ln in lines]
        ends = [ln[len(ln.rstrip(b"\r\n")):] for ln in lines]
        named = rewrite(texts, self.symbols())
        return b"".join(t.encode() + e for t, e in zip(named, ends))

    def idle(self):
        """Nothing came for a while: what was held is shown, unless a panic is being read."""
        if self.panic is None and self.held:
            out, self.held = self.held, b""
            return self._shown(out)
        return b""

    def finish(self):
        """The guest is gone: what it left unfinished is judged and shown as a line."""
        out = b""
        if self.line:
            out = self._end_line()
        if self.panic is not None:
            out += self._end_panic()
        return self._shown(out)

    def _shown(self, data):
        if data:
            self.at_start = data.endswith(b"\n")
        return data

    @property
    def ended(self):
        """The guest said its last word: QEMU is to end on its own now."""
        return self.exit is not None or (self.panicked and self.panic is None)
