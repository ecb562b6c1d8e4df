"""The words of a page of hOCR, and where they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterator, Optional, Tuple
from xml.etree import ElementTree

_BOX = re.compile(r"\bbbox (-?\d+) (-?\d+) (-?\d+) (-?\d+)")
_ANGLE = re.compile(r"\btextangle (-?\d+(?:\.\d+)?)")

#: Left, top, right, bottom, in pixels.
Box = Tuple[int, int, int, int]


@dataclass(frozen=True)
class Word:
    text: str
    box: Box
    #: How far its line is turned anticlockwise, in quarters: 0 to 3.
    quarters: int
    #: Whether another word follows in its line, behind a space.
    has_space_after: bool


class Page:
    """A document of one page. Raises ValueError where the bytes are not hOCR of one page."""

    def __init__(self, hocr: bytes) -> None:
        try:
            self._root = ElementTree.fromstring(hocr)
        except ElementTree.ParseError as error:
            raise ValueError(f"the hOCR is not XML: {error}") from error
        page = next((e for e in self._root.iter() if e.get("class") == "ocr_page"), None)
        box = None if page is None else _box_of(page)
        if box is None:
            raise ValueError("the hOCR has no page with a size")
        #: In pixels.
        self.width, self.height = max(1, box[2] - box[0]), max(1, box[3] - box[1])

    def words(self) -> Iterator[Word]:
        """In the order of the document."""
        for line in self._root.iter():
            if line.get("class") != "ocr_line":
                continue
            angle = _ANGLE.search(line.get("title", ""))
            quarters = 0 if angle is None else round(float(angle[1]) / 90) % 4
            words = [e for e in line.iter() if e.get("class") == "ocrx_word"]
            for word in words:
                box, text = _box_of(word), "".join(word.itertext()).strip()
                if box is not None and text:
                    follows = word is not words[-1] and (word.tail or "")[:1].isspace()
                    yield Word(text, box, quarters, follows)


def _box_of(element: ElementTree.Element) -> Optional[Box]:
    found = _BOX.search(element.get("title", ""))
    if found is None:
        return None
    left, top, right, bottom = (int(group) for group in found.groups())
    return left, top, right, bottom
