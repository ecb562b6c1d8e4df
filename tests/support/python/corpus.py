"""The table of odd requests in docs/http.md, by which tests send them."""
import pathlib
import re

_PAGE = pathlib.Path(__file__).resolve().parents[3] / "docs/http.md"
_ROW = re.compile(r"^\| (?P<what>.*?) \| `(?P<bytes>.*)` \| (?P<answers>[0-9, ]+|none) \|$", re.MULTILINE)
_PIECE = re.compile(rb"\\x([0-9a-f]{2})|\\(.)|\{(.)\*(\d+)\}", re.DOTALL)
_ESCAPES = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"p": b"|", b"0": b"\0", b"\\": b"\\"}


def _bytes_of(piece):
    code, escape, repeated, count = piece.groups()
    if code:
        return bytes([int(code, 16)])
    return _ESCAPES[escape] if escape else repeated * int(count)


def corpus():
    """Each row: what it is, the bytes, and the statuses of the answers. Raises ValueError when the table is not found."""
    _, _, table = _PAGE.read_text(encoding="utf-8").partition("## The corpus")
    rows = [(row["what"], _PIECE.sub(_bytes_of, row["bytes"].encode()),
             [int(status) for status in re.findall(r"\d+", row["answers"])]) for row in _ROW.finditer(table)]
    if len(rows) <= 60:
        raise ValueError(f"only {len(rows)} rows of docs/http.md were understood")
    return rows
