"""What is asked of the service, and the options that say where it is."""

from __future__ import annotations

import io
import logging
import os
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable, List

from glyphgate import GlyphgateError, OCRClient
from ocrmypdf.exceptions import ExitCode, ExitCodeException

from .languages import hints_of

log = logging.getLogger(__name__)

_DEFAULT_URL = "http://127.0.0.1:8000"


class ServiceFailed(ExitCodeException):  # type: ignore[misc]
    """A page was not read; OCRmyPDF ends with its message."""

    exit_code = ExitCode.child_process_error


@dataclass(frozen=True)
class Page:
    """What was read on a page."""

    #: With words and their boxes.
    hocr: bytes
    #: UTF-8.
    text: bytes


def add_arguments(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("Glyphgate", "The service that reads the pages")
    group.add_argument("--glyphgate-url", metavar="URL",
                       help=f"the service; else the environment's GLYPHGATE_URL, else {_DEFAULT_URL}. Its API key is the "
                       "environment's GLYPHGATE_API_KEY")
    group.add_argument("--glyphgate-max-delay", type=int, metavar="SECONDS",
                       help="how long a page may wait for others to share a call with, and for room in the limits")
    group.add_argument("--glyphgate-retry-for", type=float, default=600.0, metavar="SECONDS",
                       help="how long to go on while the service asks to wait")


def read_page(picture: Path, options: Namespace) -> Page:
    """Raises ServiceFailed."""
    url = getattr(options, "glyphgate_url", None) or os.environ.get("GLYPHGATE_URL") or _DEFAULT_URL
    try:
        with OCRClient(url, retry_for=getattr(options, "glyphgate_retry_for", 600.0), on_wait=log.warning) as client:
            job_id = client.submit_job([(picture.name, picture)], _hints(options.languages),
                                       max_delay=getattr(options, "glyphgate_max_delay", None)).job_id
            client.wait_for_job(job_id)
            return Page(*(_exported(client, job_id, picture.name, form) for form in ("hocr", "txt")))
    except (GlyphgateError, ValueError) as error:
        raise ServiceFailed(f"Glyphgate at {url} did not read the page: {error}") from error


def _hints(languages: Iterable[str]) -> List[str]:
    return hints_of(languages or ())


def _exported(client: OCRClient, job_id: str, picture_id: str, form: str) -> bytes:
    written = io.BytesIO()
    client.export_picture(job_id, picture_id, form, written)
    return written.getvalue()
