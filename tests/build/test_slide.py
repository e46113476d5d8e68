# SPDX-License-Identifier: BSD-3-Clause
"""The list of addresses for KASLR: what moves, what stays, what is refused."""
import os
import struct
import sys
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "support", "build"))
import slide                    # noqa: E402
from common import Fault        # noqa: E402
import elf                      # noqa: E402

TEXT = 0xffffffff80100000
EARLY = TEXT, TEXT + 0x100


def relocation(kind, symbol=TEXT + 0x1000, place=TEXT + 0x800, section=1):
    return elf.Relocation(place, kind, elf.Symbol("thing", symbol, 0, 0, 1, section), 0)


def moves(r, form, value):
    return slide.moves(r, struct.pack(form, value), EARLY)


class Slide(unittest.TestCase):
    def test_addresses_move(self):
        self.assertTrue(moves(relocation(slide.R_64), "<Q", TEXT + 0x1000))
        self.assertTrue(moves(relocation(slide.R_32S), "<I", (TEXT + 0x1000) & 0xffffffff))
        # behind the image's end, as the first stack is taken
        self.assertTrue(moves(relocation(slide.R_32S), "<I", 0x90000000))

    def test_what_stays(self):
        self.assertFalse(moves(relocation(slide.R_PC32), "<i", -4))
        self.assertFalse(moves(relocation(slide.R_TPOFF32), "<i", -16))
        # a size that the linker script computes; a weak symbol that nobody defines
        self.assertFalse(moves(relocation(slide.R_32S, symbol=0x40), "<I", 0x40))
        self.assertFalse(moves(relocation(slide.R_64, symbol=0, section=0), "<Q", 0))
        self.assertFalse(moves(relocation(slide.R_PLT32, symbol=0, section=0), "<i", -4))

    def test_physical_addresses_of_the_entry_code(self):
        self.assertFalse(moves(relocation(slide.R_32S, place=TEXT + 8), "<I", 0x101000))
        self.assertFalse(moves(relocation(slide.R_32, symbol=TEXT + 8), "<I", 0x100008))

    def test_refused(self):
        for kind, form, value, more in (
                (slide.R_64, "<Q", 0x101000, {}),           # minus a constant, by the linker
                (slide.R_32S, "<I", 0x101000, {}),
                (slide.R_32, "<I", 0x101000, {}),
                (slide.R_PC32, "<i", 0, {"symbol": 0x40}),  # a size, relative to the code
                (9, "<I", 0, {})):                          # GOTPCREL
            with self.assertRaises(Fault, msg=f"kind {kind}"):
                moves(relocation(kind, **more), form, value)

    def test_encoding(self):
        table = slide.encoded([TEXT + 4, TEXT + 0x104, TEXT + 0x203, TEXT + 0x10203], TEXT)
        self.assertEqual(table, struct.pack("<I", 9) + b"\x04" + b"\0\0\x01" + b"\xff"
                         + b"\0\0\0" + b"\x01")


if __name__ == "__main__":
    unittest.main()
