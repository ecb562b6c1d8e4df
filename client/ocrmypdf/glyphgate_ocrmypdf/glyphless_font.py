"""A font for text that nobody sees.

OCRmyPDF takes the font of the first page that it gets for all pages, and under certain names only. So it is the same for
every page: the number of a character is its code in Unicode, whose glyph is empty.
"""

from __future__ import annotations

import struct
from typing import Dict

#: How wide every character is, in thousandths of the font's size.
WIDTH = 500
#: One of the names under which OCRmyPDF looks for it.
NAME = "f-0-0"

_GLYPHS = 2
_CODES = 0x10000
# What stands for a character beyond the Basic Multilingual Plane, which a code of two bytes cannot number.
_REPLACEMENT = "\ufffd"


def codes_of(text: str) -> str:
    """The characters' numbers as a PDF writes them, in hexadecimal."""
    return "".join(f"{ord(c if ord(c) < _CODES and not 0xD800 <= ord(c) < 0xE000 else _REPLACEMENT):04X}" for c in text)


def program() -> bytes:
    """TrueType with two empty glyphs, as the OpenType specification 1.9 has it, with the tables that a PDF needs of a
    CIDFontType2 (ISO 32000-1, 9.9)."""
    head = struct.pack(">IIIIHH16xhhhhHHhhh", 0x10000, 0x10000, 0, 0x5F0F3CF5, 0, 1000, 0, 0, 0, 0, 0, 8, 2, 0, 0)
    hhea = struct.pack(">IhhhHhhhhhh8xhH", 0x10000, 1000, -1, 0, WIDTH, 0, 0, 0, 1, 0, 0, 0, _GLYPHS)
    maxp = struct.pack(">IH8xH16x", 0x10000, _GLYPHS, 1)
    tables: Dict[bytes, bytes] = {b"glyf": b"\0" * 4, b"head": head, b"hhea": hhea,
                                  b"hmtx": struct.pack(">HhHh", WIDTH, 0, WIDTH, 0),
                                  b"loca": b"\0" * 2 * (_GLYPHS + 1), b"maxp": maxp}
    directory = struct.pack(">IHHHH", 0x10000, len(tables), 64, 2, len(tables) * 16 - 64)
    offset = len(directory) + 16 * len(tables)
    bodies = b""
    for tag, body in tables.items():
        directory += struct.pack(">4sIII", tag, _checksum(body), offset + len(bodies), len(body))
        bodies += body + b"\0" * (-len(body) % 4)
    font = directory + bodies
    at = font.index(head) + 8
    return font[:at] + struct.pack(">I", (0xB1B0AFBA - _checksum(font)) & 0xFFFFFFFF) + font[at + 4:]


def to_unicode() -> bytes:
    """The CMap that says which character a number is: the one of that code (ISO 32000-1, 9.10.3). It is one range, as
    Ghostscript 10.00 confuses the bytes of several; Tesseract writes the same."""
    return b"""\
/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
1 beginbfrange
<0000> <FFFF> <0000>
endbfrange
endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""


def glyphs_of_codes() -> bytes:
    """Which glyph each number has: the second, as the first is that of characters that a font lacks."""
    return b"\0\1" * _CODES


def _checksum(data: bytes) -> int:
    padded = data + b"\0" * (-len(data) % 4)
    total: int = sum(struct.unpack(f">{len(padded) // 4}I", padded))
    return total & 0xFFFFFFFF
