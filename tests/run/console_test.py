# SPDX-License-Identifier: BSD-3-Clause
"""What the guest says: statuses, panics, bytes in pieces."""
import random

import fake
import panics
import symbols

MAIN, TICK = fake.TEXT + 0x12, fake.TEXT + 0x40

PANIC = f"""[ashlar] panic: page fault (write) at 0x0000000000000000 in {MAIN:#x}
rip {MAIN:#x} rsp 0x0000000000200000
rax 0x0000000000000007 rbx {TICK:#x}
backtrace:
  {MAIN:#x}
  {TICK:#x}
[ashlar] panic end
"""


class Console(fake.Case):
    def names(self):
        return symbols.Symbols(self.folder + "/app_kvm-x86_64.dbg")

    def console(self, *chunks):
        c = panics.Console(self.names)
        out = b"".join(c.take(x if isinstance(x, bytes) else x.encode()) for x in chunks)
        return c, (out + c.finish()).decode()

    def test_exit(self):
        for n in (0, 1, 127, 200, 255):
            c, out = self.console(f"a\n[ashlar] exit {n}\n")
            self.assertEqual(c.exit, n)
            self.assertIn(f"[ashlar] exit {n}\n", out)

    def test_no_exit(self):
        for text in ("", "hello\n", "[ashlar] exit 256\n", "[ashlar] exit\n", "[ashlar] exit x\n",
                     "[ashlar] exit 1 or so\n"):
            self.assertIsNone(self.console(text)[0].exit)

    def test_last_counts(self):
        self.assertEqual(self.console("[ashlar] exit 1\n[ashlar] exit 2\n")[0].exit, 2)
        c, _ = self.console("[ashlar] exit 1\n" + PANIC)
        self.assertTrue(c.panicked and c.exit is None)

    def test_behind_an_unfinished_line(self):
        self.assertEqual(self.console("no newline[ashlar] exit 3\r\n")[0].exit, 3)
        self.assertEqual(self.console("[ashlar] exit 4")[0].exit, 4)
        self.assertTrue(self.console("prompt> " + PANIC)[0].panicked)

    def test_any_pieces(self):
        text = ("hello [ash\x00lar] [ashlar [ashlar] \n" + PANIC + "x[ashlar] exit 9\n").encode()
        whole = self.console(text)[1]
        chance = random.Random(1)
        for _ in range(50):
            cuts = sorted(chance.sample(range(len(text)), 12))
            parts = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)])]
            c, out = self.console(*parts)
            self.assertEqual(out, whole)
            self.assertEqual(c.exit, 9)

    def test_reports(self):
        c, out = self.console(f"x[ashlar] leak: lost 1 bytes in 1 block, by {MAIN:#x}\n")
        self.assertIn(f"x[ashlar] leak: lost 1 bytes in 1 block, by {MAIN:#x} <main", out)
        self.assertIsNone(c.exit)

    def test_passes_at_once(self):
        c = panics.Console(self.names)
        self.assertEqual(c.take(b"prompt> "), b"prompt> ")
        self.assertEqual(c.take(b"["), b"")
        self.assertEqual(c.take(b"x"), b"[x")
        self.assertEqual(c.take(b"\n[ash"), b"\n")
        self.assertEqual(c.idle(), b"[ash")

    def test_long_line(self):
        text = "y" * 100000 + "\n" + "[ashlar] " + "z" * 100000 + "\n[ashlar] exit 5\n"
        c, out = self.console(text)
        self.assertEqual(out, text)
        self.assertEqual(c.exit, 5)

    def test_panic_is_named(self):
        _, out = self.console("before\n" + PANIC)
        lines = out.splitlines()
        self.assertEqual(lines[1], "[ashlar] panic: page fault (write) at 0x0 in main+0x12")
        self.assertEqual(lines[2], f"rip {MAIN:#x} <main+0x12> rsp 0x0000000000200000")
        self.assertIn("<uk_timer_tick+0x0>", lines[3])
        self.assertEqual(lines[5], f"  {MAIN:#x} main+0x12")
        # a return address belongs to the call before it
        self.assertEqual(lines[6], f"  {TICK:#x} main+0x40")
        self.assertEqual(lines[7], "[ashlar] panic end")

    def test_assertion_without_registers(self):
        text = PANIC.replace(f"in {MAIN:#x}", f"in {TICK:#x}").splitlines()
        _, out = self.console("\n".join([text[0], text[3], f"  {TICK:#x}", text[6]]) + "\n")
        self.assertIn(" in main+0x40\n", out)

    def test_jump_to_data(self):
        text = PANIC.replace(f"{MAIN:#x}", f"{fake.DATA + 8:#x}")
        _, out = self.console(text)
        self.assertIn("in table+0x8, called from main+0x40", out.splitlines()[0])

    def test_panic_cut_off(self):
        c, out = self.console(PANIC[:200])
        self.assertTrue(c.panicked)
        self.assertIn("in main+0x12", out)

    def test_without_symbols(self):
        c = panics.Console(lambda: symbols.Symbols("/no/such"))
        out = (c.take(PANIC.encode()) + c.finish()).decode()
        self.assertIn(f"in {MAIN:#x}", out)

    def test_optimiser_suffix(self):
        self.assertEqual(self.names().name(fake.TEXT + 0x84), "helper+0x4")
        self.assertIsNone(self.names().name(0x1234))
