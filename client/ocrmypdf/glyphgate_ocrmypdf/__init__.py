"""A plugin of OCRmyPDF that has pages read by Glyphgate: `ocrmypdf --plugin glyphgate_ocrmypdf in.pdf out.pdf`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import AbstractSet

from glyphgate import __version__
from ocrmypdf import hookimpl
from ocrmypdf.pluginspec import OcrEngine, OrientationConfidence

from .service import ServiceFailed, add_arguments, read_page
from .text_pdf import write_text_pdf


@hookimpl
def add_options(parser: ArgumentParser) -> None:
    add_arguments(parser)


@hookimpl
def get_ocr_engine() -> OcrEngine:
    return GlyphgateEngine()


class GlyphgateEngine(OcrEngine):  # type: ignore[misc]
    """Each page is a job of its own; pages that OCRmyPDF reads side by side share calls as the service's jobs do."""

    @staticmethod
    def version() -> str:
        return __version__

    @staticmethod
    def creator_tag(options: Namespace) -> str:
        return f"Glyphgate {__version__}"

    def __str__(self) -> str:
        return f"Glyphgate {__version__}"

    @staticmethod
    def languages(options: Namespace) -> AbstractSet[str]:
        """None, which stands for any: what is not installed, the service refuses by name."""
        return frozenset()

    @staticmethod
    def get_orientation(input_file: Path, options: Namespace) -> OrientationConfidence:
        """Pages stay as they are: the service reads turned text where it lies, and does not tell which way is up."""
        return OrientationConfidence(angle=0, confidence=0.0)

    @staticmethod
    def generate_hocr(input_file: Path, output_hocr: Path, output_text: Path, options: Namespace) -> None:
        page = read_page(input_file, options)
        output_hocr.write_bytes(page.hocr)
        output_text.write_bytes(page.text)

    @staticmethod
    def generate_pdf(input_file: Path, output_pdf: Path, output_text: Path, options: Namespace) -> None:
        page = read_page(input_file, options)
        try:
            write_text_pdf(page.hocr, input_file, output_pdf)
        except ValueError as error:
            raise ServiceFailed(f"Glyphgate did not write the page as it should: {error}") from error
        output_text.write_bytes(page.text)
