"""The command line of glyphgate-ocr."""

from __future__ import annotations

import argparse
import math
import os
import ssl
import sys
from typing import Callable, NoReturn, Optional

from .output import say
from .rendering import RENDERED
from .version import __version__

#: Exit statuses. Where more than one is true, the highest is told.
READ_ALL, SOME_FAILED, USAGE, NO_SERVICE, NOT_WRITTEN, INTERRUPTED = 0, 1, 2, 3, 4, 130

#: Forms that the service writes, and how files of each are called.
EXPORTED = {"tsv": ".tsv", "hocr": ".hocr", "alto": ".alto.xml", "page": ".page.xml", "pdf": ".pdf", "srt": ".srt",
            "jsonl": ".jsonl"}
_FORMS = (*RENDERED, *EXPORTED)

#: More than any key, and than any header takes.
_LONGEST_KEY = 1024

_EPILOG = """\
FILE is a picture (JPEG, PNG, WebP, GIF, BMP, TIFF, JPEG 2000, HEIC, AVIF), a PDF, a directory, or - for standard input.
Directories are walked for such files, by their names and their first bytes; every other one is named, and counts as a
failure unless --skip-unsupported is given. Each page of a PDF or a TIFF is a picture.
--output FILE has everything in one file; --output DIR, a directory that is there or a name that ends with a slash, has a
file for each FILE, and never overwrites one without --force.
The environment's GLYPHGATE_URL and GLYPHGATE_API_KEY stand in for --url and --key. Other users of this machine see
--key, but neither the environment nor the file of --api-key-file.
exit status: 0 all was read, 1 some could not be, or was skipped, 2 wrong usage: nothing was sent,
3 no service, or it refused, 4 the output could not be written, 130 interrupted"""


class Parser(argparse.ArgumentParser):
    """Older versions of Python's end with a traceback where standard error cannot be written."""

    def error(self, message: str) -> NoReturn:
        say(f"{self.format_usage()}{self.prog}: error: {message}\n")
        sys.exit(USAGE)


