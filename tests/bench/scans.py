"""Scanned documents whose pages hold known words: A4 at 200 dots an inch, grey, with the grain of paper.

Needs Debian's python3-pil and fonts-dejavu-core. The same numbers give the same bytes with the same packages.
"""
import io
import pathlib
import random
import sys

from PIL import Image, ImageChops, ImageDraw, ImageFont

_ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(_ROOT / "client/python"), str(_ROOT / "tests/client")]

from scanned_pdf import scanned

DPI = 200
_SIZE = 1654, 2339
_MARGIN = 160
_FONT = ImageFont.truetype("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf", 31)
_LINE = 46
_QUALITY = 30
_WORDS = " ".join(path.read_text(encoding="utf-8") for pattern in ("caption-en-*.txt", "page.txt")
                  for path in sorted((_ROOT / "docs/samples").glob(pattern))).split()


def _lines(rng):
    """Words as they come, in lines that fit."""
    width = _SIZE[0] - 2 * _MARGIN
    for _ in range(_MARGIN, _SIZE[1] - _MARGIN - _LINE, _LINE):
        line = rng.choice(_WORDS)
        while _FONT.getlength(longer := f"{line} {rng.choice(_WORDS)}") <= width:
            line = longer
        yield line


def page(number):
    """The JPEG of the page of that number."""
    rng = random.Random(number)
    text = Image.new("L", _SIZE, 255)
    pen = ImageDraw.Draw(text)
    for row, line in enumerate(_lines(rng)):
        pen.text((_MARGIN, _MARGIN + row * _LINE), line, fill=20, font=_FONT)
    paper = Image.frombytes("L", _SIZE, rng.randbytes(_SIZE[0] * _SIZE[1])).point(lambda grain: 244 + grain // 64)
    file = io.BytesIO()
    ImageChops.multiply(text, paper).save(file, "JPEG", quality=_QUALITY, dpi=(DPI, DPI))
    return file.getvalue()


def document(pages):
    """A PDF of so many pages, and the bytes that their JPEGs have together."""
    jpegs = [page(number) for number in range(pages)]
    return scanned(jpegs, DPI), sum(map(len, jpegs))
