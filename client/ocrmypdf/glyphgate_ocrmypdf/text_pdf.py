"""A PDF of one page with invisible text, which OCRmyPDF lays over the page that was read."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import List

from . import glyphless_font
from .hocr import Page, Word

_METRE = 0.0254
_POINTS = 72.0
_PNG = b"\x89PNG\r\n\x1a\n"


def write_text_pdf(hocr: bytes, picture: Path, output: Path) -> None:
    """The resolution is read from `picture`. Raises ValueError where `hocr` is not hOCR of one page."""
    page = Page(hocr)
    output.write_bytes(_Document(page, _POINTS / dots_an_inch(picture)).written())


def dots_an_inch(picture: Path) -> float:
    """As the PNG says, which OCRmyPDF makes; 72 where it does not."""
    with open(picture, "rb") as file:
        if file.read(len(_PNG)) != _PNG:
            return _POINTS
        while len(head := file.read(8)) == 8:
            size, kind = struct.unpack(">I4s", head)
            if kind == b"pHYs":
                across: int
                across, _, unit = struct.unpack(">IIB", file.read(9))
                return across * _METRE if unit == 1 and across > 0 else _POINTS
            if kind == b"IDAT":
                break
            file.seek(size + 4, 1)
    return _POINTS


class _Document:
    """`scale` is points for a pixel."""

    def __init__(self, page: Page, scale: float) -> None:
        self._page = page
        self._scale = scale

    def written(self) -> bytes:
        objects = [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {self._page.width * self._scale:.3f} "
            f"{self._page.height * self._scale:.3f}] /Contents 4 0 R "
            f"/Resources << /Font << /{glyphless_font.NAME} 5 0 R >> >> >>".encode(),
            _stream(self._text()),
            b"<< /Type /Font /Subtype /Type0 /BaseFont /Glyphless /Encoding /Identity-H /DescendantFonts [6 0 R] "
            b"/ToUnicode 7 0 R >>",
            f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Glyphless /CIDSystemInfo << /Registry (Adobe) "
            f"/Ordering (Identity) /Supplement 0 >> /FontDescriptor 8 0 R /DW {glyphless_font.WIDTH} "
            f"/CIDToGIDMap 9 0 R >>".encode(),
            _stream(glyphless_font.to_unicode()),
            f"<< /Type /FontDescriptor /FontName /Glyphless /Flags 4 /FontBBox [0 0 {glyphless_font.WIDTH} 1000] "
            f"/ItalicAngle 0 /Ascent 1000 /Descent -1 /CapHeight 1000 /StemV 80 /FontFile2 10 0 R >>".encode(),
            _stream(glyphless_font.glyphs_of_codes()),
            _stream(glyphless_font.program(), with_length=True),
        ]
        return _file_of(objects)

    def _text(self) -> bytes:
        return b"".join([b"BT\n3 Tr\n", *(self._shown(word) for word in self._page.words()), b"ET\n"])

    def _shown(self, word: Word) -> bytes:
        """The word on the lower side of its box, stretched to its length."""
        left, top, right, bottom = word.box
        across, down = max(1, right - left), max(1, bottom - top)
        # Where its text begins, and which way it goes: the matrix turns anticlockwise, a page's y goes down.
        x, y = ((left, bottom), (right, bottom), (right, top), (left, top))[word.quarters]
        cos, sin = ((1, 0), (0, 1), (-1, 0), (0, -1))[word.quarters]
        length, size = (across, down) if word.quarters % 2 == 0 else (down, across)
        size_in_points = size * self._scale
        width_of_all = size_in_points * glyphless_font.WIDTH / 1000 * len(word.text)
        text = word.text + (" " if word.has_space_after else "")
        return (f"{cos} {sin} {-sin} {cos} {x * self._scale:.3f} {(self._page.height - y) * self._scale:.3f} Tm\n"
                f"/{glyphless_font.NAME} {size_in_points:.3f} Tf {length * self._scale / width_of_all * 100:.3f} Tz "
                f"<{glyphless_font.codes_of(text)}> Tj\n").encode()


def _stream(data: bytes, with_length: bool = False) -> bytes:
    """`with_length` tells the length before packing too, which fonts need."""
    packed = zlib.compress(data)
    length = f" /Length1 {len(data)}" if with_length else ""
    return f"<< /Length {len(packed)} /Filter /FlateDecode{length} >>\nstream\n".encode() + packed + b"\nendstream"


def _file_of(objects: List[bytes]) -> bytes:
    """The objects numbered from 1, of which the first is the catalogue, and the table of where they are."""
    file = bytearray(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(file))
        file += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = len(file)
    file += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    for offset in offsets:
        file += f"{offset:010} 00000 n \n".encode()
    file += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n".encode()
    return bytes(file)
