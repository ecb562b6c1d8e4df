"""Pictures whose text is known: two fields of one colour each, one upon the other. fake_vision reads a field as "#rgb",
a hexadecimal digit each. No two pictures below COUNT have the same text.
"""
import itertools
import pathlib
import random
import struct
import zlib

_SAMPLES = pathlib.Path(__file__).parent / "../../docs/samples"
_GREY = 220
_SEAM_ROWS = 4
# JPEG may shift a digit by one: three apart, no colour is taken for another.
_DIGITS = range(0, 16, 3)


def _is_dark(colour):
    """Whether nothing of it can be taken for the grey between two fields."""
    red, green, blue = (digit * 17 for digit in colour)
    return (299 * red + 587 * green + 114 * blue) // 1000 < 180


_COLOURS = [colour for colour in itertools.product(_DIGITS, repeat=3) if _is_dark(colour)]
random.Random(1).shuffle(_COLOURS)
COUNT = len(_COLOURS) ** 2


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _colours(number):
    number %= COUNT
    return _COLOURS[number % len(_COLOURS)], _COLOURS[number // len(_COLOURS)]


def text_of(number):
    """What is read in the picture of that number."""
    return "\n".join("#%x%x%x" % colour for colour in _colours(number))


def is_read_as(text, read):
    """Whether that is what the fake makes of the text, which a montage has blurred."""
    return len(text) == len(read) and all(
        abs(int(a, 16) - int(b, 16)) <= 1 if a.isalnum() and b.isalnum() else a == b for a, b in zip(text, read))


def picture(number, width, height):
    """A PNG that no other number below COUNT has."""
    palette = bytes(digit * 17 for colour in _colours(number) for digit in colour) + bytes([_GREY] * 3)
    above = (height - _SEAM_ROWS) // 2
    # Two bits a pixel, four of a kind in a byte.
    upper, lower, grey = (b"\0" + four * ((width + 3) // 4) for four in (b"\x00", b"\x55", b"\xaa"))
    rows = upper * above + grey * _SEAM_ROWS + lower * (height - _SEAM_ROWS - above)
    return (b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 2, 3, 0, 0, 0)) +
            _chunk(b"PLTE", palette) + _chunk(b"IDAT", zlib.compress(rows, 1)) + _chunk(b"IEND", b""))


def sample(name, number):
    """A JPEG of docs/samples with a comment of its own: other bytes, the same work."""
    jpeg, comment = (_SAMPLES / name).read_bytes(), b"%08d" % number
    return jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]


def form(pictures, hints=()):
    """A multipart body, and its type: the pictures by their names."""
    parts = [b'--cut\r\nContent-Disposition: form-data; name="language_hints"\r\n\r\n%s\r\n' % h.encode()
             for h in hints]
    parts += [b'--cut\r\nContent-Disposition: form-data; name="files"; filename="%s"\r\n\r\n%s\r\n' % (n.encode(), p)
              for n, p in pictures]
    return b"".join(parts) + b"--cut--\r\n", "multipart/form-data; boundary=cut"
