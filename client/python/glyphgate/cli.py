"""The command glyphgate-ocr."""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import ssl
import stat
import sys
from typing import Dict, List, NoReturn, Optional, Sequence, Tuple

from .client import OCRClient
from .errors import GlyphgateError, PictureError
from .output import (OutputError, check_writable, complain, doubts, engines_line, give_up_standard_error, rendered,
                     rendered_engines, say, write_out)
from .picture_id import file_of_page, id_from_path
from .pictures import Picture, load, unreadable
from .results import PictureResult
from .version import __version__

#: Exit statuses. Where more than one is true, the highest is told.
READ_ALL, SOME_FAILED, USAGE, NO_SERVICE, NOT_WRITTEN, INTERRUPTED = 0, 1, 2, 3, 4, 130

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".jp2", ".heic", ".heif", ".avif")

#: More than any key, and than any header takes.
_LONGEST_KEY = 1024

_EPILOG = f"""\
Directories are walked for files named {', '.join(_SUFFIXES[:6])},
{', '.join(_SUFFIXES[6:])}. Each page of a TIFF is a picture.
The environment's GLYPHGATE_URL and GLYPHGATE_API_KEY stand in for --url and --key. Other users of this machine see
--key, but neither the environment nor the file of --api-key-file.
exit status: 0 all pictures were read, 1 some could not be, 2 wrong usage: nothing was sent,
3 no service, or it refused, 4 the output could not be written, 130 interrupted"""


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
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.engines == bool(arguments.files):
        parser.error("FILE is required" if not arguments.engines else "--engines takes no FILE")
    try:
        client = OCRClient(arguments.url, _key(arguments), arguments.timeout, retry_for=arguments.retry_for,
                           ssl_context=_tls(arguments.cacert))
    except (ValueError, OSError) as error:
        complain(error)
        return USAGE
    try:
        with client:
            return _Run(client, arguments).status()
    except (PictureError, OutputError) as error:
        complain(error)
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED


