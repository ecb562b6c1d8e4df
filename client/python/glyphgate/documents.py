"""What is to be read of documents of several pages: PDFs, and TIFFs with more than one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Tuple

from .content_kind import kind_of


@dataclass(frozen=True)
class Documents:
    """None everywhere for what is usual with the service. What is wrong with a value, the service says."""

    #: Which pages: "1-3,7".
    pages: Optional[str] = None
    #: At how many dots an inch the pages of a PDF are made pictures.
    dpi: Optional[int] = None
    #: "prefer" to take the text that a PDF holds already, for nothing, where it holds some; "ignore" to read what it
    #: shows.
    pdf_text: Optional[str] = None

    def fields(self) -> List[Tuple[str, str]]:
        """Names and values of the fields of a job's form."""
        told = (("pages", self.pages), ("dpi", self.dpi), ("pdf_text", self.pdf_text))
        return [(name, str(value)) for name, value in told if value is not None]


def may_have_pages(head: bytes) -> bool:
    """Whether the file of these first bytes can have several pages that are each a picture."""
    return kind_of(head) in ("PDF", "TIFF")