def parser() -> Parser:
    made = Parser("glyphgate-ocr", description="Reads the text in pictures and PDFs, with Glyphgate.", epilog=_EPILOG,
                  formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("files", nargs="*", metavar="FILE", help="a picture, a PDF, a directory of them, or -")
    made.add_argument("--engines", action="store_true",
                      help="list what the service's engines read, instead of reading anything")
    made.add_argument("--quote", action="store_true",
                      help="tell what reading would come to and cost, and read nothing")
    _add_service(made)
    _add_reading(made)
    _add_writing(made)
    made.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return made


def _add_service(made: Parser) -> None:
    made.add_argument("--url", default=os.environ.get("GLYPHGATE_URL") or "http://127.0.0.1:8000",
                      help="the service (default: %(default)s)")
    key = made.add_mutually_exclusive_group()
    key.add_argument("--key", help="the service's API key")
    key.add_argument("--api-key-file", metavar="FILE", help="a file whose first line is the service's API key")
    made.add_argument("--cacert", metavar="FILE",
                      help="certificates to trust instead of the system's, in PEM, for https")
    made.add_argument("--engine", choices=("google", "local", "ppocr", "tesseract"),
                      help="send nothing unless the service reads with that engine")
    made.add_argument("--retry-for", type=float, default=120, metavar="SECONDS",
                      help="how long to go on while the service asks to wait (default: %(default)s)")
    made.add_argument("--timeout", type=float, default=30, metavar="SECONDS",
                      help="how long the service may be silent (default: %(default)s)")


def _add_reading(made: Parser) -> None:
    made.add_argument("--hints", type=_unicode, help="languages to expect, e.g. zh,en")
    made.add_argument("--max-delay", type=_whole("seconds"), metavar="SECONDS",
                      help="how long a job may wait for others to share its calls with, and for room in the limits")
    made.add_argument("--near-duplicates", action="store_true",
                      help="read pictures once that show what an earlier one shows, as frames of a video do")
    made.add_argument("--pages", type=_unicode, metavar="RANGES", help="which pages of PDFs and TIFFs, e.g. 1-3,7")
    made.add_argument("--dpi", type=_whole("dots an inch"), help="at how many dots an inch pages of PDFs are read, and those of --format pdf are made")
    made.add_argument("--pdf-text", choices=("prefer", "ignore"),
                      help="prefer: take the text that a PDF holds already, for nothing, where it holds some")
    made.add_argument("--skip-unsupported", action="store_true",
                      help="files in directories that are neither pictures nor PDFs are no failure")


def _add_writing(made: Parser) -> None:
    made.add_argument("--format", type=_form, choices=_FORMS, default="txt",
                      help="txt (default); json: with a box and a confidence for each character; table: id, characters, "
                      "mean confidence, text, error, engine; and what the service writes: tsv (Tesseract's columns), "
                      "hocr, alto, page, pdf (searchable), srt, jsonl")
    made.add_argument("--timestamps", type=_unicode, metavar="TIMES",
                      help="with --format srt: when each picture is seen, in their order, e.g. 0,0.5,1:02.345; without it "
                      "their names tell, e.g. film@1:02.345.png")
    made.add_argument("--output", metavar="FILE|DIR", help="write there instead of to standard output")
    made.add_argument("--force", action="store_true", help="overwrite files in DIR")
    made.add_argument("--warn-below", type=_confidence, default=0.8, metavar="CONFIDENCE",
                      help="name pictures on standard error that have a character of a lower confidence; 0 for none "
                      "(default: %(default)s)")
    made.add_argument("--quiet", action="store_true", help="show no progress, no waits, and not which engine read")


def checked(made: Parser, arguments: argparse.Namespace) -> None:
    """Ends with USAGE where options do not go together."""
    if arguments.engines and arguments.files:
        made.error("--engines takes no FILE")
    if not arguments.engines and not arguments.files:
        made.error("FILE is required")
    if arguments.engines and arguments.format not in RENDERED:
        made.error(f"--engines has no --format {arguments.format}; it has {', '.join(RENDERED)}")
    if arguments.quote and arguments.format not in ("txt", "json"):
        made.error(f"--quote has no --format {arguments.format}; it has txt, json")
    if (arguments.engines or arguments.quote) and is_folder(arguments.output):
        made.error(f"--output {arguments.output!r} is a directory; give a file here")
    if arguments.timestamps is not None and (arguments.format != "srt" or is_folder(arguments.output)):
        made.error("--timestamps is for --format srt in one file")
    if arguments.format == "pdf" and arguments.output is None and sys.stdout is not None and sys.stdout.isatty():
        made.error("a PDF is nothing for a terminal; give --output")


def is_folder(output: Optional[str]) -> bool:
    """Whether --output has a file for each input, rather than all in one."""
    return output is not None and (output.endswith(("/", os.sep)) or os.path.isdir(output))


def _form(word: str) -> str:
    return "txt" if word == "text" else word


def _unicode(word: str) -> str:
    """A word of the command line that is sent, rather than the name of a file."""
    try:
        word.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError(f"{word!r} is not valid Unicode") from None
    return word


def _whole(unit: str) -> Callable[[str], int]:
    """Reads a whole number of `unit`, without a sign."""
    def read(word: str) -> int:
        if not word.isascii() or not word.isdigit() or len(word) > 18:
            raise argparse.ArgumentTypeError(f"{word!r} is not a whole number of {unit}")
        return int(word)
    return read


def _confidence(word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{word!r} is not a confidence from 0 to 1")
    return value


def key_of(arguments: argparse.Namespace) -> Optional[str]:
    """The key of the command line; without one the client looks into the environment. Raises ValueError."""
    name: Optional[str] = arguments.api_key_file
    if name is None:
        given: Optional[str] = arguments.key
        return given
    try:
        with open(name, encoding="utf-8", errors="replace") as file:
            key = file.readline(_LONGEST_KEY).strip()
    except OSError as error:
        raise ValueError(f"--api-key-file {name!r} cannot be read: {error.strerror or error}") from error
    if not key:
        raise ValueError(f"--api-key-file {name!r} has no key in its first line")
    return key


def tls_of(arguments: argparse.Namespace) -> Optional[ssl.SSLContext]:
    """Raises ValueError."""
    cacert: Optional[str] = arguments.cacert
    if cacert is None:
        return None
    try:
        return ssl.create_default_context(cafile=cacert)
    except OSError as error:
        raise ValueError(f"--cacert {cacert!r} holds no certificates to trust: {error.strerror or error}") from error
