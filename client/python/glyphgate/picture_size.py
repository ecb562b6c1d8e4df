"""Width and height out of the first bytes of a JPEG, PNG or WebP."""

from __future__ import annotations

import struct
from typing import BinaryIO, Optional, Tuple

Size = Tuple[int, int]

# Start-of-frame markers: C0 to CF but for DHT (C4), JPG (C8) and DAC (CC).
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Markers that stand alone, without a segment: TEM, RST0 to RST7, SOI.
_JPEG_LONE = frozenset((0x01, *range(0xD0, 0xD9)))


def picture_size(file: BinaryIO) -> Optional[Size]:
    """(width, height) as stored, before any EXIF rotation; None where the file does not tell. Never raises for bad
    bytes: to judge a picture is the service's business."""
    try:
        head = file.read(30)
        if head.startswith(b"\x89PNG\r\n\x1a\n"):
            width, height = struct.unpack(">II", head[16:24])
            return width, height
        if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
            return _webp_size(head)
        if head.startswith(b"\xff\xd8"):
            file.seek(2)
            return _jpeg_size(file)
    except struct.error:
        pass
    return None


def _webp_size(head: bytes) -> Optional[Size]:
    kind = head[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        bits, = struct.unpack("<I", head[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X":
        width_low, width_high, height_low, height_high = struct.unpack("<HBHB", head[24:30])
        return (width_high << 16 | width_low) + 1, (height_high << 16 | height_low) + 1
    return None


def _jpeg_size(file: BinaryIO) -> Optional[Size]:
    while True:
        byte = file.read(1)
        if not byte:
            return None
        if byte != b"\xff":
            continue
        marker = file.read(1)
        while marker == b"\xff":
            marker = file.read(1)
        if not marker or marker == b"\xd9":
            return None
        if marker == b"\0" or marker[0] in _JPEG_LONE:
            continue
        length, = struct.unpack(">H", file.read(2))
        if marker[0] in _JPEG_FRAMES:
            _, height, width = struct.unpack(">BHH", file.read(5))
            return width, height
        file.seek(max(length - 2, 0), 1)