class _Parser(argparse.ArgumentParser):
    """Older versions of Python's end with a traceback where standard error cannot be written."""

    def error(self, message: str) -> NoReturn:
        say(f"{self.format_usage()}{self.prog}: error: {message}\n")
        sys.exit(USAGE)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser("glyphgate-ocr", description="Reads the text in pictures, with Glyphgate.",
                                     epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE", help="a picture, or a directory of them")
    parser.add_argument("--engines", action="store_true",
                        help="list what the service's engines read, instead of reading pictures")
    parser.add_argument("--url", default=os.environ.get("GLYPHGATE_URL") or "http://127.0.0.1:8000",
                        help="the service (default: %(default)s)")
    key = parser.add_mutually_exclusive_group()
    key.add_argument("--key", help="the service's API key")
    key.add_argument("--api-key-file", metavar="FILE", help="a file whose first line is the service's API key")
    parser.add_argument("--cacert", metavar="FILE",
                        help="certificates to trust instead of the system's, in PEM, for https")
    parser.add_argument("--hints", type=_unicode, help="languages to expect, e.g. zh,en")
    parser.add_argument("--max-delay", type=_delay, metavar="SECONDS",
                        help="how long a job may wait for others to share its calls with, and for room in the limits")
    parser.add_argument("--format", choices=("text", "json", "tsv"), default="text",
                        help="text (default); json: with a box and a confidence for each character; tsv: id, "
                        "characters, mean confidence, text, error, engine")
    parser.add_argument("--near-duplicates", action="store_true",
                        help="read pictures once that show what an earlier one shows, as frames of a video do")
    parser.add_argument("--warn-below", type=_confidence, default=0.8, metavar="CONFIDENCE",
                        help="name pictures on standard error that have a character of a lower confidence; 0 for none "
                        "(default: %(default)s)")
    parser.add_argument("--output", metavar="FILE", help="write there instead of to standard output")
    parser.add_argument("--retry-for", type=float, default=120, metavar="SECONDS",
                        help="how long to go on while the service asks to wait (default: %(default)s)")
    parser.add_argument("--timeout", type=float, default=30, metavar="SECONDS",
                        help="how long the service may be silent (default: %(default)s)")
    parser.add_argument("--quiet", action="store_true", help="show no progress, and not which engine read")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser


def _unicode(word: str) -> str:
    """A word of the command line that is sent, rather than the name of a file."""
    try:
        word.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError(f"{word!r} is not valid Unicode") from None
    return word


def _delay(word: str) -> int:
    if not word.isascii() or not word.isdigit() or len(word) > 18:
        raise argparse.ArgumentTypeError(f"{word!r} is not a whole number of seconds")
    return int(word)


def _confidence(word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{word!r} is not a confidence from 0 to 1")
    return value


def _key(arguments: argparse.Namespace) -> Optional[str]:
    """The key of the command line; without one the client looks into the environment."""
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


def _tls(cacert: Optional[str]) -> Optional[ssl.SSLContext]:
    if cacert is None:
        return None
    try:
        return ssl.create_default_context(cafile=cacert)
    except OSError as error:
        raise ValueError(f"--cacert {cacert!r} holds no certificates to trust: {error.strerror or error}") from error


class _Run:
    """One run of the command, from the files to the exit status."""

    def __init__(self, client: OCRClient, arguments: argparse.Namespace) -> None:
        self._client = client
        self._arguments = arguments
        #: Ids in the order of the files.
        self._ids: Dict[str, None] = {}
        self._pictures: List[Picture] = []
        #: By the file's id; of a file of several pages, all of them.
        self._results: Dict[str, List[PictureResult]] = {}
        self._has_lost_some = False

    def status(self) -> int:
        """Raises PictureError and OutputError before anything is sent."""
        if self._arguments.engines:
            return self._list_engines()
        self._gather(self._arguments.files)
        check_writable(self._arguments.output)  # now rather than after the pictures were paid for
        status, why = self._read()
        results = [result for i in self._ids for result in self._results.get(i, ())]
        if results or status < USAGE:
            status = max(status, self._write(results))
        for result in results:
            if result.error:
                complain(f"{result.id}: {result.error}")
            elif result.warning:
                complain(f"{result.id}: warning: {result.warning}")
        for doubt in doubts(results, self._arguments.warn_below):
            complain(doubt)
        engines = engines_line(results)
        if engines and not self._arguments.quiet:
            complain(engines)
        if why:
            if results:
                complain(f"{len(self._results)} of {len(self._ids)} pictures were read before it stopped:")
            complain(why)
        return status

    def _list_engines(self) -> int:
        check_writable(self._arguments.output)
        try:
            engines = self._client.get_health().engines
        except GlyphgateError as error:
            complain(error)
            return NO_SERVICE
        if not engines:
            complain("the service does not tell what its engines read: it is an older one")
        try:
            write_out(rendered_engines(engines, self._arguments.format), self._arguments.output)
        except OutputError as error:
            if not error.reader_has_left:
                complain(error)
            return NOT_WRITTEN
        return READ_ALL

    def _gather(self, files: Sequence[str]) -> None:
        for path in files:
            if os.path.isdir(path):
                self._walk(path)
            else:
                # The path is the id: unlike its last part, it is unique.
                self._pictures += [] if self._knows(path) else load([(id_from_path(path), path)])

    def _walk(self, folder: str) -> None:
        """What is wrong with a file of a directory, which nobody named, fails no other one."""
        found = []
        for where, _, names in os.walk(folder, onerror=self._skip):
            found += [os.path.join(where, name) for name in names if name.lower().endswith(_SUFFIXES)]
        if not found and not self._has_lost_some:
            raise PictureError(f"the directory {folder!r} holds no file named {', '.join(_SUFFIXES)}")
        for path in sorted(found):
            if self._knows(path):
                continue
            picture_id = id_from_path(path)
            try:
                self._pictures.append(Picture(picture_id, _size_of_file(path), path=path))
            except PictureError as error:
                self._results[picture_id] = [PictureResult(picture_id, "", (), str(error))]

    def _skip(self, error: OSError) -> None:
        self._has_lost_some = True
        complain(f"the directory {error.filename!r} cannot be read: {error.strerror}")

    def _knows(self, path: str) -> bool:
        """Whether the file was named before; notes it where it was not."""
        picture_id = id_from_path(path)
        if picture_id in self._ids:
            return True
        self._ids[picture_id] = None
        if picture_id != path:
            complain(f"{path!r} cannot be an id; the picture's id is {picture_id}")
        return False

    def _read(self) -> Tuple[int, Optional[GlyphgateError]]:
        """The status, and what ended it early."""
        status = READ_ALL
        why: Optional[GlyphgateError] = None
        try:
            results = self._client.process_batch(self._pictures, self._arguments.hints, not self._arguments.quiet,
                                                 max_delay=self._arguments.max_delay, on_error="skip",
                                                 near_duplicates=self._arguments.near_duplicates or None)
        except GlyphgateError as error:
            results, status, why = list(error.results), NO_SERVICE, error
        except KeyboardInterrupt as interrupt:
            results, status = list(getattr(interrupt, "results", ())), INTERRUPTED
        for result in results:
            self._results.setdefault(file_of_page(result.id, self._ids) or result.id, []).append(result)
        all_ok = all(result.ok for pages in self._results.values() for result in pages)
        if status == READ_ALL and (self._has_lost_some or not all_ok):
            status = SOME_FAILED
        return status, why

    def _write(self, results: Sequence[PictureResult]) -> int:
        """What cannot be written where it should be is written where it can be: it was paid for."""
        text = rendered(results, self._arguments.format)
        try:
            write_out(text, self._arguments.output)
            return READ_ALL
        except OutputError as error:
            if error.reader_has_left:
                return NOT_WRITTEN
            complain(error)
        if self._arguments.output is not None:
            try:
                write_out(text, None)
                complain("so the results are on standard output")
                return NOT_WRITTEN
            except OutputError as error:
                complain(error)
        complain("to run the same command again costs nothing for what the service still keeps")
        return NOT_WRITTEN


def _size_of_file(path: str) -> int:
    try:
        status = os.stat(path)
    except OSError as error:
        raise unreadable(path, error) from error
    if not stat.S_ISREG(status.st_mode):
        raise PictureError(f"{path!r} is not a file")
    return status.st_size
