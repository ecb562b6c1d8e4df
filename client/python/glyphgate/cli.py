"""The command glyphgate-ocr."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from typing import Optional, Sequence

from .arguments import INTERRUPTED, NO_SERVICE, NOT_WRITTEN, READ_ALL, USAGE, checked, key_of, parser, tls_of
from .client import OCRClient
from .errors import GlyphgateError, PictureError
from .output import OutputError, check_writable, complain, give_up_standard_error, say, write_out
from .progress import is_terminal
from .quoting import quote
from .reading import Reading
from .rendering import rendered_engines
from .waiting import Wait

# Puts what follows in the place of a line of progress.
_OVER_PROGRESS = "\r\x1b[K"


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Runs the command; its exit status."""
    if sys.stderr is None:
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
            return _main(argv)
    try:
        return _main(argv)
    finally:
        give_up_standard_error()


def _main(argv: Optional[Sequence[str]]) -> int:
    command_line = parser()
    arguments = command_line.parse_args(argv)
    checked(command_line, arguments)
    try:
        client = OCRClient(arguments.url, key_of(arguments), arguments.timeout, retry_for=arguments.retry_for,
                           ssl_context=tls_of(arguments), on_wait=None if arguments.quiet else _tell_wait)
    except (ValueError, OSError) as error:
        complain(error)
        return USAGE
    try:
        with client:
            return _run(client, arguments)
    except (PictureError, OutputError) as error:
        complain(error)
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(client: OCRClient, arguments: argparse.Namespace) -> int:
    if arguments.engine is not None and not _reads_with(client, arguments.engine):
        return NO_SERVICE
    if arguments.engines:
        return _list_engines(client, arguments)
    return quote(client, arguments) if arguments.quote else Reading(client, arguments).status()


def _tell_wait(wait: Wait) -> None:
    say(f"{_OVER_PROGRESS if is_terminal(sys.stderr) else ''}glyphgate-ocr: {wait}\n")


def _reads_with(client: OCRClient, wanted: str) -> bool:
    try:
        engine = client.get_engine()
    except GlyphgateError as error:
        complain(error)
        return False
    if engine != wanted:
        complain(f"the service reads with {engine}, not with {wanted}, and a job cannot choose: use a service that was "
                 f"started with OCR_ENGINE={wanted}, or leave out --engine; --engines lists what this one reads")
    return engine == wanted


def _list_engines(client: OCRClient, arguments: argparse.Namespace) -> int:
    check_writable(arguments.output)
    try:
        engines = client.get_health().engines
    except GlyphgateError as error:
        complain(error)
        return NO_SERVICE
    if not engines:
        complain("the service does not tell what its engines read: it is an older one")
    try:
        write_out(rendered_engines(engines, arguments.format), arguments.output)
    except OutputError as error:
        if not error.reader_has_left:
            complain(error)
        return NOT_WRITTEN
    return READ_ALL
